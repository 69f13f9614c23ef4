/** The open incidents: alarms become one incident a cause, wider scopes take narrower ones over, calm ones are resolved. */

import type { Confirmation, Suspicion } from './confirmation.ts';
import { Confirmations, isOf } from './confirmations.ts';
import { eBhThreshold } from './e-sr.ts';
import type { Sources } from './evidence.ts';
import type { Group } from './group.ts';
import type { Incident, IncidentEvent, IncidentScope } from './incident.ts';
import { type CaseStart, IncidentCase } from './incident-case.ts';
import { alarmRounds, isWithin, type Located, localise } from './localise.ts';
import { coversSeries, sameScope, touchesGroup } from './scope.ts';
import type { Series } from './series.ts';
import { DETECT_LIMITS } from './settings.ts';
import { remainderOf } from './shrink.ts';

/** Wide before narrow: what a wide alarm explains needs no narrow one. */
const ORDER = { global: 0, target: 1, region: 2, failures: 2, network: 2, leaf: 3, agent: 4 } as const;

/** An incident that grows is told again at most this often. */
const UPDATE_EVERY_MS = 10_000;

/** Silence has no score, and no family but that of failures: nothing is answered. */
const SILENCE = {
  family: 'failing',
  alarm: { evidence: 0, threshold: 0 },
  place: { share: 1, alternatives: [] },
} as const;

type Cause = Pick<CaseStart, 'scope' | 'startedMs' | 'alarm' | 'family' | 'place'>;

export interface BookCounters {
  opened: number;
  resolved: number;
  incidents_over_limit: number;
}

export class IncidentBook {
  readonly counters: BookCounters = { opened: 0, resolved: 0, incidents_over_limit: 0 };
  readonly #sources: Sources;
  readonly #open = new Map<string, IncidentCase>();
  readonly #toldMs = new Map<string, number>();
  readonly #lookedMs = new Map<string, number>();
  readonly #confirmations = new Confirmations();
  /** From before a restart: they take effect when the history that is played again reaches them. */
  #known: Incident[] = [];
  #events: IncidentEvent[] = [];
  #telling: readonly Suspicion[] = [];
  /** When a round was last judged, and when incidents last settled: cells change by rounds alone. */
  #judgedMs = Number.NEGATIVE_INFINITY;
  #settledMs = Number.NEGATIVE_INFINITY;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Incidents of the past, open or resolved, that the history about to be played is known to contain. */
  know(incidents: readonly Incident[]): void {
    this.#known.push(...incidents);
  }

