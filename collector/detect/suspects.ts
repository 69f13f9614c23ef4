/** The pre-alarm: cells whose evidence begins to grow, to be looked at again at once. It decides nothing. */
import type { Suspicion } from './confirmation.ts';
import type { Group } from './group.ts';
import { FAILURE_METRIC } from './series.ts';
import { DETECT_LIMITS, type DetectSettings } from './settings.ts';

/** The suspicion that the newest round of a group raises; undefined when there is none. */
export function suspicionOf(group: Group, settings: DetectSettings): Suspicion | undefined {
  const { scope } = group;
  if (scope.kind !== 'leaf' || group.fullEvidence < settings.suspectEvidence) return undefined;
  const votes = group.history.at(-1)?.votes;
  if (!votes) return undefined;
  let worst: { agent: string; y: number } | undefined;
  for (const agent of votes.units()) {
    const y = votes.of(agent)?.y ?? 0;
    // Evidence outlasts what raised it: somebody must see it now.
    if (y > 0 && y > (worst?.y ?? 0)) worst = { agent, y };
  }
  if (!worst) return undefined;
  return { region: scope.region, agent: worst.agent, ...scope.cell, evidence: group.fullEvidence };
}

/** Suspicions since they were last taken: one a check and region, by failures where there are any, else by the most evidence. */
export class Suspects {
  readonly #settings: DetectSettings;
  readonly #byCheck = new Map<string, Suspicion>();
  /** Checks that were left out because there were too many. */
  overLimit = 0;

  constructor(settings: DetectSettings) {
    this.#settings = settings;
  }

  /** Looks at groups that voted in a round. */
  consider(groups: readonly Group[]): void {
    for (const group of groups) {
      const suspicion = suspicionOf(group, this.#settings);
      if (suspicion) this.#add(suspicion);
    }
  }

  #add(suspicion: Suspicion): void {
    const { region, probe, target } = suspicion;
    const key = JSON.stringify([region, probe, target]);
    const known = this.#byCheck.get(key);
    if (!known && this.#byCheck.size >= DETECT_LIMITS.suspects.value) this.overLimit += 1;
    else if (!known || outranks(suspicion, known)) this.#byCheck.set(key, suspicion);
  }

  /** Takes what there is; the most evidence first. */
  take(): readonly Suspicion[] {
    const all = [...this.#byCheck.values()].sort((a, b) => b.evidence - a.evidence);
    this.#byCheck.clear();
    return all;
  }
}

function outranks(a: Suspicion, b: Suspicion): boolean {
  const [failing, wasFailing] = [a.metric === FAILURE_METRIC, b.metric === FAILURE_METRIC];
  return failing === wasFailing ? a.evidence > b.evidence : failing;
}
