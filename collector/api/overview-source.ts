/** Makes overviews: one at a time, shared by everybody who asks while it is young. */
import { meanPlace, type Spot, spotOf } from '../dashboard/world.ts';
import type { AgentView } from '../registry/registry.ts';
import type { DetectedIncidentJson, ShownIncidentJson } from './answers/incidents.ts';
import type { OverviewJson, RegionOverviewJson } from './answers/overview.ts';
import { attentionOf } from './attention.ts';
import type { ApiDeps } from './deps.ts';
import { incidentJson } from './incident-json.ts';
import { iso } from './instant.ts';
import { ledgerTotals } from './ledger.ts';
import type { LedgerCache } from './ledger-cache.ts';
import { API_LIMITS } from './limits.ts';
import { ModelSummaryCache } from './model-summary.ts';
import { countAgents, judgeRegion } from './overview.ts';
import {
  type Freshness,
  figuresSince,
  NO_FIGURES,
  type RegionFigures,
  readFigures,
  readFreshness,
} from './overview-queries.ts';
import { SPARK_STEP_MS, Sparks } from './sparks.ts';

/** Resolved incidents are shown for an hour. */
const RESOLVED_SHOWN_MS = 3_600_000;
const WINDOW_MIN_MS = 60_000;
const WINDOW_MAX_MS = 900_000;
/** A region whose fastest check has not come for this many intervals is no longer known to be well. */
const FRESH_INTERVALS = 3;
const FRESH_MIN_MS = 30_000;

/** Over how long figures are taken, and when results are too old to vouch for now: from how often the probes run. */
export function overviewTimes(everyMs: readonly number[]): {
  readonly windowMs: number;
  readonly freshMs: number;
} {
  const slowest = Math.max(0, ...everyMs);
  const fastest = Math.min(Number.MAX_SAFE_INTEGER, ...everyMs);
  const windowMs = Math.min(WINDOW_MAX_MS, Math.max(WINDOW_MIN_MS, 2 * slowest));
  const freshMs = everyMs.length === 0 ? FRESH_MIN_MS : Math.max(FRESH_MIN_MS, FRESH_INTERVALS * fastest);
  return { windowMs, freshMs };
}

/** What one overview is made of. */
interface Material {
  readonly nowMs: number;
  readonly freshMs: number;
  readonly figures: ReadonlyMap<string, RegionFigures>;
  readonly freshness: Freshness;
  readonly incidents: readonly DetectedIncidentJson[];
}

export class OverviewSource {
  readonly #deps: ApiDeps;
  readonly #ledger: LedgerCache;
  readonly #sparks: Sparks;
  readonly #model: ModelSummaryCache;
  readonly #maxAgeMs: number;
  #current: Promise<OverviewJson> | undefined;
  #madeMs = Number.NEGATIVE_INFINITY;

  constructor(deps: ApiDeps, ledger: LedgerCache, maxAgeMs: number) {
    this.#deps = deps;
    this.#ledger = ledger;
    this.#sparks = new Sparks(deps.store);
    this.#model = new ModelSummaryCache(deps.store, deps.clock);
    this.#maxAgeMs = maxAgeMs;
  }

