/**
 * One attempt to play what was announced, as a viewer would, without a browser.
 *
 * It begins with a question for one byte under an address of its own (`?outrider=…`): an edge that has not got the upload
 * yet may keep its refusal, and then it keeps it for an address that nobody else asks for. Addresses with arguments are
 * asked for as they are, since those of signed ones are part of the signature.
 */
import { Cmcd, type CmcdMode } from '../net/cmcd.ts';
import { responseAttributes } from '../net/response-attributes.ts';
import { HttpSession } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import { playbackParams } from '../playback/params.ts';
import { playbackProbe } from '../playback/playback.ts';
import type { Attributes, RunContext } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { PUBLISH_LIMITS } from './limits.ts';

export type Attempt =
  | {
      readonly plays: true;
      /** When the first frame was there, in `clock.monotonicMs()`. */
      readonly atMs: number;
      readonly attributes: Attributes;
    }
  | Refused;

interface Refused {
  readonly plays: false;
  readonly failure: Failure;
  /** Of the response that refused it, if there was one; `negative_cached` where that came out of a cache. */
  readonly attributes: Attributes;
}

/** This agent may not ask there, now or later. */
export function isForbidden({ code }: Failure): boolean {
  return code === 'forbidden_target';
}

/** Requests are marked by the session of the context. Never throws for the deeds of the peer. */
export async function attemptPlay(context: RunContext, url: URL, cmcd: CmcdMode): Promise<Attempt> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PUBLISH_LIMITS.attemptMs.value)]);
  const within = { ...context, signal };
  const target = { name: 'publish', url: url.href, labels: {} };
  const refused = await askForOneByte(
    within,
    url,
    new Cmcd(cmcd, within, target, { probe: 'publish', nr: true }),
  );
  if (refused) return refused;
  const startMs = context.clock.monotonicMs();
  const played = await playbackProbe.run(within, target, playbackParams.parse({ cmcd }));
  const { attributes, metrics } = played;
  if (played.outcome === 'ok')
    return { plays: true, atMs: startMs + (metrics.first_frame_ms ?? 0), attributes };
  return refusal(played.failure, attributes);
}

function refusal(failure: Failure, attributes: Attributes): Refused {
  const isOld = Number(attributes.http_status) >= 400 && attributes.cache_status === 'hit';
  return {
    plays: false,
    failure,
    attributes: isOld ? { ...attributes, negative_cached: 'true' } : attributes,
  };
}

/** Why it is not there yet, or nothing. Redirects are followed by who plays it. */
async function askForOneByte(context: RunContext, url: URL, cmcd: Cmcd): Promise<Refused | undefined> {
  const { network, clock, signal, userAgent } = context;
  const session = new HttpSession({ network, clock, signal, userAgent, cmcd, timeline: new Timeline(clock) });
  try {
    const response = await session.request(unseen(url, context), {
      method: 'GET',
      headers: { range: 'bytes=0-0' },
      maxBodyBytes: Number.MAX_SAFE_INTEGER,
    });
    if (!response.ok) return refusal(response.failure, {});
    // Where the range is ignored the rest is not read.
    for await (const _ of response.body) break;
    const { status, connected } = response;
    if (status < 400) return undefined;
    const attributes = { ...responseAttributes(connected, response), ...cmcd.attributes };
    const cached = attributes.cache_status === 'hit' ? ', out of a cache' : '';
    const message = `The service answered ${status}${cached}.`;
    return refusal({ layer: 'http', blame: 'target', code: 'status', message }, attributes);
  } finally {
    session.close();
  }
}

function unseen(url: URL, { random }: RunContext): URL {
  if (url.search !== '') return url;
  const own = new URL(url);
  own.search = `?outrider=${Math.floor(random() * 2 ** 48).toString(16)}`;
  return own;
}
