/** `GET /metrics`: what the collector knows, for Prometheus. Names of blackbox_exporter where the meaning is equal. */
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { scopeText } from '../detect/incident.ts';
import { promisesOf } from '../registry/promises.ts';
import { accessFamilies } from './access-families.ts';
import { calibrationFamilies, modelErrorFamilies, SHOWN_WITHIN_MS } from './calibration-families.ts';
import { readPairs } from './calibration-queries.ts';
import type { ApiDeps } from './deps.ts';
import type { LedgerCache } from './ledger-cache.ts';
import { API_LIMITS } from './limits.ts';
import { readLatestRuns, readOutcomes } from './metrics-queries.ts';
import { notifyFamilies } from './notify-families.ts';
import { otlpFamilies } from './otlp-families.ts';
import { probeFamilies } from './probe-families.ts';
import { type Family, formatFamilies, limitSeries, PROMETHEUS_CONTENT_TYPE } from './prometheus.ts';
import { sloFamilies } from './slo-families.ts';
import { readSlos } from './slo-queries.ts';
import type { EventHub } from './stream.ts';

/** One sample without labels. */
function plain(name: string, type: Family['type'], help: string, value: number): Family {
  return { name, type, help, samples: [{ value }] };
}

function processFamilies({ startedMs, version, store }: ApiDeps): Family[] {
  const cpu = process.cpuUsage();
  return [
    {
      name: 'outrider_build_info',
      type: 'gauge',
      help: 'Versions of the collector and of its store; always 1.',
      samples: [
        {
          labels: { version, node: process.version, engine: store.engine, clickhouse: store.version },
          value: 1,
        },
      ],
    },
    plain('outrider_start_time_seconds', 'gauge', 'When the collector started, Unix time.', startedMs / 1000),
    plain(
      'process_cpu_seconds_total',
      'counter',
      'CPU time of the process, user and system.',
      (cpu.user + cpu.system) / 1e6,
    ),
    plain(
      'process_resident_memory_bytes',
      'gauge',
      'Resident memory of the process.',
      process.memoryUsage.rss(),
    ),
  ];
}

