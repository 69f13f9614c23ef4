/** Runs the upload probe as the agent would, parameters parsed. */
import type { RunResult } from '../../../probes/probe.ts';
import { uploadProbe } from '../../../probes/upload/upload.ts';
import { runContext } from '../net/run-context.ts';

export function upload(url: string, params: object = {}, timeoutMs?: number): Promise<RunResult> {
  const context = runContext(timeoutMs === undefined ? {} : { timeoutMs });
  return uploadProbe.run(context, { name: 'upload', url, labels: {} }, uploadProbe.params.parse(params));
}

/** The failure of a run, in brief; `ok` when there is none. */
export function failureOf(result: RunResult): string {
  if (result.outcome === 'ok') return 'ok';
  const { layer, code, blame } = result.failure;
  return `${layer}/${code} ${blame}`;
}
