/** `GET /agents/:id/why`: the equation of an agent, row by row, and what is wrong with it, in words. */
import { diagnose } from '../registry/diagnosis.ts';
import type { AgentLedger, AgentReport } from '../registry/registry.ts';
import { agentJson } from './agent-json.ts';
import type { AgentWhyJson } from './answers/fleet.ts';
import { iso } from './instant.ts';
import { countsJson } from './ledger.ts';

/** What became of some slots. The rows of an agent add up to `expected`. */
interface LedgerRow {
  readonly kind: 'stored' | 'pending' | 'missed' | 'dropped' | 'unaccounted';
  /** Where or why; empty for stored and unaccounted. */
  readonly reason: string;
  readonly slots: number;
  /** What the figure counts, one sentence. */
  readonly meaning: string;
}

const MEANING = {
  stored: 'ran, and the result is in the store',
  unaccounted: 'no result, and nothing explains it: lost',
  pending: {
    running: 'under way or waiting in a lane',
    spool: 'ran, and the result waits on the agent’s disk',
    in_flight: 'ran, and the result is on its way',
    unheard: 'due since the agent was last heard',
  },
  missed: {
    agent_down: 'the agent was down, and said so when it was back',
    overrun: 'could not start in time',
    shed: 'not started: too little memory or CPU was left',
    capped: 'not started: the owner of the agent lets it run no more',
    clock: 'jumped over when the agent’s clock was set',
    lost: 'started, and the result was lost at the agent',
  },
  dropped: {
    spool_age: 'the result grew too old in the spool',
    spool_full: 'the spool had no room',
    disk_full: 'the disk took no writes',
    backfill_limit: 'a downtime too long to be written slot by slot',
    refused: 'the collector refused the result',
  },
} as const;

const INFERRED = 'the agent is silent: nobody was there to report them';

function rowsOf(ledger: AgentLedger): readonly LedgerRow[] {
  const { missedByReason, inferred } = ledger;
  const reported = { ...missedByReason, agent_down: (missedByReason.agent_down ?? 0) - inferred };
  const row = (kind: LedgerRow['kind'], reason: string, slots: number, meaning: string): LedgerRow[] =>
    slots === 0 ? [] : [{ kind, reason, slots, meaning }];
  const rows = (
    kind: 'pending' | 'missed' | 'dropped',
    counts: Readonly<Record<string, number | undefined>>,
  ) => {
    const meanings: Readonly<Record<string, string>> = MEANING[kind];
    return Object.entries(counts).flatMap(([reason, slots = 0]) =>
      row(kind, reason, slots, meanings[reason] ?? ''),
    );
  };
  return [
    { kind: 'stored', reason: '', slots: ledger.stored, meaning: MEANING.stored },
    ...rows('pending', ledger.pendingByPlace),
    ...rows('missed', reported),
    ...row('missed', 'silent', inferred, INFERRED),
    ...rows('dropped', ledger.droppedByReason),
    ...row('unaccounted', '', ledger.unaccounted, MEANING.unaccounted),
  ];
}

function equationOf({ expected, stored, pending, missed, dropped, unaccounted }: AgentLedger): string {
  const lost = unaccounted === 0 ? '' : ` + ${unaccounted} unaccounted`;
  return `${expected} expected = ${stored} stored + ${pending} pending + ${missed} missed + ${dropped} dropped${lost}`;
}

export function whyJson(report: AgentReport): AgentWhyJson {
  const { agent, ledger, hour } = report;
  const findings = diagnose(report);
  return {
    ...agentJson(agent),
    healthy: !findings.some(({ level }) => level === 'problem'),
    findings,
    equation: equationOf(ledger),
    ledger: { since: iso(report.ledgerSinceMs), ...countsJson(ledger), rows: rowsOf(ledger) },
    last_hour: {
      missed: hour.missed,
      dropped: hour.dropped,
      lateness_p99_ms: hour.latenessP99Ms ?? null,
      slow_checks: hour.slow.map(({ probe, target, everyMs, takesMs }) => ({
        probe,
        target,
        every_ms: everyMs,
        takes_ms: takesMs,
      })),
      errors: hour.errors.map(({ lastMs, ...error }) => ({ ...error, last_at: iso(lastMs) })),
    },
  };
}