function ingestFamilies({ ingest }: ApiDeps): Family[] {
  const { counters } = ingest;
  const gauges = ingest.gauges();
  const counter = (name: string, help: string, value: number) =>
    plain(`outrider_ingest_${name}_total`, 'counter', help, value);
  return [
    counter('sessions_opened', 'Sessions of agents opened.', counters.sessionsOpened),
    {
      name: 'outrider_ingest_sessions_closed_total',
      type: 'counter',
      help: 'Sessions of agents ended, by WebSocket close code.',
      samples: Object.entries(counters.sessionsClosed).map(([code, value]) => ({ labels: { code }, value })),
    },
    counter(
      'admissions_refused',
      'Agents sent away because too many were there or arriving, or the collector takes none now.',
      counters.admissionsRefused,
    ),
    counter('frames', 'Frames received.', counters.framesReceived),
    counter('bytes', 'Bytes received.', counters.bytesReceived),
    counter('results_received', 'Results received, repeated ones included.', counters.resultsReceived),
    counter('results_stored', 'Results committed to the store.', counters.resultsStored),
    counter('results_duplicate', 'Results that came again and were skipped.', counters.resultsDuplicate),
    counter(
      'results_out_of_range',
      'Results outside the time that the store keeps: acknowledged and thrown away.',
      counters.resultsOutOfRange,
    ),
    counter(
      'sequence_gaps',
      'Jumps in the numbering of an agent: it gave up results.',
      counters.sequenceGaps,
    ),
    counter('progress_lookups', 'Questions to the store how far agents have come.', counters.progressLookups),
    counter('blocks_inserted', 'Blocks of rows committed.', counters.blocksInserted),
    counter('insert_failures', 'Inserts that failed and were retried.', counters.insertFailures),
    counter('insert_seconds', 'Time of all successful inserts together.', counters.insertMsTotal / 1000),
    counter('released', 'Agents released to other collectors.', counters.released),
    counter(
      'fenced',
      'Times that the other collectors took this one for dead, and it began anew.',
      counters.fenced,
    ),
    counter(
      'results_disowned',
      'Results thrown away then: not acknowledged, their agents hold them.',
      counters.resultsDisowned,
    ),
    counter(
      'open_blocks_exceeded',
      'Batches not taken whole because too many blocks were open.',
      counters.openBlocksExceeded,
    ),
    counter('backpressure_pauses', 'Times that reading was paused.', counters.backpressurePauses),
    plain('outrider_ingest_sessions', 'gauge', 'Open sessions of agents.', gauges.sessions),
    plain('outrider_ingest_arriving', 'gauge', 'Of them, those not welcomed yet.', gauges.arriving),
    plain(
      'outrider_ingest_queued_rows',
      'gauge',
      'Results received and not yet committed.',
      gauges.queuedRows,
    ),
    plain(
      'outrider_ingest_queued_bytes',
      'gauge',
      'Memory of results not yet committed.',
      gauges.queuedBytes,
    ),
    plain(
      'outrider_ingest_open_blocks',
      'gauge',
      'Blocks that are being gathered or inserted.',
      gauges.openBlocks,
    ),
    plain(
      'outrider_ingest_credit_granted',
      'gauge',
      'Results that all agents together may have in flight.',
      gauges.creditGranted,
    ),
    plain(
      'outrider_ingest_oldest_queued_seconds',
      'gauge',
      'Age of the oldest result not yet committed.',
      gauges.oldestQueuedMs / 1000,
    ),
    plain(
      'outrider_event_loop_delay_seconds',
      'gauge',
      'Delay of the event loop of the collector, 99th percentile of the last minute.',
      gauges.eventLoopDelayMs / 1000,
    ),
  ];
}

function memberFamilies({ membership }: ApiDeps): Family[] {
  const { counters } = membership;
  const counter = (name: string, help: string, value: number) =>
    plain(`outrider_members_${name}_total`, 'counter', help, value);
  return [
    counter('beats', 'Times that this collector told the others that it lives.', counters.beats),
    counter('beats_failed', 'Times that it could not.', counters.beatsFailed),
    counter('take_over_rounds', 'Times that the others were asked for agents.', counters.takeOverRounds),
    counter(
      'taken_over',
      'Agents that came when no other collector had anything of them.',
      counters.takenOver,
    ),
    counter('busy', 'Agents sent away because another collector was not done with them.', counters.busy),
    counter('unanswered', 'Questions that another collector did not answer.', counters.unanswered),
    counter('taken_out', 'Collectors that were gone, taken out by this one.', counters.takenOut),
    counter('repaired', 'Last blocks of such collectors brought to all tables.', counters.repaired),
    counter('inserts_killed', 'Inserts of such collectors that had to be killed.', counters.insertsKilled),
    counter('leases_gained', 'Times that this collector began to detect.', counters.leasesGained),
    counter('leases_lost', 'Times that it had to stop detecting.', counters.leasesLost),
    counter('renewed', 'Times that it was taken out itself, and began anew.', counters.renewed),
    plain('outrider_members_others', 'gauge', 'Other collectors on the store.', membership.others().length),
    plain(
      'outrider_store_clock_offset_seconds',
      'gauge',
      'The clock of the store minus that of the collector.',
      membership.storeOffsetMs / 1000,
    ),
  ];
}

