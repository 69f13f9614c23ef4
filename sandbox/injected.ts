/** Server behaviour that a test asks for in the query: `?delay_ms=300`, `?pause_at=2000&pause_ms=500`, `?norange=1`, `?status=503`. */

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
  /** The parameters above as they came, '' or beginning with '?': what playlists hand down to their children. */
  readonly query: string;
}

const INJECTED_NAMES = ['delay_ms', 'pause_at', 'pause_ms', 'norange', 'status'] as const;

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
    query: given.length === 0 ? '' : `?${new URLSearchParams(given)}`,
  };
}

function whole(params: URLSearchParams, name: (typeof INJECTED_NAMES)[number]): number | undefined {
  const text = params.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,12}$/.test(text))
    throw new InjectedError(`${name} must be a whole number, not "${text.slice(0, 40)}".`);
  return Number(text);
}
