/** How much an incident matters: how bad it is, for what share of all that is watched, weighed by traffic where that is told. */
import { type IncidentScope, type Size, scopeText } from './incident.ts';
import { coversSeries, type Labelled } from './scope.ts';

export interface Impact {
  /** Of all that is watched, by traffic. */
  readonly share: number;
  /** 0 for nothing to 1 for a failure of every run, of a duration that doubled, of silence. */
  readonly size: number;
  /** Both together. */
  readonly score: number;
}

/** Weights of places and targets by their scope: `region:eu-west`, `country:DE`, `target:clip`; 1 where none is told. */
export type TrafficWeights = Readonly<Record<string, number>>;

export function impactOf(
  of: { readonly scope: IncidentScope; readonly size: Size; readonly isFailure: boolean },
  series: Iterable<Labelled>,
  weights: TrafficWeights,
): Impact {
  let within = 0;
  let all = 0;
  for (const one of series) {
    const weight = weightOf(one, weights);
    all += weight;
    if (coversSeries(of.scope, one)) within += weight;
  }
  const share = all > 0 ? within / all : 1;
  const size = badness(of.size, of.isFailure);
  return { share, size, score: share * size };
}

/** Of several weights that a series has, those of its places and of its target, the product. */
function weightOf({ region, target, dims }: Labelled, weights: TrafficWeights): number {
  const scopes: IncidentScope[] = [
    { kind: 'region', region },
    { kind: 'target', target },
    ...(dims?.country ? [{ kind: 'country', country: dims.country } as const] : []),
    ...(dims?.isp ? [{ kind: 'isp', isp: dims.isp } as const] : []),
    ...(dims?.pop ? [{ kind: 'pop', pop: dims.pop } as const] : []),
  ];
  return scopes.reduce((product, scope) => product * (weights[scopeText(scope)] ?? 1), 1);
}

function badness({ before, after, ratio, unit }: Size, isFailure: boolean): number {
  if (unit === 'count') return 1;
  if (isFailure) return Math.min(1, Math.max(0, (after ?? 1) - (before ?? 0)));
  // A throughput that is halved is as bad as a duration that doubled.
  if (ratio === null || ratio <= 0) return 1;
  return Math.min(1, Math.max(ratio, 1 / ratio) - 1);
}
