/** One open incident while it lives: its cells grow, it may widen, and it knows when it is calm. */

import type { Budget } from './budgets.ts';
import { BurnList } from './burn-list.ts';
import { isCalm, type RaisedCell } from './calm.ts';
import { suspectsOf } from './change.ts';
import type { Confirmation, Suspicion } from './confirmation.ts';
import { gatherEvidence, leadSize, type RegionCell, raisedAgents, type Sources } from './evidence.ts';
import { type Group, type PastRound, raisedFrom, unitsOf } from './group.ts';
import { leafKey } from './group-book.ts';
import { type Impact, impactOf } from './impact.ts';
import {
  type BudgetBurn,
  type Incident,
  type IncidentScope,
  type PlaceEvidence,
  SILENCE_METRIC,
  scopeText,
  type TimelineEntry,
} from './incident.ts';
import type { Placed } from './place.ts';
import { type Family, shareAmong } from './recent-leaves.ts';
import { agentsWithin } from './scope.ts';
import { lastSettledMs, type SecondLook, secondLook, severityAfter } from './second-look.ts';
import { FAILURE_METRIC } from './series.ts';
import { DETECT_LIMITS, type DetectSettings } from './settings.ts';
import { type TellingCase, tellApart, tellingSuspicion } from './telling.ts';
import { blameOf, budgetText, faultPlaceOf, summarise } from './verdict.ts';
import { whoSees } from './who-sees.ts';

export interface CaseStart {
  readonly scope: IncidentScope;
  readonly startedMs: number;
  readonly detectedMs: number;
  readonly alarm: { readonly evidence: number; readonly threshold: number };
  readonly severity: Incident['severity'];
  /** What kind of bad runs it is about. */
  readonly family: Family;
  readonly place: PlaceEvidence;
}

export const leafCell = (group: Group): RegionCell | undefined =>
  group.scope.kind === 'leaf' ? { region: group.scope.region, cell: group.scope.cell } : undefined;

/** Names are of people's choosing: only what is safe in an address and a file name. */
function incidentId(scope: IncidentScope, detectedMs: number): string {
  const slug = scopeText(scope).replace(/[^a-zA-Z0-9]+/g, '-');
  return `inc-${detectedMs.toString(36)}-${slug}`;
}

export class IncidentCase {
  readonly id: string;
  readonly detectedMs: number;
  scope: IncidentScope;
  startedMs: number;
  readonly family: Family;
  silentAgents: readonly string[] = [];
  /** Something was added since the last snapshot. */
  dirty = false;
  /** The most that were silent together: what is told, also when they are heard again. */
  #silentMost: readonly string[] = [];
  readonly #cells = new Map<string, RaisedCell>();
  readonly #confirmations = new Map<string, Confirmation>();
  /** First tries have spoken against the looks up to this instant: that stays so. */
  #outvotedMs = Number.NEGATIVE_INFINITY;
  readonly #alarm: CaseStart['alarm'];
  readonly #severity: Incident['severity'];
  #place: PlaceEvidence;
  #snapshot: Incident | undefined;
  #impact: Impact | undefined;
  readonly #timeline: TimelineEntry[];
  #burns = new BurnList();
  /** What the incident was first seen by; it keeps that name. */
  #leadCell: RegionCell | undefined;

