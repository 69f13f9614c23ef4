/** Sights of incidents for tests, and a lane that a script is played to. */
import type { Incident } from '../../../collector/detect/incident.ts';
import { type LanePolicy, stepLane } from '../../../collector/notify/lane.ts';
import { facetsOf } from '../../../collector/notify/matchers.ts';
import type { Draft, Sight, Thread } from '../../../collector/notify/thread.ts';
import { incidentOf, STARTED_MS } from '../incidents/incidents.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** When the incidents of `incidentOf` were found. */
export const FOUND_MS = STARTED_MS + 17_500;

/** So many minutes after that. */
export const at = (minute: number): number => FOUND_MS + minute * MINUTE;

export const POLICY: LanePolicy = {
  waitMs: 0,
  updateEveryMs: 2 * MINUTE,
  remindEveryMs: HOUR,
  flapMs: 15 * MINUTE,
  flapOpens: 3,
  noDataMs: 3 * MINUTE,
  rate: 10,
  rateMs: 10 * MINUTE,
};

export function sightOf(
  incident: Partial<Incident> = {},
  more: Partial<Omit<Sight, 'incident'>> = {},
): Sight {
  const whole = incidentOf(incident);
  const facets = facetsOf(whole, () => undefined);
  return { incident: whole, facets, heard: true, quiet: null, ack: null, ...more };
}

/** Of the incident that most tests are about. */
export const eu = (incident: Partial<Incident> = {}, more: Partial<Omit<Sight, 'incident'>> = {}): Sight =>
  sightOf({ ...region('eu-west'), ...incident }, more);

export const region = (name: string): Partial<Incident> => ({
  id: `inc-${name}`,
  scope: { kind: 'region', region: name },
});

export const over = (atMs: number, mergedInto: string | null = null): Partial<Incident> => ({
  status: 'resolved',
  resolvedMs: atMs,
  mergedInto,
});

/** One lane, told what there is, minute by minute. */
export class PlayedLane {
  readonly policy: LanePolicy;
  threads: ReadonlyMap<string, Thread> = new Map();
  held: ReadonlyMap<string, string> = new Map();
  readonly drafts: { readonly minute: number; readonly draft: Draft }[] = [];
  damped = 0;
  grouped = 0;
  room = 200;
  missed: ReadonlySet<string> = new Set();

  constructor(policy: Partial<LanePolicy> = {}) {
    this.policy = { ...POLICY, ...policy };
  }

  /** What is told at this minute after the detection; incidents that are gone are not among the sights. */
  look(
    minute: number,
    sights: readonly Sight[],
    wanted = sights.map(({ incident }) => incident.id),
  ): string[] {
    const look = {
      sights: new Map(sights.map((sight) => [sight.incident.id, sight])),
      wanted: new Set(wanted),
      nowMs: FOUND_MS + minute * MINUTE,
      room: this.room,
      missed: this.missed,
    };
    const step = stepLane('pages/pager', this.threads, look, this.policy);
    // As it would come back from the store.
    this.threads = new Map([...step.threads].map(([id, thread]) => [id, JSON.parse(JSON.stringify(thread))]));
    this.held = step.held;
    this.damped += step.damped;
    this.grouped += step.grouped;
    for (const draft of step.drafts) this.drafts.push({ minute, draft });
    return step.drafts.map(({ kind, reasons }) =>
      reasons.length > 0 ? `${kind}: ${reasons.join('; ')}` : kind,
    );
  }
}
