/**
 * Where is it? Of all the places that hold what an alarm is about, the one in which bad runs are best explained: by the likelihood
 * of one raised share inside and the usual one outside. A wider place must be raised in most of its parts, or it is several.
 */
import { type IncidentScope, scopeText } from './incident.ts';
import type { RecentLeaf } from './recent-leaves.ts';
import { coversSeries } from './scope.ts';
import type { Series } from './series.ts';
import type { DetectSettings } from './settings.ts';

export interface Placed {
  readonly scope: IncidentScope;
  /** The only target, where the place is that of one. */
  readonly target: string | undefined;
  /** Share of all bad runs that lie there. */
  readonly share: number;
  /** Places that hold the very same runs: what is known cannot tell them apart. */
  readonly alternatives: readonly IncidentScope[];
}

/** A place, for one target or all, with what was seen there. */
interface Candidate {
  readonly scope: IncidentScope;
  readonly target: string | undefined;
  bad: number;
  total: number;
  usual: number;
  /** Bad runs that the alarm is about. */
  alarmed: number;
}

/** Of places that hold the same runs the first is named: the nearest to what can be seen directly. */
const PREFERENCE = ['agent', 'region', 'country', 'isp', 'route', 'global', 'target', 'pop'] as const;

/** Share of what the alarm is about that a place must hold. */
const ALARMED_MIN = 0.5;
/** Places that are looked at closely. */
const LOOKED_AT_MAX = 12;

export function placeOf(
  leaves: readonly RecentLeaf[],
  isAlarmed: (series: Series) => boolean,
  needed: number,
  settings: DetectSettings,
): Placed | undefined {
  const candidates = candidatesOf(leaves, isAlarmed);
  const alarmed = leaves.reduce((sum, leaf) => sum + (isAlarmed(leaf.series) ? leaf.bad : 0), 0);
  const all = leaves.reduce((sum, { bad }) => sum + bad, 0);
  const ranked = candidates
    .filter((one) => one.alarmed >= ALARMED_MIN * alarmed && one.alarmed > 0)
    .map((one) => ({ one, gain: gainOf(one) }))
    .filter(({ gain }) => gain >= needed)
    .sort((a, b) => b.gain - a.gain || rankOf(a.one) - rankOf(b.one))
    .slice(0, LOOKED_AT_MAX);
  const best = ranked.find(({ one }) => isRaisedThroughout(one, leaves, settings))?.one;
  if (!best) return undefined;
  const same = candidates.filter(
    (one) => one !== best && one.bad === best.bad && one.total === best.total && one.alarmed === best.alarmed,
  );
  const scope = nameOf(best);
  const others = new Map(same.map((one) => [scopeText(nameOf(one)), nameOf(one)]));
  others.delete(scopeText(scope));
  // A region and its country, or the way to its only edge, are other names for one place, not other causes.
  for (const [text, { kind }] of others) if (kind === 'country' || kind === 'route') others.delete(text);
  return { scope, target: best.target, share: best.bad / all, alternatives: [...others.values()] };
}

/** A target by itself is a place; in one region, it is what the incident of that region is about. */
const nameOf = ({ scope, target }: Candidate): IncidentScope =>
  scope.kind === 'global' && target !== undefined ? { kind: 'target', target } : scope;

/** All runs of a place before those of one target there, then by preference. */
function rankOf(one: Candidate): number {
  const kind = nameOf(one).kind;
  return PREFERENCE.indexOf(kind) + (one.target !== undefined && kind !== 'target' ? 0.5 : 0);
}

function candidatesOf(
  leaves: readonly RecentLeaf[],
  isAlarmed: (series: Series) => boolean,
): readonly Candidate[] {
  const candidates = new Map<string, Candidate>();
  for (const { series, bad, total, usual } of leaves) {
    const alarmed = isAlarmed(series) ? bad : 0;
    for (const scope of scopesOf(series)) {
      const text = scopeText(scope);
      for (const target of [undefined, series.target]) {
        const key = JSON.stringify([text, scope.kind === 'agent' ? scope.region : '', target]);
        let one = candidates.get(key);
        if (!one) {
          one = { scope, target, bad: 0, total: 0, usual: 0, alarmed: 0 };
          candidates.set(key, one);
        }
        one.bad += bad;
        one.total += total;
        one.usual += usual * total;
        one.alarmed += alarmed;
      }
    }
  }
  return [...candidates.values()];
}

/** Every place that a series lies in. */
function scopesOf({ agent, region, dims: { isp, country, pop } }: Series): IncidentScope[] {
  return [
    { kind: 'agent', region, agent },
    { kind: 'region', region },
    ...(isp
      ? ([
          { kind: 'isp', isp },
          { kind: 'isp', isp, region },
        ] as const)
      : []),
    ...(country ? ([{ kind: 'country', country }] as const) : []),
    ...(pop
      ? ([
          { kind: 'pop', pop },
          { kind: 'route', region, pop },
        ] as const)
      : []),
    { kind: 'global' },
  ];
}

/** How much likelier what was seen is with a share of its own than with the usual one, in nats; 0 where it is not raised. */
export function gainOf({ bad, total, usual }: Pick<Candidate, 'bad' | 'total' | 'usual'>): number {
  if (total === 0) return 0;
  const expected = usual / total;
  const share = bad / total;
  if (share <= expected) return 0;
  const well = total - bad;
  return bad * Math.log(share / expected) + (well > 0 ? well * Math.log((1 - share) / (1 - expected)) : 0);
}

/** Whether most parts of a place are raised, each by half as much as the whole at least. */
function isRaisedThroughout(
  one: Candidate,
  leaves: readonly RecentLeaf[],
  settings: DetectSettings,
): boolean {
  const { scope, target } = one;
  if (scope.kind === 'agent') return true;
  const within = leaves.filter(
    ({ series }) => coversSeries(scope, series) && (target === undefined || series.target === target),
  );
  const excess = one.bad / one.total - one.usual / one.total;
  const isRaised = (part: readonly RecentLeaf[]): boolean => {
    const total = part.reduce((sum, leaf) => sum + leaf.total, 0);
    const over = part.reduce((sum, leaf) => sum + leaf.bad - leaf.usual * leaf.total, 0);
    return over > 0.5 * excess * total;
  };
  const isMost = (by: (series: Series) => string, least: number): boolean => {
    const parts = [...Map.groupBy(within, ({ series }) => by(series)).values()];
    const raised = parts.filter(isRaised).length;
    if (raised < Math.min(least, parts.length)) return false;
    return parts.length < 4 ? raised === parts.length : raised >= settings.mostRegions * parts.length;
  };
  const inOneRegion =
    scope.kind === 'region' || scope.kind === 'route' || (scope.kind === 'isp' && scope.region);
  if (inOneRegion) {
    const agents = Map.groupBy(within, ({ series }) => series.agent).values();
    return [...agents].filter(isRaised).length >= 2;
  }
  const byTarget = scope.kind !== 'global' || target !== undefined || isMost((series) => series.target, 1);
  return byTarget && isMost((series) => series.region, 2);
}
