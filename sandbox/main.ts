/**
 * The sandbox as a process of its own, so that serving video disturbs neither the collector nor the agents: the
 * reference origin and one fault proxy per region. Driven by messages from its parent, and gone with it.
 */
import { systemClock } from './clock.ts';
import { faultAt, parseFault, startFaultProxy, startOrigin } from './index.ts';
import type { InjectFaults, SandboxFailed, SandboxReady, StartSandbox } from './messages.ts';

type Stop = () => Promise<void>;

async function start(
  message: StartSandbox,
): Promise<{ ready: SandboxReady; inject(faults: readonly string[]): void; stop: Stop }> {
  const origin = await startOrigin({ dataDir: message.dataDir });
  const upstream = { host: '127.0.0.1', port: origin.port };
  const proxies = await Promise.all(
    message.regions.map((region) =>
      startFaultProxy({ region, upstream, clock: systemClock, random: Math.random }),
    ),
  );
  return {
    ready: {
      type: 'ready',
      originPort: origin.port,
      proxyPorts: Object.fromEntries(proxies.map((proxy) => [proxy.region, proxy.port])),
    },
    inject(faults) {
      const startedMs = systemClock.monotonicMs();
      const specs = faults.map(parseFault);
      for (const proxy of proxies) {
        proxy.set(
          specs.filter((spec) => spec.region === proxy.region).map((spec) => faultAt(spec, startedMs)),
        );
      }
    },
    async stop() {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await origin.close();
    },
  };
}

function main(): void {
  let running: Awaited<ReturnType<typeof start>> | undefined;
  const send = (message: SandboxReady | SandboxFailed): void => {
    process.send?.(message);
  };
  const stop = (): void => {
    void (running?.stop() ?? Promise.resolve()).finally(() => process.exit(0));
  };
  process.on('message', (message: StartSandbox | InjectFaults) => {
    if (message.type === 'faults') return running?.inject(message.faults);
    start(message).then(
      (started) => {
        running = started;
        send(started.ready);
      },
      (error: unknown) =>
        send({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  // Ctrl-C goes to the whole terminal group: the parent says when to stop.
  process.on('SIGINT', () => {});
}

main();
