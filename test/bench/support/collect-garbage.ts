/** Has another Node process throw away what it does not hold: what is left in its memory then is held, and not merely not collected yet. */
import { once } from 'node:events';
import WebSocket from 'ws';
import type { NodeProcess } from './node-process.ts';

const ANSWER_MS = 20_000;

/** To be in the environment of the process: its inspector takes a free port, once it is asked to open. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=0' } as const;

/** Opens the inspector of the process the first time. Rejects when it does not answer. */
export async function collectGarbage(node: NodeProcess): Promise<void> {
  process.kill(node.pid, 'SIGUSR1');
  const { value: url } = await node.line(
    (line) => /^Debugger listening on (ws:\S+)$/.exec(line)?.[1],
    ANSWER_MS,
  );
  const socket = new WebSocket(url);
  try {
    await once(socket, 'open', { signal: AbortSignal.timeout(ANSWER_MS) });
    socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
    await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) });
  } finally {
    socket.terminate();
  }
}