  open(): readonly IncidentCase[] {
    return [...this.#open.values()];
  }

  /** Whether a series is within an open incident at an instant: then nothing is learned from it. */
  covers(series: Series, atMs: number): boolean {
    for (const one of this.#open.values()) if (coversSeries(one.scope, series)) return true;
    return this.#known.some(
      (one) =>
        atMs >= one.startedMs &&
        atMs < (one.resolvedMs ?? Number.POSITIVE_INFINITY) &&
        coversSeries(one.scope, series),
    );
  }

  /** Takes what a second look found: for the incidents that it is about, those that open later included. */
  confirm(confirmation: Confirmation): void {
    this.#confirmations.add(confirmation);
    const { about } = confirmation;
    if (about !== undefined) this.#open.get(about)?.tellApart(confirmation, this.#sources);
    else
      for (const one of this.#open.values())
        if (coversSeries(one.scope, confirmation) && isOf(confirmation, one.startedMs))
          one.addConfirmation(confirmation);
  }

  /** What would tell the places of open incidents from what they might as well be, as of the last look at them. */
  takeTelling(): readonly Suspicion[] {
    const telling = this.#telling;
    this.#telling = [];
    return telling;
  }

  /** Whether an open incident has had a second look at this already. */
  hasLookedAt(suspicion: Suspicion): boolean {
    return [...this.#open.values()].some(
      (one) => coversSeries(one.scope, suspicion) && one.hasLookedAt(suspicion),
    );
  }

  /** Looks at the groups that voted in a round. */
  consider(groups: readonly Group[], nowMs: number): void {
    this.#enactKnown(nowMs);
    this.#judgedMs = nowMs;
    const candidates = groups.filter((group) => group.roundsOver > 0);
    candidates.sort((a, b) => ORDER[a.scope.kind] - ORDER[b.scope.kind]);
    for (const group of candidates) {
      const located = localise(group, this.#sources, [...this.#open.values()]);
      if (located) this.#raise(located, group, nowMs);
    }
  }

  #raise(located: Located, group: Group, nowMs: number): void {
    const threshold = this.#sources.groups.threshold(group.scope, group.everyMs);
    const alarm = { evidence: group.evidence, threshold };
    this.#start({ ...located, startedMs: onsetOf(group), alarm }, nowMs);
  }

  /** Opens an incident, or widens the narrower one of the same cause. */
  #start(cause: Cause, nowMs: number, silentAgents: readonly string[] = []): void {
    const { settings, series } = this.#sources;
    const { scope, startedMs } = cause;
    const narrower = [...this.#open.values()]
      .filter((one) => this.#isNarrower(one, cause) && one.startedMs >= startedMs - settings.widenWithinMs)
      .sort((a, b) => a.startedMs - b.startedMs);
    const widened = narrower.shift();
    widened?.widen(cause, nowMs);
    const one = widened ?? this.#newCase(cause, nowMs);
    if (silentAgents.length > 0) one.setSilent(silentAgents);
    one.collectCells(this.#sources);
    if (!this.#open.has(one.id) && !this.#admit(one)) return;
    for (const confirmation of this.#confirmations.of(scope, one.startedMs))
      one.addConfirmation(confirmation);
    for (const other of narrower) {
      one.takeOver(other, nowMs);
      this.#resolve(other, nowMs, one.id);
    }
    for (const each of series) if (coversSeries(scope, each)) each.discardSince(one.startedMs);
    this.#tell(one, this.#toldMs.has(one.id) ? 'updated' : 'opened', nowMs);
  }

  /** Opens a case, unless nothing in particular is raised (then it waits) or there are too many. */
  #admit(one: IncidentCase): boolean {
    if (!one.hasEvidence) return false;
    if (this.#open.size >= DETECT_LIMITS.openIncidents.value) {
      this.counters.incidents_over_limit += 1;
      return false;
    }
    this.#open.set(one.id, one);
    const known = this.#known.find(({ id }) => id === one.id);
    this.#known = this.#known.filter((other) => other !== known);
    if (known) this.#toldMs.set(one.id, known.detectedMs);
    else this.counters.opened += 1;
    return true;
  }

  #isNarrower(one: IncidentCase, { scope, family }: Cause): boolean {
    return one.family === family && isWithin(one, scope, this.#sources.series);
  }

  #newCase(cause: Cause, nowMs: number): IncidentCase {
    const known = this.#knownOf(cause.scope, nowMs);
    if (known) return IncidentCase.restore(known);
    const severity = this.#withinRate(cause.alarm.evidence) ? 'critical' : 'warning';
    return new IncidentCase({ ...cause, detectedMs: nowMs, severity });
  }

  /** Whether an alarm is within the false discovery rate over all groups; silence, without a score, is. */
  #withinRate(evidence: number): boolean {
    if (evidence === 0) return true;
    const values = [...this.#sources.groups.all()].map((group) => group.evidence);
    return evidence >= eBhThreshold(values, this.#sources.settings.alpha);
  }

  /** The regions that are silent now, each with its agents. */
  considerSilence(
    silent: ReadonlyMap<string, readonly string[]>,
    regions: ReadonlySet<string>,
    nowMs: number,
  ): void {
    this.#enactKnown(nowMs);
    const everywhere = regions.size >= 2 && silent.size === regions.size;
    const all = [...silent.values()].flat();
    const start = (scope: IncidentScope, agents: readonly string[]) =>
      this.#start({ ...SILENCE, scope, startedMs: nowMs }, nowMs, agents);
    if (everywhere && !this.#byScope({ kind: 'global' })) start({ kind: 'global' }, all);
    for (const [region, agents] of silent) {
      if (this.#byScope({ kind: 'global' })) break;
      const one = this.#byScope({ kind: 'region', region });
      if (one) one.setSilent(agents);
      else start({ kind: 'region', region }, agents);
    }
    for (const one of this.#open.values()) {
      if (one.scope.kind === 'global') one.setSilent(all);
      else if (one.scope.kind === 'region') one.setSilent(silent.get(one.scope.region) ?? []);
    }
  }

  #byScope(scope: IncidentScope): IncidentCase | undefined {
    return [...this.#open.values()].find((one) => sameScope(one.scope, scope));
  }

  /** Lets incidents grow and end. */
  settle(nowMs: number): void {
    this.#enactKnown(nowMs);
    const isNews = this.#judgedMs > this.#settledMs;
    this.#settledMs = nowMs;
    for (const one of [...this.#open.values()]) {
      if (isNews) one.collectCells(this.#sources);
      one.reconsider(this.#sources);
      this.#shrink(one, nowMs);
      if (one.isCalm(nowMs, this.#sources)) this.#resolve(one, nowMs, null);
      else if (one.dirty && nowMs - (this.#toldMs.get(one.id) ?? 0) >= UPDATE_EVERY_MS)
        this.#tell(one, 'updated', nowMs);
    }
    this.#telling = [...this.#open.values()].flatMap((one) => one.tellingSuspicion(this.#sources) ?? []);
  }

  /** An incident of which only a part goes on is about that part; what else is still bad raises its own alarm. */
  #shrink(one: IncidentCase, nowMs: number): void {
    const lookedMs = this.#lookedMs.get(one.id) ?? 0;
    if (nowMs - lookedMs < UPDATE_EVERY_MS || lookedMs >= this.#judgedMs) return;
    this.#lookedMs.set(one.id, nowMs);
    const part = remainderOf(one, this.#sources);
    if (part && !this.#byScope(part.scope)) one.shrink(part, this.#sources, nowMs);
  }

  /** Ends an open incident because a person says so. */
  resolve(id: string, word: string, nowMs: number): void {
    const one = this.#open.get(id);
    if (one) this.#resolve(one, nowMs, null, word);
  }

  #resolve(one: IncidentCase, nowMs: number, mergedInto: string | null, word = ''): void {
    this.#open.delete(one.id);
    this.#toldMs.delete(one.id);
    this.#lookedMs.delete(one.id);
    this.counters.resolved += 1;
    const incident = one.snapshot(this.#sources, nowMs, { atMs: nowMs, mergedInto, word });
    if (mergedInto === null) this.#release(one.scope, nowMs);
    this.#events.push({ kind: 'resolved', incident });
  }

  /** Begins anew for what lies within: scores from nothing, series learning again. */
  #release(scope: IncidentScope, atMs: number): void {
    const { groups, series } = this.#sources;
    for (const group of groups.all()) if (touchesGroup(scope, group, series)) group.reset();
    for (const one of series) if (coversSeries(scope, one)) one.reset(atMs);
  }

  #tell(one: IncidentCase, kind: 'opened' | 'updated', nowMs: number): void {
    this.#toldMs.set(one.id, nowMs);
    this.#events.push({ kind, incident: one.snapshot(this.#sources, nowMs) });
  }

  /** A known incident of this scope that is on, or was found a moment later than now. */
  #knownOf(scope: IncidentScope, nowMs: number): Incident | undefined {
    return this.#known.find(
      (one) =>
        sameScope(one.scope, scope) &&
        nowMs >= one.startedMs &&
        nowMs < (one.resolvedMs ?? Number.POSITIVE_INFINITY),
    );
  }

  /** Lets time pass that was judged before a restart: nothing is raised, and incidents end when they did. */
  pass(nowMs: number): void {
    const isOver = ({ resolvedMs }: Incident) => resolvedMs !== null && nowMs >= resolvedMs;
    const over = this.#known.filter(isOver);
    this.#known = this.#known.filter((one) => !isOver(one));
    for (const one of over) this.#end(one);
  }

  /** A known incident is over: what its scores have gathered is no evidence of another. */
  #end({ mergedInto, resolvedMs, scope }: Incident): void {
    if (resolvedMs !== null && mergedInto === null) this.#release(scope, resolvedMs);
  }

  /** Known incidents open when their time comes, even where the history is too short to find them again. */
  #enactKnown(nowMs: number): void {
    if (this.#known.length === 0) return;
    const isDue = (one: Incident) => nowMs >= (one.resolvedMs ?? one.detectedMs);
    const due = this.#known.filter(isDue);
    this.#known = this.#known.filter((one) => !isDue(one));
    for (const incident of due) {
      if (this.#open.has(incident.id)) continue;
      if (incident.status === 'resolved') {
        this.#end(incident);
        continue;
      }
      this.#open.set(incident.id, IncidentCase.restore(incident));
      this.#toldMs.set(incident.id, incident.detectedMs);
    }
  }

  /** Takes what happened since the last call. */
  takeEvents(): IncidentEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

/** The first exceedance since the evidence last began anew: the start of its round. */
function onsetOf(group: Group): number {
  const first = alarmRounds(group).find((round) => round.votes.all().some((vote) => vote.raw > 0));
  return first?.startMs ?? group.onsetMs;
}
