/**
 * What is wrong with an agent, in words: a list of rules, each a sentence with its evidence and what to try. Pure: facts in,
 * findings out, so that every rule can be tried on its own.
 */
import { formatBytes, formatSpan } from '../../probes/quantity-text.ts';
import type { AgentLedger, AgentView } from './registry.ts';

/** Runs of an agent that failed by its own fault, of one kind. */
export interface AgentError {
  readonly code: string;
  readonly layer: string;
  readonly count: number;
  readonly lastMs: number;
  readonly message: string;
}

/** A check that takes longer than its interval. */
export interface SlowCheck {
  readonly probe: string;
  readonly target: string;
  readonly everyMs: number;
  /** Median of the last hour. */
  readonly takesMs: number;
}

/** Everything that is known of an agent; `hour`: in the last hour. */
export interface AgentFacts {
  readonly nowMs: number;
  readonly agent: AgentView;
  /** Over the window that was asked for. */
  readonly ledger: AgentLedger;
  readonly hour: {
    readonly missed: Readonly<Record<string, number>>;
    readonly dropped: Readonly<Record<string, number>>;
    readonly errors: readonly AgentError[];
    readonly slow: readonly SlowCheck[];
    /** Start after the slot, of 99 in 100 runs; absent when nothing ran. */
    readonly latenessP99Ms?: number | undefined;
  };
}

export interface Finding {
  readonly rule: string;
  /** `note`: good to know, and no reason to act. */
  readonly level: 'problem' | 'note';
  readonly what: string;
  /** Empty when there is nothing to try. */
  readonly hint: string;
}

type Rule = (facts: AgentFacts) => Omit<Finding, 'rule'> | undefined;

/** Beyond these something is worth a sentence. */
export const DIAGNOSIS_LIMITS = {
  clockMs: {
    value: 1000,
    reason: 'A second is the shortest interval of most checks: slots move visibly.',
    past: 'The clock is named.',
  },
  backlogMs: {
    value: 60_000,
    reason: 'Results are delivered within seconds when nothing is in their way.',
    past: 'The backlog is named.',
  },
  fullShare: {
    value: 0.8,
    reason: 'Beyond this a spool drops its oldest results soon.',
    past: 'The spool is named as nearly full.',
  },
  lateMs: {
    value: 500,
    reason: 'A run that starts this late no longer says much about its slot.',
    past: 'Late starts are named.',
  },
  loopMs: {
    value: 200,
    reason: 'Delay of the event loop adds to every timing taken in it.',
    past: 'The busy event loop is named.',
  },
  staleMs: {
    value: 15_000,
    reason: 'A schedule arrives within a second, and is confirmed within a health interval.',
    past: 'The old schedule is named.',
  },
  rivalMs: {
    value: 600_000,
    reason: 'A process that was refused comes back every half minute.',
    past: 'The refusal is named no more.',
  },
  sessions: {
    value: 10,
    reason: 'A link that breaks this often within an hour is a bad one.',
    past: 'The link is named as a bad one.',
  },
} as const;

const problem = (what: string, hint: string) => ({ level: 'problem', what, hint }) as const;
const note = (what: string, hint = '') => ({ level: 'note', what, hint }) as const;
const slots = (count: number) => `${count} slot${count === 1 ? '' : 's'}`;

