/** Uploads to the reference origin. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../../../probes/probe.ts';
import { uploadProbe } from '../../../probes/upload/upload.ts';
import { type Origin, startOrigin } from '../../../sandbox/index.ts';
import { runContext } from '../net/run-context.ts';

export interface RunningOrigin extends Origin {
  /** `METHOD path status` of each request, in order, queries left out. */
  readonly requests: string[];
}

export async function runningOrigin(
  options: Partial<Parameters<typeof startOrigin>[0]> = {},
): Promise<RunningOrigin> {
  const dataDir = await mkdtemp(join(tmpdir(), 'outrider-origin-'));
  const requests: string[] = [];
  const origin = await startOrigin({
    dataDir,
    transcodeMs: 0,
    onAccess: ({ method, url, status }) => requests.push(`${method} ${url.split('?')[0]} ${status}`),
    ...options,
  });
  return {
    ...origin,
    requests,
    async close() {
      await origin.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Runs the upload probe as an agent with these secrets would. */
export function uploadWith(
  secrets: Readonly<Record<string, string>>,
  url: string,
  params: object,
  options: Parameters<typeof runContext>[0] = {},
): Promise<RunResult> {
  const context = {
    ...runContext(options),
    random: Math.random,
    secret: (name: string) => secrets[name],
  };
  return uploadProbe.run(context, { name: 'upload', url, labels: {} }, uploadProbe.params.parse(params));
}
