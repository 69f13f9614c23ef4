/** Runs the publish probe, and what watchers do, against a service as agents of several regions would. */
import type { RunContext, RunResult } from '../../../probes/probe.ts';
import { publishProbe } from '../../../probes/publish/publish.ts';
import { loopbackNetwork, runContext } from '../net/run-context.ts';

/** The name of the service; its port is what differs from region to region. */
const HOST = 'video.test';
export const POLL_MS = 100;

/** A context whose way to the service leads to this port. */
export function contextAt(
  port: number,
  options: { readonly timeoutMs?: number } & Partial<RunContext> = {},
): RunContext {
  const { timeoutMs, ...rest } = options;
  const network = loopbackNetwork({ connectTo: { [`${HOST}:80`]: `127.0.0.1:${port}` } });
  return {
    ...runContext({ network, ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
    random: Math.random,
    ...rest,
  };
}

/** Publishes by PUT, with the status API of the scripted service. */
export function publish(context: RunContext, params: object = {}, status: object = {}): Promise<RunResult> {
  const parsed = publishProbe.params.parse({
    upload: { protocol: 'put', sizeBytes: 200_000 },
    status: { request: { url: '{/data/url}' }, ...status },
    pollMs: POLL_MS,
    ...params,
  });
  return publishProbe.run(context, { name: 'uploads', url: `http://${HOST}/up/`, labels: {} }, parsed);
}

/** What plays when it is published. */
export const PLAY_URL = `http://${HOST}/play/whole`;
