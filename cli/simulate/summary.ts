/** What a simulation measured, as its last line says it, and whether every result is accounted for. */

import type { IncidentJson } from '../../collector/api/answers/incidents.ts';
import type { ApiClient } from '../support/api-client.ts';
import { type IncidentSummary, summariseIncident } from '../up/summary.ts';
import type { CollectorUse } from './collector-use.ts';
import { type LedgerSums, settledLedger, storedRows } from './fleet-ledger.ts';
import type { Percentiles } from './histogram.ts';
import { SIMULATE_LIMITS } from './limits.ts';
import type { SimulationPlan } from './options.ts';
import type { Tally } from './tally.ts';

export interface SimulateSummary {
  readonly agents: number;
  /** Agents that were welcomed at least once. */
  readonly connected: number;
  readonly regions: number;
  readonly probes: number;
  readonly every_ms: number;
  readonly results: {
    readonly made: number;
    readonly sent: number;
    /** Sent again on another session. */
    readonly resent: number;
    readonly acked: number;
    /** Rows in the collector's table. */
    readonly stored: number;
    /** Neither acknowledged nor dropped at the end. */
    readonly pending: number;
    /** Slots that the simulator itself was too late for. */
    readonly missed: number;
    readonly dropped: number;
  };
  /** Result made to acknowledged, milliseconds; null when none was. */
  readonly ack_ms: Percentiles | null;
  readonly reconnects: number;
  /** Why sessions ended before the end, with how often. */
  readonly session_ends: Readonly<Record<string, number>>;
  /** From the first dial until all were connected, and from then to the end. */
  readonly connect_seconds: number;
  readonly seconds: number;
  /** Results a second, asked for and acknowledged from when all were connected. */
  readonly rate: { readonly asked: number; readonly achieved: number };
  readonly ledger: LedgerSums;
  readonly incidents: readonly IncidentSummary[];
  /** Of the collector's process; null when it could not be read or was restarted meanwhile. */
  readonly collector: {
    readonly rss_mb: number;
    readonly cpu_seconds: number;
    readonly cpu_us_per_result: number;
  } | null;
  readonly simulator: { readonly rss_mb: number; readonly cpu_seconds: number };
}

export interface Measured {
  readonly plan: SimulationPlan;
  readonly tally: Tally;
  readonly connected: number;
  /** Unix milliseconds: the first dial, all connected, the end before agents were stopped. */
  readonly startedMs: number;
  readonly readyMs: number;
  readonly endedMs: number;
  /** Acknowledged by `readyMs` and by `endedMs`. */
  readonly ackedAtReady: number;
  readonly ackedAtEnd: number;
  readonly useBefore: CollectorUse | undefined;
  readonly useAfter: CollectorUse | undefined;
}

const MB = 1e6;
const US_PER_S = 1e6;

const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** Asks the collector what it holds, and puts that beside what was sent. */
export async function summarise(client: ApiClient, measured: Measured): Promise<SimulateSummary> {
  const { plan, tally, startedMs, readyMs, endedMs } = measured;
  const ledger = await settledLedger(client, {
    name: plan.name,
    sinceMs: startedMs,
    slots: tally.made - tally.asked,
    withinMs: SIMULATE_LIMITS.settleMs.value,
  });
  const stored = await storedRows(client, plan.name, startedMs);
  const { data: incidents } = await client.get<{ data: IncidentJson[] }>('/api/v1/incidents', {
    since: new Date(startedMs).toISOString(),
  });
  const faults = plan.faults.map(({ spec }) => spec);
  const seconds = (endedMs - readyMs) / 1000;
  const ackMs = tally.ackMs.percentiles();
  return {
    agents: plan.agents,
    connected: measured.connected,
    regions: plan.regions.length,
    probes: plan.probes,
    every_ms: plan.everyMs,
    results: {
      made: tally.made,
      sent: tally.sent,
      resent: tally.resent,
      acked: tally.acked,
      stored,
      pending: tally.spooled,
      missed: tally.missed,
      dropped: tally.dropped,
    },
    ack_ms: ackMs
      ? { p50: round(ackMs.p50), p95: round(ackMs.p95), p99: round(ackMs.p99), max: round(ackMs.max) }
      : null,
    reconnects: tally.reconnects,
    session_ends: Object.fromEntries(tally.ends()),
    connect_seconds: round((readyMs - startedMs) / 1000),
    seconds: round(seconds),
    rate: {
      asked: round(plan.ratePerS),
      achieved: round(seconds > 0 ? (measured.ackedAtEnd - measured.ackedAtReady) / seconds : 0),
    },
    ledger,
    incidents: incidents.map((incident) => summariseIncident(incident, { faults, readyMs })),
    collector: collectorUse(measured),
    simulator: {
      rss_mb: round(process.memoryUsage.rss() / MB),
      cpu_seconds: round((process.cpuUsage().user + process.cpuUsage().system) / US_PER_S),
    },
  };
}

