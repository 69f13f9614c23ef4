/** How much an incident matters: how bad it is, for what share of all that is watched, or of the traffic where that is told. */
import type { IncidentScope, Size } from './incident.ts';
import { coversSeries, type Labelled } from './scope.ts';

export interface Impact {
  /** Of all that is watched; of the traffic where that is told. */
  readonly share: number;
  /** Present where the share is of the traffic. */
  readonly byTraffic?: true;
  /** 0 for nothing to 1 for a failure of every run, of a duration that doubled, of silence. */
  readonly size: number;
  /** Both together. */
  readonly score: number;
}

/** What may have a share of the traffic. */
export const TRAFFIC_KINDS = ['region', 'country', 'isp', 'pop', 'target'] as const;
export type TrafficKind = (typeof TRAFFIC_KINDS)[number];

/**
 * Shares of all traffic by place or target: `region:eu-west`, `country:DE`, `target:clip`. Of each kind they add up to 1 at most; the rest
 * is with those that are not named.
 */
export type TrafficWeights = Readonly<Record<string, number>>;

export function impactOf(
  of: { readonly scope: IncidentScope; readonly size: Size; readonly isFailure: boolean },
  series: Iterable<Labelled>,
  weights: TrafficWeights,
): Impact {
  const all = [...series];
  const weightOf = weigher(all, weights);
  let within = 0;
  for (const one of all) if (coversSeries(of.scope, one)) within += weightOf(one);
  const share = all.length > 0 ? Math.min(1, within) : 1;
  const size = badness(of.size, of.isFailure);
  return { share, ...(Object.keys(weights).length > 0 && { byTraffic: true }), size, score: share * size };
}

const labelOf = (kind: TrafficKind, { region, target, dims }: Labelled): string =>
  kind === 'region' ? region : kind === 'target' ? target : (dims?.[kind] ?? '');

/** The share of the traffic that a series stands for; together they are 1, less what is told of places that nobody watches. */
function weigher(all: readonly Labelled[], weights: TrafficWeights): (one: Labelled) => number {
  const kinds = TRAFFIC_KINDS.filter((kind) =>
    Object.keys(weights).some((name) => name.startsWith(`${kind}:`)),
  );
  const shares = kinds.map((kind) => sharesOf(kind, all, weights));
  const product = (one: Labelled) =>
    shares.reduce((weight, shareOf) => weight * shareOf(one) * all.length, 1 / all.length);
  if (kinds.length < 2) return product;
  // Where and what are taken for independent of each other: not every place need have every target.
  const sum = all.reduce((total, one) => total + product(one), 0);
  return sum === 0 ? () => 0 : (one) => product(one) / sum;
}

/** A place has its share, told or out of the rest, which its series divide among them. */
function sharesOf(
  kind: TrafficKind,
  all: readonly Labelled[],
  weights: TrafficWeights,
): (one: Labelled) => number {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(labelOf(kind, one), (counts.get(labelOf(kind, one)) ?? 0) + 1);
  const told = (label: string): number | undefined => weights[`${kind}:${label}`];
  const names = Object.keys(weights).filter((name) => name.startsWith(`${kind}:`));
  const rest = Math.max(0, 1 - names.reduce((sum, name) => sum + (weights[name] ?? 0), 0));
  let others = 0;
  for (const [label, count] of counts) if (told(label) === undefined) others += count;
  return (one) => {
    const label = labelOf(kind, one);
    const share = told(label);
    return share === undefined ? rest / others : share / (counts.get(label) ?? 1);
  };
}

function badness({ before, after, ratio, unit }: Size, isFailure: boolean): number {
  if (unit === 'count') return 1;
  if (isFailure) return Math.min(1, Math.max(0, (after ?? 1) - (before ?? 0)));
  // A throughput that is halved is as bad as a duration that doubled.
  if (ratio === null || ratio <= 0) return 1;
  return Math.min(1, Math.max(ratio, 1 / ratio) - 1);
}