function detectionFamilies({ detection }: ApiDeps): Family[] {
  const { judging, ticks, ticks_failed, incidents, unwritten } = detection.counters;
  return [
    plain(
      'outrider_detection_judging',
      'gauge',
      '1 at the collector that detects, 0 at the others.',
      judging,
    ),
    plain('outrider_detection_ticks_total', 'counter', 'Looks of detection at what is new.', ticks),
    plain(
      'outrider_detection_ticks_failed_total',
      'counter',
      'Looks that an error of the store ended.',
      ticks_failed,
    ),
    plain('outrider_incidents_opened_total', 'counter', 'Incidents opened.', incidents.opened),
    plain('outrider_incidents_resolved_total', 'counter', 'Incidents resolved.', incidents.resolved),
    plain(
      'outrider_incidents_unwritten',
      'gauge',
      'Incidents that wait to be written to the store.',
      unwritten,
    ),
  ];
}

function publishFamilies({ publications }: ApiDeps): Family[] {
  const { orders, refused, reported, given_up, rows_lost, looks_failed } = publications.counters;
  const counter = (name: string, help: string, value: number) =>
    plain(`outrider_publish_${name}_total`, 'counter', help, value);
  return [
    counter('orders', 'Publications that agents asked others to watch for.', orders),
    counter('orders_refused', 'Of them, those over a limit or too late.', refused),
    counter('watchers_reported', 'Watchers whose results came in time.', reported),
    counter('watchers_given_up', 'Watchers that were not there, died or came too late: missed.', given_up),
    counter('rows_lost', 'Of these, those whose row could not be written.', rows_lost),
    counter(
      'looks_failed',
      'Looks for what watchers reported that an error of the store ended.',
      looks_failed,
    ),
    plain('outrider_publish_open', 'gauge', 'Publications that are watched for.', publications.size),
  ];
}

function evidenceFamilies({ evidence }: ApiDeps): Family[] {
  const { deferred, given_up, stored } = evidence.counters;
  const counter = (name: string, help: string, value: number) =>
    plain(`outrider_evidence_${name}_total`, 'counter', help, value);
  return [
    counter('stored', 'Failed runs whose evidence is in the store.', stored),
    counter('deferred', 'Pieces of evidence that agents were asked to send again later.', deferred),
    counter('given_up', 'Pieces of evidence that agents gave up before they were sent.', given_up),
  ];
}

function confirmFamilies({ confirmer }: ApiDeps): Family[] {
  const { answered, dropped, looks_failed, nobody, over_budget, rounds, runs_asked, silent } =
    confirmer.counters;
  const counter = (name: string, help: string, value: number) =>
    plain(`outrider_confirm_${name}_total`, 'counter', help, value);
  return [
    counter('rounds', 'Suspicions that agents were asked to look into at once.', rounds),
    counter('over_budget', 'Suspicions that were not, because the budget was spent.', over_budget),
    counter('nobody', 'Suspicions that were not, because nobody of the region could be asked.', nobody),
    counter('runs_asked', 'Runs asked for beside the schedule to confirm a suspicion.', runs_asked),
    counter('answered', 'Of them, those whose result came in time.', answered),
    counter('silent', 'Of them, those whose result did not.', silent),
    counter('rounds_dropped', 'Rounds whose answers were not taken into evidence.', dropped),
    counter('looks_failed', 'Looks for answers that an error of the store ended.', looks_failed),
    plain('outrider_confirm_open', 'gauge', 'Suspicions that are being looked into.', confirmer.size),
  ];
}

/** How many there are of each set of labels. */
function tally(labelSets: readonly Readonly<Record<string, string>>[]): Family['samples'] {
  const counts = new Map<string, number>();
  for (const labels of labelSets) {
    const key = JSON.stringify(labels);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, value]) => ({ labels: JSON.parse(key) as Record<string, string>, value }));
}

function fleetFamilies({ registry, detection }: ApiDeps): Family[] {
  const open = detection.incidents().filter((incident) => incident.status === 'open');
  return [
    {
      name: 'outrider_agents',
      type: 'gauge',
      help: 'Agents by region and state: connected, silent (not heard of, and no goodbye) or stopped.',
      samples: tally(registry.agents().map(({ labels, state }) => ({ region: labels.region, state }))),
    },
    plain('outrider_probes', 'gauge', 'Probes declared, paused ones included.', registry.probes().length),
    {
      name: 'outrider_incidents_open',
      type: 'gauge',
      help: 'Open incidents by scope and severity.',
      samples: tally(open.map(({ scope, severity }) => ({ scope: scopeText(scope), severity }))),
    },
  ];
}

