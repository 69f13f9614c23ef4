/**
 * Server behaviour that a test asks for in the query: `?delay_ms=300`, `?pause_at=2000&pause_ms=500`, `?norange=1`,
 * `?status=503`; for uploads `?refuse=413@50%`, `?commit_ms=250`, `?locked_ms=2000`, `?progress_bytes=65536`,
 * `?max_append=1000000`.
 */

export interface Injected {
  /** Waited before the response head. */
  readonly delayMs: number;
  /** A stall of `pauseMs` after so many bytes of the body of this response. */
  readonly pauseAt: number | undefined;
  readonly pauseMs: number;
  /** Range headers are ignored, as by servers that know none. */
  readonly noRange: boolean;
  /** Answered in place of everything else. */
  readonly status: number | undefined;
  /** An upload that has come so far, in percent, is answered with `status`; 404 and 410 forget it too. */
  readonly refuse: { readonly status: number; readonly percent: number } | undefined;
  /** Waited after the last byte of an upload, before it is answered. */
  readonly commitMs: number;
  /** For so long after a request was cut off its upload is locked, and answers 423. */
  readonly lockedMs: number;
  /** How often an IETF upload is told its offset while it sends. */
  readonly progressBytes: number;
  /** The largest request that an IETF upload takes; announced as `max-append-size`. */
  readonly maxAppend: number | undefined;
  /** The parameters above as they came, '' or beginning with '?': what playlists hand down to their children. */
  readonly query: string;
}

const NUMBERS = [
  'delay_ms',
  'pause_at',
  'pause_ms',
  'norange',
  'status',
  'commit_ms',
  'locked_ms',
  'progress_bytes',
  'max_append',
] as const;
const INJECTED_NAMES = [...NUMBERS, 'refuse'] as const;

const PROGRESS_BYTES = 256 * 1024;

/** Thrown for a value that cannot be meant; answered with 400. */
export class InjectedError extends Error {}

/**
 * Reads the injected behaviour of a request; times are cut to `delayMsMax`.
 * @throws InjectedError
 */
export function readInjected(params: URLSearchParams, delayMsMax: number): Injected {
  const given = INJECTED_NAMES.flatMap((name) =>
    params.getAll(name).map((value): [string, string] => [name, value]),
  );
  const status = whole(params, 'status');
  if (status !== undefined && (status < 400 || status > 599)) {
    throw new InjectedError('status must be from 400 to 599.');
  }
  return {
    delayMs: Math.min(whole(params, 'delay_ms') ?? 0, delayMsMax),
    pauseAt: whole(params, 'pause_at'),
    pauseMs: Math.min(whole(params, 'pause_ms') ?? 0, delayMsMax),
    noRange: (whole(params, 'norange') ?? 0) !== 0,
    status,
    refuse: refusal(params.get('refuse')),
    commitMs: Math.min(whole(params, 'commit_ms') ?? 0, delayMsMax),
    lockedMs: Math.min(whole(params, 'locked_ms') ?? 0, delayMsMax),
    progressBytes: whole(params, 'progress_bytes') || PROGRESS_BYTES,
    maxAppend: whole(params, 'max_append'),
    query: given.length === 0 ? '' : `?${new URLSearchParams(given)}`,
  };
}

/** The offset at which an upload of so many bytes is refused; none where the query asks for no refusal. */
export function refusedAtBytes({ refuse }: Injected, totalBytes: number): number {
  return refuse ? Math.floor((totalBytes * refuse.percent) / 100) : Number.POSITIVE_INFINITY;
}

function refusal(text: string | null): Injected['refuse'] {
  if (text === null) return undefined;
  const match = /^([45]\d\d)@(\d{1,3})%$/.exec(text);
  const [status, percent] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || percent > 100)
    throw new InjectedError('refuse must be a status and a share, such as 413@50%.');
  return { status, percent };
}

function whole(params: URLSearchParams, name: (typeof NUMBERS)[number]): number | undefined {
  const text = params.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,12}$/.test(text))
    throw new InjectedError(`${name} must be a whole number, not "${text.slice(0, 40)}".`);
  return Number(text);
}
