/** Whether a collector takes agents: a WebSocket is opened as for a session, and closed again without a word. */
import { type Authorities, dial } from './dial.ts';

/** False when it refuses, cannot be reached, does not answer within `timeoutMs`, or `signal` aborts first. Never rejects. */
export function takesAgents(
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
  authorities?: Authorities,
): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const socket = dial(url, timeoutMs, authorities);
    const settle = (takes: boolean): void => {
      signal.removeEventListener('abort', abort);
      resolve(takes);
    };
    const abort = (): void => socket.terminate();
    signal.addEventListener('abort', abort, { once: true });
    socket.on('open', () => {
      settle(true);
      socket.close(1000);
    });
    // Each ends in `close`.
    socket.on('error', () => {});
    socket.on('unexpected-response', () => socket.terminate());
    socket.on('close', () => settle(false));
  });
}
