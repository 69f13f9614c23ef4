/** History through the detector that runs live, as fast as it can be read. */
import type { Detector, DetectorCounters } from '../../collector/detect/detector.ts';
import { HeardFleet } from '../../collector/detect/heard-fleet.ts';
import { type Incident, type IncidentEvent, scopeText } from '../../collector/detect/incident.ts';
import type { Observation } from '../../collector/detect/observation.ts';
import { Playback } from '../../collector/detect/replay.ts';
import type { TsOf } from './replayed-json.ts';

/** What comes back where it was, after less than this share of how long it lasted, is the same fault on and off. */
const FLAP_SHARE = 0.5;
/** Stragglers of the last rounds are waited for as those of any other. */
const LAST_GRACE_MS = 15_000;

export interface Replayed {
  /** One for each fault, as last told, in the order in which they were found: without those that turned out to be part of another. */
  readonly incidents: readonly Incident[];
  /** Times as the file has them; as text without it. */
  readonly tsOf?: TsOf;
  /** For people: what was read, and what was left out and why. */
  readonly notes: readonly string[];
}

/** Feeds a detector with history, and keeps what it says of each incident. */
export class HistoryReplay {
  readonly detector: Detector;
  readonly #fleet = new HeardFleet();
  readonly #playback: Playback;
  readonly #incidents = new Map<string, Incident>();
  #endMs = Number.NEGATIVE_INFINITY;

  constructor(detector: Detector) {
    this.detector = detector;
    this.#playback = new Playback(detector, (nowMs) =>
      detector.observeFleet(nowMs, this.#fleet.at(Math.min(nowMs, this.#endMs))),
    );
  }

  take(run: Observation): void {
    this.#playback.take(run);
    this.#fleet.note(run);
    this.#endMs = Math.max(this.#endMs, run.seenMs);
    this.#keep(this.#playback.drain());
  }

  /** Lets the last rounds close: nobody is silent because the history ends. */
  end(): readonly Incident[] {
    if (Number.isFinite(this.#endMs)) this.#keep(this.#playback.until(this.#endMs + LAST_GRACE_MS));
    const own = [...this.#incidents.values()].filter(({ mergedInto }) => mergedInto === null);
    return joined(own.sort((a, b) => a.detectedMs - b.detectedMs));
  }

  #keep(events: readonly IncidentEvent[]): void {
    for (const { incident } of events) {
      const known = this.#incidents.get(incident.id);
      this.#incidents.set(incident.id, known ? atItsWidest(incident, known) : incident);
    }
  }
}

/** An incident of which in the end only a part went on was what it was: how it ended is in its timeline. */
function atItsWidest(incident: Incident, known: Incident): Incident {
  const { timeline = [] } = incident.evidence;
  if (timeline.findLast(({ what }) => what === 'grew' || what === 'shrank')?.what !== 'shrank')
    return incident;
  const { mergedInto, resolvedMs, status } = incident;
  return { ...known, mergedInto, resolvedMs, status, evidence: { ...known.evidence, timeline } };
}

/** Takes what flaps for one incident: as first told, until it was last over. */
function joined(incidents: readonly Incident[]): Incident[] {
  const all: Incident[] = [];
  for (const one of incidents) {
    const at = all.findLastIndex((earlier) => comesBackAs(one, earlier));
    const earlier = all[at];
    if (!earlier) all.push(one);
    else {
      const { resolvedMs, status } = one;
      const timeline = [...(earlier.evidence.timeline ?? []), ...(one.evidence.timeline ?? [])];
      all[at] = { ...earlier, resolvedMs, status, evidence: { ...earlier.evidence, timeline } };
    }
  }
  return all;
}

const comesBackAs = (one: Incident, earlier: Incident): boolean =>
  earlier.resolvedMs !== null &&
  scopeText(earlier.scope) === scopeText(one.scope) &&
  earlier.metric === one.metric &&
  one.startedMs - earlier.resolvedMs <= FLAP_SHARE * (earlier.resolvedMs - earlier.startedMs);

/** For people: what was judged, and what was left out and why. */
export function countsOf(counters: DetectorCounters): string[] {
  const notes = [`${counters.observed} runs`, `${counters.rounds} rounds judged`];
  const count = (n: number, what: string) => n > 0 && notes.push(`${n} ${what}`);
  count(counters.duplicates, 'runs stand twice');
  count(counters.late, 'runs too late to be judged');
  count(counters.series_over_limit, 'runs of more series than are judged');
  return notes;
}
