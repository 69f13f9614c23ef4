/**
 * The grammar of faults on a command line: `REGION:KIND[=VALUE]@START[+LENGTH]`, e.g. `eu-west:latency=400ms@45s+45s`
 * or `eu-west:blackhole@45s`.
 */
import type { FaultEffect, FaultKind, FaultSpec, FaultValues } from './fault.ts';
import { PROXY_LIMITS } from './limits.ts';
import { readBitsPerSecond, readBytes, readDurationMs, readShare } from './quantity.ts';

/** What is known about a kind of fault; adding a kind does not compile until it stands here. */
interface Kind<Value> {
  readonly meaning: string;
  /** How a value is written, with an example that is also the value when none is given; '' where there is none. */
  readonly example: string;
  /** What a value may be, for the sentence "VALUE must be …". */
  readonly expected: string;
  /** The value, or undefined when `text` is not one. */
  read(text: string): Value | undefined;
}

const KINDS: { readonly [Name in FaultKind]: Kind<FaultValues[Name]> } = {
  latency: {
    meaning: 'adds this before the first byte of every response',
    example: '400ms',
    expected: `a duration up to ${PROXY_LIMITS.delayMs.value / 1000}s, such as 400ms or 1.5s`,
    read: readDelay,
  },
  jitter: {
    meaning: 'adds a random part of this before the first byte of every response',
    example: '200ms',
    expected: `a duration up to ${PROXY_LIMITS.delayMs.value / 1000}s, such as 200ms`,
    read: readDelay,
  },
  bandwidth: {
    meaning: 'limits every connection, in each direction',
    example: '1Mbit',
    expected: 'a rate from 8kbit to 10Gbit, such as 500kbit or 1Mbit',
    read(text) {
      const bitsPerSecond = readBitsPerSecond(text) ?? 0;
      return bitsPerSecond >= 8e3 && bitsPerSecond <= 1e10 ? { bitsPerSecond } : undefined;
    },
  },
  reset: {
    meaning: 'resets this share of the connections',
    example: '20%',
    expected: 'a share above 0% and up to 100%, such as 20%',
    read(text) {
      const share = readShare(text);
      return share === undefined ? undefined : { share };
    },
  },
  error: {
    meaning: 'answers this share of the requests with an error',
    example: '503:20%',
    expected: 'a status from 400 to 599, a share, or both: 503, 20% or 503:20%',
    read: readError,
  },
  truncate: {
    meaning: 'ends this share of the response bodies half-way, or all of them after so many bytes',
    example: '20%',
    expected: 'a share, a size, or both: 20%, 64KiB or 64KiB:20%',
    read: readTruncate,
  },
  blackhole: {
    meaning: 'accepts connections and never answers; those that exist freeze',
    example: '',
    expected: 'left out: a blackhole has none',
    read: (text) => (text === '' ? {} : undefined),
  },
};

/** Every kind of fault with an example and its meaning, for help texts. */
export const FAULT_KINDS: readonly {
  readonly kind: FaultKind;
  readonly example: string;
  readonly meaning: string;
}[] = (Object.keys(KINDS) as FaultKind[]).map((kind) => ({
  kind,
  example: KINDS[kind].example,
  meaning: KINDS[kind].meaning,
}));

/** A fault that cannot be read: `message` says what and why, `hint` what to try. */
export class FaultSyntaxError extends Error {
  readonly code = 'bad_fault';
  readonly hint: string;
  constructor(text: string, why: string, hint: string) {
    super(`The fault "${text.slice(0, 200)}" cannot be read: ${why}.`);
    this.name = 'FaultSyntaxError';
    this.hint = hint;
  }
}

/**
 * Reads one fault. Regions are not checked against any list: that is for those who know the fleet.
 * @throws FaultSyntaxError
 */
export function parseFault(text: string): FaultSpec {
  const colon = text.indexOf(':');
  const at = text.lastIndexOf('@');
  const region = text.slice(0, Math.max(colon, 0));
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/i.test(region)) {
    throw new FaultSyntaxError(text, 'it does not begin with a region and a colon', grammarHint());
  }
  if (at < colon) throw new FaultSyntaxError(text, 'it does not say when to start (@START)', grammarHint());
  return { region, ...readEffect(text, text.slice(colon + 1, at)), ...readWindow(text, text.slice(at + 1)) };
}

