/** What can go wrong on the way between a region and the origin, and when. */

/** The value of each kind of fault. Shares are in (0, 1]. */
export interface FaultValues {
  /** Added before the first byte of every response, on every turn of a connection. */
  readonly latency: { readonly delayMs: number };
  /** Uniform in [0, delayMs), drawn anew and added before the first byte of every response. */
  readonly jitter: { readonly delayMs: number };
  /** Of each connection, in each direction. */
  readonly bandwidth: { readonly bitsPerSecond: number };
  /** The share of connections that are reset (RST) when they carry a request. */
  readonly reset: { readonly share: number };
  /** The share of requests that the proxy itself answers with `status`, without asking the origin. */
  readonly error: { readonly status: number; readonly share: number };
  /** The share of response bodies that end early: after `bytes`, or half-way when absent. */
  readonly truncate: { readonly share: number; readonly bytes?: number };
  /** Connections are accepted, then nothing is read or answered; those that exist freeze. Cut when it ends. */
  readonly blackhole: Readonly<Record<never, never>>;
}

export type FaultKind = keyof FaultValues;

/** A kind with its value, discriminated by `kind`. */
export type FaultEffect = {
  readonly [Kind in FaultKind]: { readonly kind: Kind; readonly value: FaultValues[Kind] };
}[FaultKind];

/** An effect with its window, [startMs, endMs) on the monotonic clock of the proxy; `Infinity`: until it is taken away. */
export type Fault = FaultEffect & { readonly startMs: number; readonly endMs: number };

/** A fault as people write it: of a region, its window relative to the start of the experiment. Without `lengthMs` it stays. */
export type FaultSpec = FaultEffect & {
  readonly region: string;
  readonly afterMs: number;
  readonly lengthMs?: number;
};

/** The fault of a spec in an experiment that started at `startedMs` on the monotonic clock of the proxy. */
export function faultAt(spec: FaultSpec, startedMs: number): Fault {
  const { region: _region, afterMs, lengthMs, ...effect } = spec;
  const startMs = startedMs + afterMs;
  return { ...effect, startMs, endMs: lengthMs === undefined ? Infinity : startMs + lengthMs };
}
