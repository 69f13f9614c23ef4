/** A reference origin with a folder of its own, which goes when the origin closes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Origin, type ReceivedLine, startOrigin } from '../../sandbox/index.ts';

export interface RunningOrigin extends Origin {
  readonly dataDir: string;
  /** Of the bodies that arrived, in order. */
  readonly received: ReceivedLine[];
}

export async function runningOrigin(
  options: Partial<Parameters<typeof startOrigin>[0]> = {},
): Promise<RunningOrigin> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sandbox-origin-'));
  const received: ReceivedLine[] = [];
  const onReceived = (line: ReceivedLine): void => void received.push(line);
  const origin = await startOrigin({ dataDir, onReceived, ...options });
  const close = async (): Promise<void> => {
    await origin.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...origin, dataDir, received, close };
}
