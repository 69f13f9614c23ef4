/** What becomes of an upload once it is whole: when each rendition of it is playable, and when each region sees it. */
import { InjectedError } from './injected.ts';

export interface Processing {
  /** Milliseconds from the end of the upload until each rendition can be played; at least one. */
  readonly renditions: Readonly<Record<string, number>>;
  /** Milliseconds more until a region (the proxy's `x-pop`) sees a rendition; a region not named sees it at once. */
  readonly propagation: Readonly<Record<string, number>>;
  /** A region that asks too early keeps its 404 for so long, as the cache of a CDN does. */
  readonly negativeMs: number;
  /** Processing ends in failure when the first rendition would have been ready. */
  readonly fails: boolean;
}

/** More than any ladder has; a query shall not make an upload expensive. */
const NAMES_MAX = 20;

/**
 * What the query of the request that makes an upload asks for, over what the origin does otherwise:
 * `?renditions=360p:300,720p:900`, `?propagate=eu-west:500,us-east:2000`, `?negative_ms=5000`, `?fail=1`.
 * @throws InjectedError for what cannot be meant
 */
export function readProcessing(params: URLSearchParams, otherwise: Processing): Processing {
  const negative = params.get('negative_ms');
  if (negative !== null && !/^\d{1,7}$/.test(negative))
    throw new InjectedError('negative_ms must be a whole number below 10 million.');
  return {
    renditions: readDelays(params, 'renditions') ?? otherwise.renditions,
    propagation: readDelays(params, 'propagate') ?? otherwise.propagation,
    negativeMs: negative === null ? otherwise.negativeMs : Number(negative),
    fails: params.get('fail') === '1' || otherwise.fails,
  };
}

function readDelays(params: URLSearchParams, name: string): Record<string, number> | undefined {
  const text = params.get(name);
  if (text === null) return undefined;
  const delays = text.split(',').map((item) => /^([\w-]{1,32}):(\d{1,7})$/.exec(item));
  if (delays.length > NAMES_MAX || delays.some((match) => match === null))
    throw new InjectedError(`${name} must be names with milliseconds, such as 360p:300,720p:900.`);
  return Object.fromEntries(delays.map((match) => [match?.[1] ?? '', Number(match?.[2])]));
}
