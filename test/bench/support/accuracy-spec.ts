/** The checks of a load: so many runs a second, of every kind of connection. */
import type { FlowKind } from './jittery-messages.ts';

export interface Check {
  readonly target: string;
  readonly kind: FlowKind;
  /** Of its name at the server. */
  readonly index: number;
  readonly everyMs: number;
  readonly isSlow: boolean;
}

/** Of ten checks. */
const MIX: readonly FlowKind[] = [
  ...(['http1', 'https1', 'http1', 'http2', 'http1'] as const),
  ...(['https2', 'http1', 'https1', 'http2', 'https2'] as const),
];

/** Longer than twenty blocks of the event loop. */
export const SLOW_MS = 2500;
const EVERY_MS = 1000;

/** Checks each second or, so that every kind is there, less often. `slowEach`: every so manieth waits long for its answer. */
export function checksAt(perSecond: number, slowEach = 0): Check[] {
  const count = Math.max(MIX.length, perSecond);
  return Array.from({ length: count }, (_, index) => ({
    target: `accuracy-${index}`,
    kind: kindAt(index),
    index,
    everyMs: (EVERY_MS * count) / perSecond,
    isSlow: slowEach > 0 && index % slowEach === 0,
  }));
}

/** Of the check or the request of this number. */
export function kindAt(index: number): FlowKind {
  return MIX[index % MIX.length] as FlowKind;
}

/** For one agent: a probe for each kind. */
export function specOf(
  checks: readonly Check[],
  agent: string,
  urlOf: (kind: FlowKind, index: number) => string,
) {
  const targets = checks.map(({ target, kind, index, isSlow }) => ({
    name: target,
    url: `${urlOf(kind, index)}/${isSlow ? `?wait=${SLOW_MS}` : ''}`,
    labels: {},
  }));
  const kinds = [...new Set(checks.map(({ kind }) => kind))];
  const probes = kinds.flatMap((kind) => {
    const own = checks.filter((check) => check.kind === kind);
    const pages = Array.from({ length: Math.ceil(own.length / TARGETS_MAX) }, (_, page) =>
      own.slice(page * TARGETS_MAX, (page + 1) * TARGETS_MAX),
    );
    return pages.map((page, at) => ({
      name: `accuracy-${kind}-${at}`,
      type: 'http',
      targets: page.map(({ target }) => target),
      every: `${page[0]?.everyMs}ms`,
      timeout: '5s',
      from: { agent: [agent] },
      params: { version: kind.endsWith('2') ? '2' : '1.1' },
    }));
  });
  return { version: 1, targets, probes };
}

/** A probe has a hundred targets at most. */
const TARGETS_MAX = 100;