/** Splits `KIND[=VALUE]` and reads the value. */
function readEffect(text: string, effect: string): FaultEffect {
  const equals = effect.indexOf('=');
  const name = equals < 0 ? effect : effect.slice(0, equals);
  if (!isKind(name)) throw new FaultSyntaxError(text, `there is no kind of fault "${name}"`, kindsHint());
  const written = equals < 0 ? KINDS[name].example : effect.slice(equals + 1);
  const value = KINDS[name].read(written);
  // An empty value after `=` is a slip, even for the kind that has none.
  if (value === undefined || (equals >= 0 && written === '')) {
    const { expected, example } = KINDS[name];
    const hint = example === '' ? `Write ${name}@START[+LENGTH].` : `Try ${name}=${example}@START[+LENGTH].`;
    throw new FaultSyntaxError(text, `the value of ${name} must be ${expected}`, hint);
  }
  return { kind: name, value } as FaultEffect;
}

/** Splits `START[+LENGTH]`. */
function readWindow(text: string, window: string): { afterMs: number; lengthMs?: number } {
  const plus = window.indexOf('+');
  const afterMs = readWindowMs(text, 'start', plus < 0 ? window : window.slice(0, plus));
  if (plus < 0) return { afterMs };
  const lengthMs = readWindowMs(text, 'length', window.slice(plus + 1));
  if (lengthMs === 0)
    throw new FaultSyntaxError(
      text,
      'a length of 0 is no fault',
      'Leave +LENGTH out for a fault that stays.',
    );
  return { afterMs, lengthMs };
}

function readWindowMs(text: string, what: 'start' | 'length', written: string): number {
  const ms = readDurationMs(written);
  if (ms !== undefined && ms <= PROXY_LIMITS.windowMs.value) return ms;
  const days = PROXY_LIMITS.windowMs.value / (24 * 3_600_000);
  const why = `its ${what} "${written}" is not a duration of at most ${days} days`;
  throw new FaultSyntaxError(
    text,
    why,
    'Durations are written 45s, 500ms, 2m or 1h: eu-west:latency=400ms@45s+45s.',
  );
}

function readDelay(text: string): { delayMs: number } | undefined {
  const delayMs = readDurationMs(text) ?? 0;
  return delayMs > 0 && delayMs <= PROXY_LIMITS.delayMs.value ? { delayMs } : undefined;
}

/** `503` is every request, `20%` is 503 for a fifth of them. */
function readError(text: string): FaultValues['error'] | undefined {
  const { rest = '503', share } = splitShare(text);
  return share !== undefined && /^[45]\d\d$/.test(rest) ? { status: Number(rest), share } : undefined;
}

function readTruncate(text: string): FaultValues['truncate'] | undefined {
  const { rest, share } = splitShare(text);
  if (share === undefined) return undefined;
  if (rest === undefined) return { share };
  const bytes = readBytes(rest);
  return bytes === undefined ? undefined : { share, bytes };
}

/** `SHARE`, `REST` or `REST:SHARE`. No share written is all; a share that is none is undefined. */
function splitShare(text: string): { rest: string | undefined; share: number | undefined } {
  if (!text.endsWith('%')) return { rest: text, share: 1 };
  const colon = text.lastIndexOf(':');
  return { rest: colon < 0 ? undefined : text.slice(0, colon), share: readShare(text.slice(colon + 1)) };
}

function isKind(name: string): name is FaultKind {
  return Object.hasOwn(KINDS, name);
}

function grammarHint(): string {
  return `Write REGION:KIND[=VALUE]@START[+LENGTH], e.g. eu-west:latency=400ms@45s+45s. ${kindsHint()}`;
}

function kindsHint(): string {
  const kinds = FAULT_KINDS.map(({ kind, example }) => (example === '' ? kind : `${kind}=${example}`));
  return `Kinds: ${kinds.join(', ')}.`;
}
