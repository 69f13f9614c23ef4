/** Pings by TCP: how long each of a series of connections takes to be accepted. */
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import type { PingParams } from './params.ts';
import type { Pings } from './replies.ts';

/** `address` and `port`: where the connections really go. The network guards each of them again. */
export async function pingTcp(
  context: RunContext,
  address: string,
  port: number,
  { count, intervalMs, waitMs }: PingParams,
): Promise<Pings> {
  const rttsMs: number[] = [];
  let failure: Failure | undefined;
  let sent = 0;
  for (; sent < count && !context.signal.aborted; sent++) {
    const startMs = context.clock.monotonicMs();
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(waitMs)]);
    const connected = await context.network.connect({ protocol: 'http:', hostname: address, port }, signal);
    if (connected.ok) {
      rttsMs.push(connected.connectMs);
      connected.socket.destroy();
    } else {
      failure = connected.failure;
    }
    const restMs = intervalMs - (context.clock.monotonicMs() - startMs);
    if (sent + 1 < count) await pause(restMs, context.signal);
  }
  return { sent, rttsMs, ...(failure ? { failure } : {}) };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}