  /** An overview no older than `maxAgeMs`. Rejects with what the store or the registry rejects with. */
  read(): Promise<OverviewJson> {
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#current === undefined || nowMs - this.#madeMs >= this.#maxAgeMs) {
      this.#madeMs = nowMs;
      this.#current = this.#make();
      this.#current.catch(() => {
        this.#current = undefined;
      });
    }
    return this.#current;
  }

  async #make(): Promise<OverviewJson> {
    const { store, registry, clock, startedMs, version } = this.#deps;
    const nowMs = clock.wallMs();
    const every = registry.probes().filter(({ spec }) => !spec.paused);
    const { windowMs, freshMs } = overviewTimes(every.map((probe) => probe.everyMs));
    const sinceMs = figuresSince(nowMs, windowMs);
    const [figures, freshness, ledger, model] = await Promise.all([
      readFigures(store, nowMs, windowMs),
      readFreshness(store, nowMs - Math.max(WINDOW_MIN_MS, 2 * freshMs), nowMs),
      this.#ledger.read(),
      this.#model.read(),
      this.#sparks.refresh(nowMs),
    ]);
    const incidents = this.#incidents(nowMs);
    const regions = this.#regions({ nowMs, freshMs, figures, freshness, incidents });
    const shown = regions.slice(0, API_LIMITS.overviewRegions.value);
    return {
      at: iso(nowMs),
      window: { since: iso(sinceMs), seconds: Math.round((nowMs - sinceMs) / 1000) },
      spark: { step_s: SPARK_STEP_MS / 1000, until: iso(this.#sparks.untilMs) },
      regions: shown,
      regions_left_out: regions.length - shown.length,
      regions_without_agents: this.#withoutAgents(regions),
      incidents: await this.#shown(incidents.slice(0, API_LIMITS.overviewIncidents.value)),
      totals: { ...ledgerTotals(ledger), results_per_s: freshness.resultsPerS },
      model,
      collector: {
        engine: store.engine,
        clickhouse_version: store.version,
        version,
        started_at: iso(startedMs),
        uptime_s: Math.floor((nowMs - startedMs) / 1000),
      },
    };
  }

  /** All that are to be shown, open ones first: regions are judged by those, too, for which there is no room. */
  #incidents(nowMs: number): DetectedIncidentJson[] {
    const shown = (incident: DetectedIncidentJson) =>
      incident.merged_into === null &&
      (incident.resolved_at === null || nowMs - Date.parse(incident.resolved_at) < RESOLVED_SHOWN_MS);
    return this.#deps.detection
      .incidents()
      .map(incidentJson)
      .filter(shown)
      .toSorted((a, b) => {
        if (a.status !== b.status) return a.status === 'open' ? -1 : 1;
        return a.started_at < b.started_at ? 1 : -1;
      });
  }

  /** With who sees to them, and without what a list has no room for. */
  async #shown(incidents: readonly DetectedIncidentJson[]): Promise<ShownIncidentJson[]> {
    const { detection } = this.#deps;
    const found = incidents.flatMap(({ id }) => detection.get(id) ?? []);
    const attention = await attentionOf(found, this.#deps);
    return incidents.flatMap((incident) => {
      const how = attention.get(incident.id);
      if (!how) return [];
      const { evidence: _, ...shown } = incident;
      return [{ ...shown, ...how }];
    });
  }

  /** Every region that has agents or figures, by name. */
  #regions(material: Material): RegionOverviewJson[] {
    const agents = Map.groupBy(this.#deps.registry.agents(), (agent) => agent.labels.region);
    const names = new Set([...agents.keys(), ...material.figures.keys()]);
    return [...names].toSorted().map((region) => this.#region(region, agents.get(region) ?? [], material));
  }

  /** Regions that somebody meant to watch, and nobody does: they have no state, but silence about them would look like health. */
  #withoutAgents(regions: readonly RegionOverviewJson[]): string[] {
    const watched = new Set(regions.map(({ region }) => region));
    return this.#deps.registry
      .declared()
      .language.regions.map(({ name }) => name)
      .filter((name) => !watched.has(name))
      .toSorted()
      .slice(0, API_LIMITS.overviewRegions.value);
  }

  #region(
    region: string,
    agents: readonly AgentView[],
    { nowMs, freshMs, figures, freshness, incidents }: Material,
  ): RegionOverviewJson {
    const openIncidents = incidents.filter(
      ({ status, scope }) => status === 'open' && (scope === 'global' || scope === `region:${region}`),
    );
    const lastResultMs = freshness.lastResultMs.get(region) ?? null;
    const spark = this.#sparks.of(region);
    const { runs, ...quantiles } = figures.get(region) ?? NO_FIGURES;
    const judged = runs.ok + runs.fail;
    const declared = this.#deps.registry.declared().language.regions.find(({ name }) => name === region);
    return {
      region,
      title: declared?.title ?? '',
      place: placeOf(declared, agents),
      ...judgeRegion({ region, agents, openIncidents, runs, lastResultMs, nowMs, freshMs }),
      degraded_since: openIncidents.map((incident) => incident.started_at).toSorted()[0] ?? null,
      agents: countAgents(agents),
      ...quantiles,
      success_ratio: judged === 0 ? null : runs.ok / judged,
      runs,
      last_result_at: lastResultMs === null ? null : iso(lastResultMs),
      spark: spark.values,
      spark_metric: spark.metric,
    };
  }
}

/** Where a region is said to be; else the middle of its agents. Who leaves out where it is says 0, 0, where nobody is. */
function placeOf(
  declared: { readonly lat?: number | undefined; readonly lon?: number | undefined } | undefined,
  agents: readonly AgentView[],
): Spot | null {
  if (declared?.lat !== undefined && declared.lon !== undefined)
    return spotOf({ lat: declared.lat, lon: declared.lon });
  const placed = agents.map(({ labels }) => labels).filter(({ lat, lon }) => lat !== 0 || lon !== 0);
  const middle = meanPlace(placed);
  return middle ? spotOf(middle) : null;
}