  constructor(start: CaseStart, id?: string) {
    this.id = id ?? incidentId(start.scope, start.detectedMs);
    this.scope = start.scope;
    this.startedMs = start.startedMs;
    this.family = start.family;
    this.#place = start.place;
    this.detectedMs = start.detectedMs;
    this.#alarm = start.alarm;
    this.#severity = start.severity;
    this.#timeline = [
      { atMs: start.startedMs, what: 'began', text: '' },
      { atMs: start.detectedMs, what: 'detected', text: scopeText(start.scope) },
    ];
  }

  /** An incident as it was before a restart: same id, same times, its cells by name. */
  static restore(incident: Incident): IncidentCase {
    const { scope, startedMs, detectedMs, evidence } = incident;
    const severity = evidence.secondLook?.severityWithout ?? incident.severity;
    const alarm = { evidence: evidence.evidence, threshold: evidence.threshold };
    const family =
      incident.metric === FAILURE_METRIC || incident.metric === SILENCE_METRIC ? 'failing' : 'slow';
    const place = evidence.place ?? { share: 1, alternatives: [] };
    const start = { scope, startedMs, detectedMs, alarm, severity, family, place } as const;
    const restored = new IncidentCase(start, incident.id);
    for (const { region, probe, target, metric, share, agents } of evidence.cells)
      restored.#addCell({ region, cell: { probe, target, metric }, share, agents });
    restored.setSilent(evidence.silentAgents);
    for (const one of evidence.confirmations ?? []) restored.addConfirmation(one);
    if (evidence.secondLook?.stand === 'outvoted')
      restored.#outvotedMs = lastSettledMs(evidence.confirmations ?? []);
    restored.#impact = evidence.impact;
    if (evidence.timeline) restored.#timeline.splice(0, Number.POSITIVE_INFINITY, ...evidence.timeline);
    restored.#burns = new BurnList(evidence.budgets);
    restored.dirty = false;
    restored.#leadCell = [...restored.#cells.values()].find(({ cell }) => cell.metric === incident.metric);
    restored.#snapshot = incident;
    return restored;
  }

  #addCell(cell: RaisedCell): boolean {
    const key = leafKey(cell.region, cell.cell);
    if (this.#cells.has(key)) return false;
    this.#cells.set(key, cell);
    return true;
  }

  /** Whether anything speaks for the incident. */
  get hasEvidence(): boolean {
    return this.#cells.size > 0 || this.silentAgents.length > 0;
  }

  /** Whether every cell of the incident is about this target. */
  onlyTarget(target: string): boolean {
    return this.#cells.size > 0 && [...this.#cells.values()].every(({ cell }) => cell.target === target);
  }

  setSilent(agents: readonly string[]): void {
    if (agents.join() === this.silentAgents.join()) return;
    this.silentAgents = agents;
    if (agents.length <= this.#silentMost.length) return;
    this.#silentMost = agents;
    this.dirty = true;
  }

  /** Shows what runs asked for on a suspicion have found; beyond the limit the first ones stay. */
  addConfirmation(confirmation: Confirmation): void {
    const { requestId } = confirmation;
    if (this.#confirmations.has(requestId) || this.#fullyConfirmed) return;
    this.#confirmations.set(requestId, confirmation);
    this.#note(confirmation.settledMs, 'looked at again', confirmation.verdict);
    this.dirty = true;
  }

  /** Whom to ask to tell its place from what it might as well be. */
  tellingSuspicion({ series }: Sources): Suspicion | undefined {
    return this.#fullyConfirmed ? undefined : tellingSuspicion(this.#tellingCase, series);
  }

  /** Takes what they found: it changes what the incident says of its place. */
  tellApart(look: Confirmation, { series, settings }: Sources): void {
    this.addConfirmation(look);
    const { probe, target } = look;
    const cells = [...this.#cells.values()].filter(
      ({ cell }) => cell.probe === probe && cell.target === target,
    );
    const share = Math.max(0, ...cells.map((cell) => cell.share));
    this.#place = tellApart(this.#tellingCase, series, share, settings);
  }

  get #tellingCase(): TellingCase {
    const looks = [...this.#confirmations.values()].filter(({ about }) => about !== undefined);
    return { id: this.id, scope: this.scope, place: this.#place, lead: this.#leadCell, looks };
  }

  /** It uses up an error budget too fast: that is told here, and not by an incident of its own. */
  addBurn(burn: BudgetBurn, nowMs: number): void {
    if (!this.#burns.add(burn, nowMs)) return;
    this.#note(nowMs, 'budget', budgetText(burn));
    this.dirty = true;
  }

  endBurns(budget: Budget, nowMs: number): void {
    this.#burns.end(budget, nowMs);
  }

  get #fullyConfirmed(): boolean {
    return this.#confirmations.size >= DETECT_LIMITS.confirmationsPerIncident.value;
  }

  /** Lets first tries made since speak against looks that contradict the incident. */
  reconsider(sources: Sources): void {
    if (this.#snapshot?.evidence.secondLook?.stand !== 'contradicts') return;
    if (this.#secondLook(sources)?.stand !== 'contradicts') this.dirty = true;
  }

  #secondLook(sources: Sources): SecondLook | undefined {
    const cells = [...this.#cells.values()];
    const confirmations = [...this.#confirmations.values()].sort((a, b) => a.askedMs - b.askedMs);
    const raisedSince = (ms: number): number => {
      if (ms <= this.#outvotedMs) return Number.POSITIVE_INFINITY;
      const isIn = agentsWithin(this.scope, sources.series);
      return raisedAgents({ cells, startedMs: Math.max(ms, this.startedMs), isIn }, sources).length;
    };
    const checks = cells.map(({ cell }) => cell);
    const look = secondLook({
      scope: this.scope,
      checks,
      confirmations,
      raisedSince,
      severity: this.#severity,
    });
    if (look?.stand === 'outvoted') this.#outvotedMs = lastSettledMs(confirmations);
    return look;
  }

  /** Whether another look at this check would add nothing. */
  hasLookedAt({ region, probe, target }: Suspicion): boolean {
    const same = (one: Confirmation) => one.region === region && one.probe === probe && one.target === target;
    return this.#fullyConfirmed || [...this.#confirmations.values()].some(same);
  }

  /** Takes a wider scope; the cause is the same, so are id and times. */
  widen({ place, scope, startedMs }: Pick<CaseStart, 'scope' | 'startedMs' | 'place'>, nowMs: number): void {
    this.#note(nowMs, 'grew', scopeText(scope));
    this.scope = scope;
    this.startedMs = Math.min(this.startedMs, startedMs);
    this.#place = place;
    this.dirty = true;
  }

  /** Adds the cells in scope that are raised since the start. */
  collectCells(sources: Sources): void {
    const { groups, settings } = sources;
    const isIn = agentsWithin(this.scope, sources.series);
    for (const group of groups.leaves()) {
      const cell = leafCell(group);
      if (!cell || this.#cells.has(leafKey(cell.region, cell.cell))) continue;
      if (this.scope.kind === 'target' && cell.cell.target !== this.scope.target) continue;
      const rounds = group.since(this.startedMs, group.isFailure ? undefined : settings.calmRounds);
      const agents = [...unitsOf(rounds)].filter((agent) => isIn(cell.region, agent));
      const share = this.#raisedShare(group, rounds, agents, settings);
      if (share === undefined) continue;
      if (this.#addCell({ ...cell, share, agents: agents.length })) this.dirty = true;
    }
  }

  /** The share of exceedances of a cell that belongs to the incident; undefined for one that does not. */
  #raisedShare(
    group: Group,
    rounds: readonly PastRound[],
    agents: readonly string[],
    settings: DetectSettings,
  ): number | undefined {
    const { scope } = this;
    if (rounds.length < 2 || agents.length === 0) return undefined;
    const share = shareAmong(rounds, scope.kind === 'region' ? 'y' : 'raw', agents) ?? 0;
    if (share < raisedFrom(group, settings)) return undefined;
    // Cells of a single vantage point confirm, but are not what an incident of a wider scope hangs on.
    if (scope.kind !== 'agent' && unitsOf(rounds).size < 2) return undefined;
    if (scope.kind === 'region' && group.evidence < settings.freezeEvidence) return undefined;
    return share;
  }

  /** The worst cell: among the quickest checks, failures where it is about those, then the most evidence. */
  #lead({ groups, series }: Sources): RegionCell | undefined {
    const groupsOf = [...this.#cells.values()].flatMap(({ region, cell }) => groups.leaf(region, cell) ?? []);
    if (groupsOf.length === 0) return [...this.#cells.values()][0];
    const isIn = agentsWithin(this.scope, series);
    const rank = (group: Group): readonly number[] => {
      const rounds = group.since(this.startedMs);
      const region = group.scope.kind === 'leaf' ? group.scope.region : '';
      const agents = [...unitsOf(rounds)].filter((agent) => isIn(region, agent));
      const raised = shareAmong(rounds, 'raw', agents) ?? 0;
      const isOwn = group.isFailure === (this.family === 'failing');
      return [-group.everyMs, isOwn ? 1 : 0, group.evidence * raised];
    };
    const ranked = groupsOf.map((group) => ({ group, rank: rank(group) }));
    ranked.sort((a, b) => compareRanks(b.rank, a.rank));
    return leafCell(ranked[0]?.group as Group);
  }

  /** Whether the fault is over. */
  isCalm(nowMs: number, { groups, series, settings }: Sources): boolean {
    const of = {
      scope: this.scope,
      cells: [...this.#cells.values()],
      lead: this.#leadCell,
      silentAgents: this.silentAgents,
      isIn: agentsWithin(this.scope, series),
      series,
      startedMs: this.startedMs,
    };
    return isCalm(of, nowMs, groups, settings);
  }

  /** The worst that was seen so far: severity does not fall while it goes on. */
  #worst(now: Impact): Impact {
    if (!this.#impact || now.score > this.#impact.score) this.#impact = now;
    return this.#impact;
  }

  #note(atMs: number, what: TimelineEntry['what'], text: string): void {
    const last = this.#timeline.at(-1);
    if (last?.what === what && last.text === text) return;
    if (this.#timeline.length < DETECT_LIMITS.timeline.value) this.#timeline.push({ atMs, what, text });
  }

  /** All but a part is well again; it goes on as the same incident there. */
  shrink({ place, scope }: Placed, sources: Sources, nowMs: number): void {
    this.scope = scope;
    this.#note(nowMs, 'shrank', scopeText(scope));
    this.#place = place;
    const isIn = agentsWithin(scope, sources.series);
    for (const [key, { region, cell }] of this.#cells) {
      const units = unitsOf(sources.groups.leaf(region, cell)?.history ?? []);
      if (![...units].some((agent) => isIn(region, agent))) this.#cells.delete(key);
    }
    this.#leadCell = undefined;
    this.dirty = true;
  }

  /** Another incident turned out to be part of this one. */
  takeOver(other: Pick<IncidentCase, 'id' | 'scope'>, nowMs: number): void {
    this.#note(nowMs, 'took over', `${other.id}, ${scopeText(other.scope)}`);
  }

  /** The incident as of now. `resolved`: when and whether another took it over. */
  snapshot(
    sources: Sources,
    nowMs: number,
    resolved?: { readonly atMs: number; readonly mergedInto: string | null; readonly word?: string },
  ): Incident {
    this.dirty = false;
    const cells = [...this.#cells.values()];
    this.#leadCell ??= this.#lead(sources);
    const lead = this.#leadCell;
    const calmMs = resolved && lead ? this.#calmStretchMs(sources, lead) : 0;
    const of = {
      scope: this.scope,
      cells,
      lead,
      startedMs: this.startedMs,
      untilMs: nowMs - calmMs,
      silentAgents: this.#silentMost,
      alarm: this.#alarm,
      isIn: agentsWithin(this.scope, sources.series),
    };
    const gathered = gatherEvidence(of, sources);
    const last = this.#snapshot;
    // What was seen while the fault was on is kept: afterwards there is less to see.
    const kept = resolved && last && gathered.series.length === 0 ? last : undefined;
    const confirmations = [...this.#confirmations.values()];
    // Once it is over, first tries show nothing any more: that is no contradiction.
    const look = (resolved && last?.evidence.secondLook) || this.#secondLook(sources);
    const suspects = suspectsOf([...sources.changes], this, sources.series);
    const changes = suspects.length > 0 ? suspects : (last?.evidence.changes ?? []);
    const seen = {
      ...(kept?.evidence ?? gathered),
      place: { ...this.#place, verdict: faultPlaceOf(this.scope, lead === undefined) },
      // Rounds of calm are among the last ones: who saw it is what was seen before them.
      sight: (resolved && last?.evidence.sight) || whoSees(of, sources),
      ...(confirmations.length > 0 && { confirmations }),
      ...(look && { secondLook: look }),
      ...(changes.length > 0 && { changes }),
      ...(this.#burns.all.length > 0 && { budgets: this.#burns.all }),
    };
    const metric = last?.metric ?? lead?.cell.metric ?? SILENCE_METRIC;
    const size = kept?.size ?? leadSize(of, gathered);
    const impact = this.#worst(
      impactOf(
        { scope: this.scope, size, isFailure: metric === FAILURE_METRIC },
        sources.series,
        sources.settings.trafficWeights,
      ),
    );
    const slight = impact.score < sources.settings.slightImpact;
    const confirmed = kept?.evidence.confirmed ?? gathered.confirmed;
    const pages = this.#burns.all.some((burn) => burn.severity === 'critical');
    const judged = confirmed && !slight ? severityAfter(look, this.#severity) : 'warning';
    const severity = pages ? 'critical' : judged;
    if (last && last.severity !== severity) this.#note(nowMs, 'severity', `${last.severity} to ${severity}`);
    if (resolved)
      this.#note(
        resolved.atMs,
        'resolved',
        resolved.mergedInto ? `part of ${resolved.mergedInto}` : (resolved.word ?? ''),
      );
    const evidence = { ...seen, impact, timeline: [...this.#timeline] };
    const facts = {
      id: this.id,
      scope: this.scope,
      metric,
      probe: onlyOne(cells.map(({ cell }) => cell.probe)),
      target: onlyOne(cells.map(({ cell }) => cell.target)),
      startedMs: this.startedMs,
      detectedMs: this.detectedMs,
      size,
      evidence,
    };
    const blame = blameOf(this.scope, metric, evidence);
    this.#snapshot = {
      ...facts,
      status: resolved ? 'resolved' : 'open',
      severity,
      blame,
      resolvedMs: resolved?.atMs ?? null,
      mergedInto: resolved?.mergedInto ?? null,
      summary: summarise({ ...facts, blame }),
    };
    return this.#snapshot;
  }

  /** How long it has been calm when it is found to be: this much of the end is not the fault. */
  #calmStretchMs({ groups, settings }: Sources, lead: RegionCell): number {
    const group = groups.leaf(lead.region, lead.cell);
    return group ? settings.calmRounds * group.everyMs : 0;
  }

  /** The incident as last told. */
  get last(): Incident | undefined {
    return this.#snapshot;
  }
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i += 1) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

const onlyOne = (names: readonly string[]): string | null =>
  new Set(names).size === 1 ? (names[0] as string) : null;
