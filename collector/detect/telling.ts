/**
 * What would tell the place of an incident from what it might as well be: runs of agents that lie in one of the two and not in the
 * other. What they find changes the alternatives and the words of the incident, never whether it opens. Pure.
 */
import type { ConfirmAnswer, Confirmation, Suspicion } from './confirmation.ts';
import type { RegionCell } from './evidence.ts';
import type { IncidentScope, PlaceEvidence } from './incident.ts';
import { coversSeries, sameScope } from './scope.ts';
import { FAILURE_METRIC, type Series } from './series.ts';
import type { DetectSettings } from './settings.ts';

/** Looks at one incident: what they do not tell, more of them would not. */
const LOOKS_MAX = 3;
/** Nats by which a place must be likelier than the other: one to twenty. */
const TOLD_MIN = Math.log(20);
/** A run says something, and never everything, however many were raised before it. */
const SHARE_RANGE = [0.5, 0.95] as const;

/** What is asked about. */
export interface TellingCase {
  readonly id: string;
  readonly scope: IncidentScope;
  readonly place: PlaceEvidence;
  readonly lead: RegionCell | undefined;
  /** Looks that were made for it already. */
  readonly looks: readonly Confirmation[];
}

/** Whom to ask of the check that the incident is known by: of each side in turn. Undefined while nobody could tell. */
export function tellingSuspicion(of: TellingCase, all: Iterable<Series>): Suspicion | undefined {
  const { id, lead, looks, place, scope } = of;
  if (!lead || place.alternatives.length === 0 || looks.length >= LOOKS_MAX) return undefined;
  const { metric, probe, target } = lead.cell;
  const series = [...all].filter((one) => one.probe === probe && one.target === target);
  const sides = place.alternatives.flatMap((other) => [
    series.filter((one) => coversSeries(other, one) && !coversSeries(scope, one)),
    series.filter((one) => coversSeries(scope, one) && !coversSeries(other, one)),
  ]);
  const agents = new Set<string>();
  const longest = Math.max(...sides.map((side) => side.length));
  for (let i = 0; i < longest; i += 1)
    for (const side of sides) {
      const one = side[i];
      if (one) agents.add(one.agent);
    }
  const [agent] = agents;
  if (agent === undefined) return undefined;
  const telling = { incident: id, agents: [...agents] };
  return { region: lead.region, agent, probe, target, metric, evidence: 0, telling };
}

/** The place after these looks: alternatives that they rule out are gone, and one that they speak for is said. `share`: of bad runs within. */
export function tellApart(
  { scope, place, looks }: TellingCase,
  all: Iterable<Series>,
  share: number,
  settings: DetectSettings,
): PlaceEvidence {
  const series = [...all];
  const answers = looks.flatMap((look) =>
    look.answers.flatMap((answer) => {
      const one = series.find((each) => isOf(each, answer, look));
      return one ? [{ one, answer, isFailure: look.metric === FAILURE_METRIC }] : [];
    }),
  );
  /** How much likelier the answers are if it is the scope than if it is the other, in nats. */
  const against = (other: IncidentScope): number =>
    answers.reduce((sum, { one, answer, isFailure }) => {
      const [here, there] = [scope, other].map((each) => coversSeries(each, one));
      if (here === there || answer.raised === null) return sum;
      const [low, high] = SHARE_RANGE;
      const within = Math.min(high, Math.max(low, share));
      const beside = isFailure ? settings.failureP0Min : settings.p0;
      const nats = answer.raised ? Math.log(within / beside) : Math.log((1 - within) / (1 - beside));
      return here ? sum + nats : sum - nats;
    }, 0);
  const weighed = place.alternatives.map((other) => ({ other, nats: against(other) }));
  const gone = weighed.filter(({ nats }) => nats >= TOLD_MIN).map(({ other }) => other);
  const rather = weighed.filter(({ nats }) => nats <= -TOLD_MIN).sort((a, b) => a.nats - b.nats)[0]?.other;
  const { rather: _, ...before } = place;
  return {
    ...before,
    alternatives: place.alternatives.filter((other) => !gone.some((one) => sameScope(one, other))),
    ruledOut: [...(place.ruledOut ?? []), ...gone],
    ...(rather && { rather }),
  };
}

const isOf = (one: Series, answer: ConfirmAnswer, look: Confirmation): boolean =>
  one.agent === answer.agent &&
  one.region === answer.region &&
  one.probe === look.probe &&
  one.target === look.target;