async function ledgerFamilies(ledger: LedgerCache): Promise<Family[]> {
  const { total } = await ledger.read();
  const { expected, stored, pending, missed, dropped, unaccounted, duplicates } = total;
  const slots = { expected, stored, pending, missed, dropped, unaccounted, duplicates };
  return [
    {
      name: 'outrider_slots',
      type: 'gauge',
      help: 'Slots of the last day: expected = stored + pending + missed + dropped + unaccounted.',
      samples: Object.entries(slots).map(([state, value]) => ({ labels: { state }, value })),
    },
  ];
}

async function resultFamilies({ store, startedMs }: ApiDeps): Promise<Family[]> {
  const outcomes = await readOutcomes(store, startedMs);
  return [
    {
      name: 'outrider_results_total',
      type: 'counter',
      help: 'Results of scheduled runs since the collector started, by region and outcome; what agents disturbed themselves is an outcome of its own.',
      samples: outcomes.map(({ region, outcome, results }) => ({
        labels: { region, outcome },
        value: results,
      })),
    },
  ];
}

/** What needs the store; without it the page still tells of the collector itself, and that the store is down. */
async function storedFamilies(deps: ApiDeps, ledger: LedgerCache): Promise<Family[]> {
  const up = (value: number) =>
    plain('outrider_store_up', 'gauge', 'Whether the store answers: 1 or 0.', value);
  try {
    const parts = await Promise.all([
      ledgerFamilies(ledger),
      resultFamilies(deps),
      readLatestRuns(deps.store, deps.clock.wallMs()).then(probeFamilies),
      readSlos(
        deps.store,
        promisesOf(deps.registry.probes().map(({ spec }) => spec)),
        deps.clock.wallMs(),
      ).then(sloFamilies),
      readPairs(deps.store, deps.clock.wallMs() - SHOWN_WITHIN_MS).then(modelErrorFamilies),
    ]);
    return [up(1), ...parts.flat()];
  } catch (error) {
    deps.log.warn({ err: error }, 'metrics: the store does not answer');
    return [up(0)];
  }
}

export function metricsRoutes(deps: ApiDeps, ledger: LedgerCache, hub: EventHub): Hono {
  const app = new Hono();
  app.get('/metrics', compress({ encoding: 'gzip' }), async (context) => {
    const all = [
      ...processFamilies(deps),
      ...ingestFamilies(deps),
      ...fleetFamilies(deps),
      ...memberFamilies(deps),
      ...detectionFamilies(deps),
      ...notifyFamilies(deps.notifier),
      ...otlpFamilies(deps.otlp),
      ...accessFamilies(deps),
      ...publishFamilies(deps),
      ...confirmFamilies(deps),
      ...evidenceFamilies(deps),
      ...calibrationFamilies(deps.calibration.counters),
      plain('outrider_streams', 'gauge', 'Open event streams, such as dashboards.', hub.size),
      plain(
        'outrider_streams_lagged_total',
        'counter',
        'Event streams cut off because they lagged.',
        hub.lagged,
      ),
      ...(await storedFamilies(deps, ledger)),
    ];
    const { families, leftOut } = limitSeries(all, API_LIMITS.metricsSeries.value);
    const text = formatFamilies([
      ...families,
      plain(
        'outrider_metrics_series_left_out',
        'gauge',
        'Series over the limit of a family, not on this page; where they come from the store, 0 or 1 for each family.',
        leftOut,
      ),
    ]);
    return context.body(text, 200, { 'Content-Type': PROMETHEUS_CONTENT_TYPE });
  });
  return app;
}