function collectorUse({ useBefore, useAfter, tally }: Measured): SimulateSummary['collector'] {
  if (!useBefore || !useAfter || useBefore.startedAt !== useAfter.startedAt) return null;
  const cpuSeconds = useAfter.cpuSeconds - useBefore.cpuSeconds;
  return {
    rss_mb: round(useAfter.rssBytes / MB),
    cpu_seconds: round(cpuSeconds, 2),
    cpu_us_per_result: tally.acked > 0 ? round((cpuSeconds * US_PER_S) / tally.acked) : 0,
  };
}

/** What does not add up, as sentences; empty when everything does. */
export function faultsOf({ results, ledger }: Pick<SimulateSummary, 'results' | 'ledger'>): string[] {
  const { expected, stored, pending, missed, dropped, unaccounted, duplicates } = ledger;
  const faults: string[] = [];
  if (expected !== stored + pending + missed + dropped || unaccounted !== 0)
    faults.push(
      `${expected} expected, ${stored} stored + ${pending} pending + ${missed} missed + ${dropped} dropped, ${unaccounted} unaccounted`,
    );
  if (duplicates > 0) faults.push(`${duplicates} duplicates in results`);
  if (results.stored < results.acked)
    faults.push(`${results.acked} results were acknowledged, and ${results.stored} are stored`);
  return faults;
}

/** The summary for people. */
export function formatSummary(summary: SimulateSummary): string {
  const { results, ack_ms: ack, ledger, rate, collector, simulator } = summary;
  const lines = [
    `agents     ${summary.connected} of ${summary.agents} connected in ${summary.connect_seconds} s, ${summary.reconnects} reconnects`,
    `results    ${results.made} made, ${results.sent} sent (${results.resent} again), ${results.acked} acknowledged, ${results.stored} stored, ${results.pending} pending, ${results.dropped} dropped`,
    `rate       ${rate.achieved}/s of ${rate.asked}/s over ${summary.seconds} s`,
    ack
      ? `ack        p50 ${ack.p50} ms, p95 ${ack.p95} ms, p99 ${ack.p99} ms, at most ${ack.max} ms`
      : 'ack        none came',
    `ledger     ${ledger.expected} expected = ${ledger.stored} stored + ${ledger.pending} pending + ${ledger.missed} missed + ${ledger.dropped} dropped; ${ledger.unaccounted} unaccounted, ${ledger.duplicates} duplicates`,
    collector
      ? `collector  ${collector.rss_mb} MB, ${collector.cpu_us_per_result} µs of processor time a result`
      : 'collector  its memory and processor time could not be read',
    `simulator  ${simulator.rss_mb} MB, ${simulator.cpu_seconds} s of processor time`,
  ];
  for (const [reason, count] of Object.entries(summary.session_ends))
    lines.push(`ended      ${count} sessions: ${reason}`);
  for (const { scope, metric, detected_after_s } of summary.incidents)
    lines.push(`incident   ${scope} ${metric}, detected after ${detected_after_s} s`);
  return lines.join('\n');
}
