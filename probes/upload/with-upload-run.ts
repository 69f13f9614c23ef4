/** Everything that the parts of one upload share, opened before and closed after, whatever came of it. */
import { Cmcd } from '../net/cmcd.ts';
import { HttpSession } from '../net/session.ts';
import { loadTcpInfo } from '../net/tcp-info.ts';
import type { Failure } from '../outcome.ts';
import type { RunContext, RunResult, Target } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import type { UploadParams } from './params.ts';
import { makePayload } from './payload.ts';
import { SendTally } from './send-tally.ts';
import type { UploadRun } from './upload-run.ts';

/**
 * Makes the payload, then starts the clock and lets `use` do the run: the failure that it answers, or nothing, decides the
 * outcome. Metrics, attributes and phases are those that the run was filled with. `probe` is the type that marks requests.
 */
export async function withUploadRun(
  context: RunContext,
  target: Target,
  params: UploadParams,
  probe: string,
  use: (run: UploadRun) => Promise<Failure | undefined>,
): Promise<RunResult> {
  const url = URL.parse(target.url);
  if (!url) return badUrl(target.url);
  const { network, clock, signal, userAgent } = context;
  const random = () => context.random();
  const secret = (name: string) => context.secret?.(name);
  // Before the clock starts: making the payload must not be timed.
  const payload = await makePayload(params, random);
  const sends = new SendTally(clock, await loadTcpInfo());
  const timeline = new Timeline(clock);
  const cmcd = new Cmcd(params.cmcd, context, target, { probe, nr: true });
  const options = { network, clock, signal, userAgent, cmcd, timeline };
  const session = new HttpSession(options);
  const sessions = [session];
  const openSession = (name: string) => {
    const further = new HttpSession({ ...options, name });
    sessions.push(further);
    return further;
  };
  const run: UploadRun = {
    ...{ session, openSession, sends, cmcd, timeline, clock, signal, random, secret, url, params },
    payload: payload.bytes,
    metrics: {},
    attributes: { protocol: params.protocol, payload: payload.kind },
  };
  try {
    const failure = await use(run);
    const measured = {
      metrics: { ...session.connectMetrics, ...sends.metrics, ...run.metrics },
      attributes: { ...run.attributes, ...sends.attributes, ...cmcd.attributes },
      phases: timeline.phases,
    };
    return failure ? { outcome: 'fail', failure, ...measured } : { outcome: 'ok', ...measured };
  } finally {
    for (const one of sessions) one.close();
  }
}

function badUrl(text: string): RunResult {
  const message = `The target ${JSON.stringify(text.slice(0, 100))} is not a URL. Write e.g. https://video.example.com/files/.`;
  const failure: Failure = { layer: 'agent', blame: 'agent', code: 'bad_params', message };
  return { outcome: 'fail', failure, metrics: {}, attributes: {}, phases: [] };
}
