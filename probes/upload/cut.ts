/** Breaking an upload's connection on purpose, once exactly so many bytes of a request have been delivered. */
import { z } from 'zod';

/** How the connection ends. `half_open`: it falls silent, as when a phone leaves its network, and nobody is told. */
export const CUT_KINDS = ['reset', 'half_open'] as const;
export type CutKind = (typeof CUT_KINDS)[number];

/** An order to `sendBody`: send `atBytes` of the body and no more, and break the connection when the peer's kernel has them. */
export interface Cut {
  readonly atBytes: number;
  readonly kind: CutKind;
}

/** Parameters of the upload probe. */
export const cutParams = {
  cutAtPercent: z
    .array(z.number().min(1).max(99))
    .max(5)
    .default([])
    .describe(
      'Break the connection when this share of the payload was delivered, then resume; several are allowed.',
    ),
  cut: z
    .enum(CUT_KINDS)
    .default('reset')
    .describe(
      'How it breaks. `reset`: closed at once. `half_open`: it falls silent, and the service is not told.',
    ),
};

/** Where a payload is to be cut, in bytes, in order. */
export function cutPoints(sizeBytes: number, percents: readonly number[]): number[] {
  const points = percents.map((percent) => Math.floor((sizeBytes * percent) / 100));
  return [...new Set(points)].sort((a, b) => a - b);
}

/**
 * The cut within the request that carries `length` bytes from `offset` on, if one is due there. One that falls on the
 * request's end comes a byte early: a whole request would be answered, and there would be nothing to resume.
 */
export function cutWithin(
  points: readonly number[],
  offset: number,
  length: number,
  kind: CutKind,
): Cut | undefined {
  const point = points.find((at) => at > offset && at <= offset + length);
  return point === undefined ? undefined : { atBytes: Math.min(point - offset, length - 1), kind };
}