/** In the order in which people are to read of them. */
const RULES: Readonly<Record<string, Rule>> = {
  silent({ agent, nowMs }) {
    if (agent.state !== 'silent') return undefined;
    const forMs = nowMs - agent.lastSeenMs;
    return problem(
      `It has been silent since ${new Date(agent.lastSeenMs).toISOString()}, for ${formatSpan(forMs)}, and did not say goodbye.`,
      'See whether its process runs, and whether its machine reaches this collector; its results wait in its spool.',
    );
  },
  stopped({ agent }) {
    if (agent.stoppedAtMs === undefined) return undefined;
    return note(
      `It stopped on purpose at ${new Date(agent.stoppedAtMs).toISOString()}: nothing is expected of it since.`,
      'Start it again when it is wanted: outrider agent start.',
    );
  },
  two_processes({ agent, nowMs }) {
    if (agent.rivalMs === undefined || nowMs - agent.rivalMs > DIAGNOSIS_LIMITS.rivalMs.value)
      return undefined;
    return problem(
      `Two processes use this id: another one was refused ${formatSpan(nowMs - agent.rivalMs)} ago.`,
      'Stop one of them, or give each an id and a data directory of its own.',
    );
  },
  disk_full({ agent }) {
    if (!agent.health?.spool?.refusing) return undefined;
    return problem(
      'Its disk takes no writes: results are kept in memory, and the oldest are dropped.',
      'Free space on the disk of its data directory.',
    );
  },
  dropping({ hour, agent }) {
    const entries = Object.entries(hour.dropped).filter(([, count]) => count > 0);
    if (entries.length === 0) return undefined;
    const what = entries
      .map(([reason, count]) => `${count} ${DROPPED_WORDS[reason] ?? `for ${reason}`}`)
      .join(', ');
    const spool = agent.health?.spool;
    const limits = spool
      ? ` Its spool may hold ${formatBytes(spool.bytesMax)} and ${formatSpan(spool.ageMaxMs)}.`
      : '';
    return problem(
      `It gave up results in the last hour: ${what}.${limits}`,
      'Let it reach a collector, or give its spool more room: spool.bytesMax and spool.ageMaxMs of its configuration.',
    );
  },
  spool_full({ agent }) {
    const spool = agent.health?.spool;
    if (!spool || spool.bytes < DIAGNOSIS_LIMITS.fullShare.value * spool.bytesMax) return undefined;
    const share = Math.round((100 * spool.bytes) / spool.bytesMax);
    return problem(
      `Its spool is ${share} % full: ${formatBytes(spool.bytes)} of ${formatBytes(spool.bytesMax)}; then the oldest results are dropped.`,
      'Let it reach a collector, or raise spool.bytesMax of its configuration.',
    );
  },
  backlog({ agent }) {
    const { health, state } = agent;
    if (!health?.spool || health.spool.oldestAgeMs < DIAGNOSIS_LIMITS.backlogMs.value) return undefined;
    const waits = `${health.pending} results wait, the oldest for ${formatSpan(health.spool.oldestAgeMs)}`;
    if (state !== 'connected')
      return note(
        `When it was last heard, its spool was growing: ${waits}.`,
        'They come when it connects again.',
      );
    return problem(
      `Its spool is behind: ${waits}, although it is connected.`,
      'See whether the store is slow or away: /readyz of the collector, and outrider_ingest_* at /metrics.',
    );
  },
  clock({ agent }) {
    const offsetMs = agent.health?.clockOffsetMs ?? 0;
    if (Math.abs(offsetMs) < DIAGNOSIS_LIMITS.clockMs.value) return undefined;
    return problem(
      `Its clock is ${formatSpan(Math.abs(offsetMs))} ${offsetMs < 0 ? 'ahead of' : 'behind'} the collector's: its slots, and the times of its results, are off by as much.`,
      'Set its clock by NTP (chrony, systemd-timesyncd).',
    );
  },
  clock_set({ hour }) {
    const count = hour.missed.clock ?? 0;
    if (count === 0) return undefined;
    return problem(
      `Its clock was set in the last hour: ${slots(count)} were jumped over.`,
      'Let NTP slew the clock rather than step it.',
    );
  },
  overrun({ hour, agent }) {
    const count = hour.missed.overrun ?? 0;
    if (count === 0) return undefined;
    const missed = `${slots(count)} of the last hour could not start in time`;
    const [worst] = hour.slow;
    if (worst) {
      const many = hour.slow.length === 1 ? 'a check takes' : `${hour.slow.length} checks take`;
      return problem(
        `${missed}: ${many} longer than the interval, ${worst.probe} on ${worst.target} the longest with ${formatSpan(worst.takesMs)} every ${formatSpan(worst.everyMs)}.`,
        'Give these checks a longer interval or a shorter timeout.',
      );
    }
    const { light, browser } = agent.health ?? {};
    const lanes =
      light && browser
        ? ` Its lanes hold ${light.running} light runs with ${light.waiting} waiting, and ${browser.running} browser runs with ${browser.waiting} waiting.`
        : '';
    return problem(
      `${missed}: its lanes were taken, or the machine stood still.${lanes}`,
      'Give it fewer checks, more concurrency (lightConcurrency), or a machine of its own.',
    );
  },
  shed({ hour }) {
    const count = hour.missed.shed ?? 0;
    if (count === 0) return undefined;
    return problem(
      `${slots(count)} of the last hour were shed: too little memory or CPU was left on its machine.`,
      'Give the machine more memory, or the agent fewer browser checks.',
    );
  },
  capped({ hour }) {
    const count = hour.missed.capped ?? 0;
    if (count === 0) return undefined;
    return problem(
      `${slots(count)} of the last hour were not run: its owner lets it run no more (caps).`,
      'Give it fewer checks or longer intervals, see outrider schedule plan; or ask its owner for more.',
    );
  },
  was_down({ hour, ledger, agent }) {
    const count = (hour.missed.agent_down ?? 0) - (agent.state === 'silent' ? ledger.inferred : 0);
    if (count <= 0 || agent.state === 'silent') return undefined;
    return problem(
      `It was down for ${slots(count)} of the last hour, and is back.`,
      'Its own log, or that of its supervisor, says why it ended.',
    );
  },
  schedule_stale({ agent, nowMs }) {
    const { health, healthMs = 0, revision, toldMs, state } = agent;
    if (state !== 'connected' || !health || revision === 0 || health.scheduleRevision === revision)
      return undefined;
    if (healthMs < toldMs || nowMs - toldMs < DIAGNOSIS_LIMITS.staleMs.value) return undefined;
    return problem(
      `It follows schedule ${health.scheduleRevision}, and was sent ${revision} ${formatSpan(nowMs - toldMs)} ago.`,
      'Its last error may say why it refused the schedule; an older agent may have to be updated.',
    );
  },
  late({ hour, agent }) {
    const worstMs = Math.max(hour.latenessP99Ms ?? 0, agent.health?.latenessMs ?? 0);
    if (worstMs < DIAGNOSIS_LIMITS.lateMs.value) return undefined;
    return problem(
      `Its runs start up to ${formatSpan(worstMs)} after their slots.`,
      'Its machine is busy: give it fewer checks, or other work less of the CPU.',
    );
  },
  busy({ agent }) {
    const delayMs = agent.health?.eventLoopDelayMs ?? 0;
    if (delayMs < DIAGNOSIS_LIMITS.loopMs.value || agent.state !== 'connected') return undefined;
    return problem(
      `It was held up for ${formatSpan(delayMs)} within the last seconds: runs of that moment are marked disturbed.`,
      'Its machine is busy: give it fewer checks, or other work less of the CPU.',
    );
  },
  own_failures({ hour }) {
    const [first] = hour.errors;
    if (!first) return undefined;
    const count = hour.errors.reduce((sum, error) => sum + error.count, 0);
    const kinds = hour.errors.map((error) => `${error.code} ×${error.count}`).join(', ');
    const said = first.message === '' ? '' : ` The last said: ${first.message}`;
    return problem(
      `${count} of its runs failed in the last hour by its own fault, not the target's: ${kinds}.${said}`,
      'outrider doctor on its machine tries what it needs.',
    );
  },
  flapping({ agent }) {
    const sessions = agent.health?.link?.sessions ?? 0;
    const { connectedSinceMs } = agent;
    if (sessions < DIAGNOSIS_LIMITS.sessions.value || connectedSinceMs === undefined) return undefined;
    return note(
      `It has connected ${sessions} times since it started, last at ${new Date(connectedSinceMs).toISOString()}.`,
      'See its log for why sessions end, and what lies between it and the collector.',
    );
  },
  second_choice({ agent }) {
    const link = agent.health?.link;
    if (agent.state !== 'connected' || !link || link.collector <= 1) return undefined;
    return note(
      `It uses collector ${link.collector} of the ${link.collectors} in its list: the ones before did not take it.`,
    );
  },
  lost({ ledger }) {
    if (ledger.unaccounted <= 0) return undefined;
    return problem(
      `${slots(ledger.unaccounted)} have no result, and nothing explains it: their results were lost.`,
      'Please report it, with the logs of the agent and of the collector.',
    );
  },
  twice({ ledger }) {
    if (ledger.duplicates === 0) return undefined;
    return problem(
      `${ledger.duplicates} results are in the store beyond the one of their slot.`,
      'Please report it, with the logs of the agent and of the collector.',
    );
  },
  extra({ ledger }) {
    if (ledger.extra === 0) return undefined;
    return note(
      `It ran ${slots(ledger.extra)} that were not expected: a moment before it heard of a change, or cut off from it.`,
    );
  },
  last_error({ agent, hour }) {
    const said = agent.health?.lastError ?? '';
    if (said === '' || hour.errors.some(({ message }) => message === said)) return undefined;
    return note(`It last complained: ${said}`);
  },
  no_checks({ agent }) {
    if (agent.assignments > 0 || agent.state === 'stopped') return undefined;
    return note(
      'No probe selects it: it has nothing to run.',
      'See `from` of the probes: outrider probes list.',
    );
  },
};

const DROPPED_WORDS: Readonly<Record<string, string>> = {
  spool_age: 'too old',
  spool_full: 'for which its spool had no room',
  disk_full: 'which its disk did not take',
  backfill_limit: 'of a downtime too long to be written slot by slot',
  refused: 'which the collector refused',
};

export const RULE_NAMES: readonly string[] = Object.keys(RULES);

/** What is wrong, the gravest first; when nothing is, that. */
export function diagnose(facts: AgentFacts): readonly Finding[] {
  const findings = Object.entries(RULES).flatMap(([rule, look]) => {
    const finding = look(facts);
    return finding ? [{ rule, ...finding }] : [];
  });
  if (findings.some(({ level }) => level === 'problem')) return findings;
  return [...findings, { rule: 'healthy', level: 'note', what: 'Nothing is wrong.', hint: '' }];
}
