import { describe, expect, it } from 'vitest';
import { type AgentFacts, diagnose, RULE_NAMES } from '../../../collector/registry/diagnosis.ts';
import type { AgentLedger, AgentView } from '../../../collector/registry/registry.ts';
import type { Health, SpoolHealth } from '../../../protocol/frame.ts';
import { healthOf, SPOOL as IDLE_SPOOL, olderHealthOf } from '../../support/health.ts';
import { labelsOf } from '../../support/records.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

const SAID = { sentMs: NOW, pending: 2, running: 1, scheduleRevision: 7 } as const;
const SPOOL = { ...IDLE_SPOOL, ageMaxMs: 3 * 86_400_000 };
const HEALTH = healthOf({ ...SAID, spool: SPOOL, light: { running: 1, waiting: 0 } });
const LEDGER: AgentLedger = {
  agent: 'a',
  region: 'eu-west',
  state: 'connected',
  expected: 100,
  stored: 98,
  pending: 2,
  pendingByPlace: { spool: 2 },
  missed: 0,
  missedByReason: {},
  inferred: 0,
  dropped: 0,
  droppedByReason: {},
  unaccounted: 0,
  duplicates: 0,
  extra: 0,
};
const AGENT: AgentView = {
  id: 'a',
  labels: labelsOf('eu-west'),
  capabilities: { probeTypes: ['http'], browser: '' },
  software: 'outrider/test',
  boot: 'boot-1',
  state: 'connected',
  firstSeenMs: NOW - 90_000_000,
  lastSeenMs: NOW - 1000,
  connectedSinceMs: NOW - 3_600_000,
  collector: 'c1-1',
  health: HEALTH,
  healthMs: NOW - 2000,
  revision: 7,
  toldMs: NOW - 3_000_000,
  assignments: 4,
};

interface Changes {
  readonly agent?: Partial<AgentView>;
  readonly health?: Partial<Health>;
  readonly spool?: Partial<SpoolHealth>;
  readonly ledger?: Partial<AgentLedger>;
  readonly hour?: Partial<AgentFacts['hour']>;
}

function facts({ agent, health, spool, ledger, hour }: Changes = {}): AgentFacts {
  return {
    nowMs: NOW,
    agent: { ...AGENT, health: { ...HEALTH, spool: { ...SPOOL, ...spool }, ...health }, ...agent },
    ledger: { ...LEDGER, ...ledger },
    hour: { missed: {}, dropped: {}, errors: [], slow: [], latenessP99Ms: 12, ...hour },
  };
}

const silent = { state: 'silent', lastSeenMs: NOW - 250_000, connectedSinceMs: undefined } as const;

