/** Runs the publish probe, and what watchers do, against a service as agents of several regions would. */
import type { RunContext, RunResult } from '../../../probes/probe.ts';
import { publishProbe } from '../../../probes/publish/publish.ts';
import { watchUntilPlayable } from '../../../probes/publish/watcher.ts';
import type { Watchers, WatchOrder, WatchReport } from '../../../probes/watch-order.ts';
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

/** Has watchers at these ports, one for each region asked for; where there is none, nobody is there. */
export function watchersAt(ports: Readonly<Record<string, number>>, orders: WatchOrder[] = []): Watchers {
  return (order, signal) => {
    orders.push(order);
    const reports = order.from.map(async ({ region }): Promise<WatchReport> => {
      const name = region?.[0] ?? '';
      const watcher = { agent: `${name}-1`, region: name, pollMs: order.pollMs };
      const port = ports[name];
      if (port === undefined) return { ...watcher, agent: '', missed: 'agent_down' };
      const seen = await watchUntilPlayable(contextAt(port, { signal }), order);
      const { publish_visible_ms: visibleMs } = seen.metrics;
      if (visibleMs !== undefined) return { ...watcher, visibleMs };
      return { ...watcher, missed: seen.outcome === 'fail' ? seen.failure.message : '' };
    });
    return Promise.all(reports);
  };
}
