/** Runs the playback probe as the agent would, parameters parsed. */
import { playbackProbe } from '../../../probes/playback/playback.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { runContext } from '../net/run-context.ts';

export function play(url: string, params: object = {}, timeoutMs?: number): Promise<RunResult> {
  const context = runContext(timeoutMs === undefined ? {} : { timeoutMs });
  return playbackProbe.run(context, { name: 'video', url, labels: {} }, playbackProbe.params.parse(params));
}

/** The failure of a run, in brief; `ok` when there is none. */
export function failureOf(result: RunResult): string {
  if (result.outcome === 'ok') return 'ok';
  const { layer, code, blame } = result.failure;
  return `${layer}/${code} ${blame}`;
}