/** Each rule with facts that it is about, its level, and what its sentence has to say. */
const CASES: readonly [string, 'problem' | 'note', Changes, RegExp][] = [
  ['silent', 'problem', { agent: silent }, /silent since 2026-11-21T11:55:50\.000Z, for 4 min 10 s/],
  [
    'stopped',
    'note',
    { agent: { state: 'stopped', stoppedAtMs: NOW - 1000 } },
    /stopped on purpose at 2026-11-21T11:59:59/,
  ],
  ['two_processes', 'problem', { agent: { rivalMs: NOW - 30_000 } }, /another one was refused 30 s ago/],
  ['disk_full', 'problem', { spool: { refusing: true } }, /disk takes no writes/],
  [
    'dropping',
    'problem',
    { hour: { dropped: { spool_age: 12 } } },
    /12 too old\. Its spool may hold 64 MB and 3 d/,
  ],
  ['spool_full', 'problem', { spool: { bytes: 60e6 } }, /94 % full: 60 MB of 64 MB/],
  [
    'backlog',
    'problem',
    { health: { pending: 900 }, spool: { oldestAgeMs: 600_000 } },
    /900 results wait, the oldest for 10 min, although it is connected/,
  ],
  ['clock', 'problem', { health: { clockOffsetMs: -3200 } }, /clock is 3\.2 s ahead of the collector's/],
  ['clock', 'problem', { health: { clockOffsetMs: 90_000 } }, /clock is 1 min 30 s behind the collector's/],
  ['clock_set', 'problem', { hour: { missed: { clock: 3 } } }, /3 slots were jumped over/],
  [
    'overrun',
    'problem',
    {
      hour: {
        missed: { overrun: 7 },
        slow: [{ probe: 'play', target: 'clip', everyMs: 2000, takesMs: 3100 }],
      },
    },
    /7 slots of the last hour could not start in time: a check takes longer than the interval, play on clip the longest with 3\.1 s every 2 s/,
  ],
  [
    'overrun',
    'problem',
    { hour: { missed: { overrun: 1 } } },
    /1 slot of .*lanes hold 1 light runs with 0 waiting/,
  ],
  ['capped', 'problem', { hour: { missed: { capped: 4 } } }, /4 slots of .* its owner lets it run no more/],
  [
    'shed',
    'problem',
    { hour: { missed: { shed: 5 } } },
    /5 slots of the last hour were shed: too little memory/,
  ],
  [
    'was_down',
    'problem',
    { hour: { missed: { agent_down: 30 } } },
    /down for 30 slots of the last hour, and is back/,
  ],
  [
    'schedule_stale',
    'problem',
    { health: { scheduleRevision: 5 }, agent: {} },
    /follows schedule 5, and was sent 7 50 min ago/,
  ],
  ['late', 'problem', { hour: { latenessP99Ms: 900 } }, /start up to 900 ms after their slots/],
  ['busy', 'problem', { health: { eventLoopDelayMs: 700 } }, /held up for 700 ms/],
  [
    'own_failures',
    'problem',
    {
      hour: {
        errors: [{ code: 'browser_crashed', layer: 'agent', count: 3, lastMs: NOW, message: 'SIGKILL' }],
      },
    },
    /3 of its runs failed .* by its own fault.*: browser_crashed ×3\. The last said: SIGKILL/,
  ],
  [
    'flapping',
    'note',
    { health: { link: { sessions: 40, collector: 1, collectors: 1 } } },
    /connected 40 times/,
  ],
  [
    'second_choice',
    'note',
    { health: { link: { sessions: 2, collector: 2, collectors: 3 } } },
    /collector 2 of the 3/,
  ],
  ['lost', 'problem', { ledger: { unaccounted: 4 } }, /4 slots have no result, and nothing explains it/],
  ['twice', 'problem', { ledger: { duplicates: 2 } }, /2 results are in the store beyond the one/],
  ['extra', 'note', { ledger: { extra: 1 } }, /ran 1 slot that were not expected|ran 1 slot/],
  ['last_error', 'note', { health: { lastError: 'no link' } }, /complained: no link/],
  ['no_checks', 'note', { agent: { assignments: 0 } }, /No probe selects it/],
];

describe('what is wrong with an agent', () => {
  it('is nothing, when nothing is', () => {
    expect(diagnose(facts())).toEqual([
      { rule: 'healthy', level: 'note', what: 'Nothing is wrong.', hint: '' },
    ]);
  });

  it.each(CASES)('is told by the rule %s, a %s', (rule, level, changes, sentence) => {
    const found = diagnose(facts(changes)).find((finding) => finding.rule === rule);
    expect(found?.what).toMatch(sentence);
    expect(found?.level).toBe(level);
    if (level === 'problem') expect(found?.hint).toMatch(/\S/);
  });

  it('has a case here for every rule', () => {
    expect(RULE_NAMES.filter((name) => !CASES.some(([rule]) => rule === name))).toEqual([]);
  });

  it('says that nothing is wrong beside what is only good to know', () => {
    const rules = diagnose(facts({ ledger: { extra: 3 } })).map(({ rule }) => rule);
    expect(rules).toEqual(['extra', 'healthy']);
  });

  it('puts the gravest first', () => {
    const found = diagnose(
      facts({ agent: silent, health: { clockOffsetMs: 5000 }, ledger: { unaccounted: 1 } }),
    );
    expect(found.map(({ rule }) => rule)).toEqual(['silent', 'clock', 'lost']);
  });

  it('does not call a silent agent one that was down, nor its backlog a fault of the store', () => {
    const found = diagnose(
      facts({ agent: silent, spool: { oldestAgeMs: 120_000 }, hour: { missed: { agent_down: 5 } } }),
    );
    expect(found.map(({ rule, level }) => [rule, level])).toEqual([
      ['silent', 'problem'],
      ['backlog', 'note'],
    ]);
  });

  it('gives a schedule the time to arrive, and waits for a health after it', () => {
    const stale = { health: { scheduleRevision: 5 } };
    const rules = (agent: Partial<AgentView>) =>
      diagnose(facts({ ...stale, agent: { health: { ...HEALTH, scheduleRevision: 5 }, ...agent } })).map(
        ({ rule }) => rule,
      );
    expect(rules({ toldMs: NOW - 3000 })).toEqual(['healthy']);
    expect(rules({ toldMs: NOW - 60_000, healthMs: NOW - 61_000 })).toEqual(['healthy']);
    expect(rules({ toldMs: NOW - 60_000 })).toEqual(['schedule_stale']);
    expect(rules({ revision: 0 })).toEqual(['healthy']);
  });

  it('gets along with an agent that has said nothing, or not everything', () => {
    expect(diagnose(facts({ agent: { health: undefined } })).map(({ rule }) => rule)).toEqual(['healthy']);
    const found = diagnose({
      ...facts({ hour: { missed: { overrun: 1 } } }),
      agent: { ...AGENT, health: olderHealthOf(SAID) },
    });
    expect(found.map(({ rule }) => rule)).toEqual(['overrun']);
  });
});
