/** One run of a probe of protocols below HTTP, its parameters parsed as the agent does. */
import type { Network } from '../../../probes/net/network.ts';
import type { Failure } from '../../../probes/outcome.ts';
import type { Probe, RunContext, RunResult } from '../../../probes/probe.ts';
import { runContext } from '../net/run-context.ts';

export function runProbe<Params>(
  probe: Probe<Params>,
  url: string,
  params: Record<string, unknown> = {},
  options: { network?: Network; timeoutMs?: number; secret?: RunContext['secret'] } = {},
): Promise<RunResult> {
  const context = { ...runContext(options), ...(options.secret ? { secret: options.secret } : {}) };
  return probe.run(context, { name: 'test', url, labels: {} }, probe.params.parse(params));
}

export function failureOf(result: RunResult): Failure | undefined {
  return result.outcome === 'fail' ? result.failure : undefined;
}
