import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentWhyJson } from '../../../collector/api/answers/fleet.ts';
import type { Health } from '../../../protocol/frame.ts';
import { slotAtOrAfter, slotSeries } from '../../../protocol/slots.ts';
import { healthOf, SPOOL } from '../../support/health.ts';
import { type RunningApi, SPEC, startApi } from './running-api.ts';

const EVERY_MS = 2000;
/** What an expected slot of the probe has to be accounted for: its timeout and two seconds, or what a health lags. */
const GRACE_MS = 7000;

let api: RunningApi;
let startMs: number;

beforeEach(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
  startMs = api.clock.nowMs;
  api.clock.nowMs += 120_000;
});
afterEach(() => api.close());

/** Slots that count by now. */
function due(): number[] {
  const series = slotSeries('front-page', 'origin', 'eu-west-1', EVERY_MS);
  const slots = [];
  for (let at = slotAtOrAfter(series, startMs + 2000); at < api.clock.nowMs - GRACE_MS; at += EVERY_MS)
    slots.push(at);
  return slots;
}

/** The health of an agent that follows what it was told. */
function healthy(more: Partial<Health> = {}): Health {
  return healthOf({ scheduleRevision: api.registry.agent('eu-west-1')?.revision ?? 0, ...more });
}

const whyOf = async (query = '') =>
  (await api.get(`/api/v1/agents/eu-west-1/why${query}`)).body as AgentWhyJson;

describe('why an agent is as it is', () => {
  it('is that nothing is wrong, when every slot has its result', async () => {
    api.registry.heard('eu-west-1', healthy());
    await api.insert(
      'eu-west',
      due().map((scheduledMs) => ({ scheduledMs, probe: 'front-page' })),
    );
    const why = await whyOf();
    expect(why).toMatchObject({ healthy: true, findings: [{ rule: 'healthy' }], state: 'connected' });
    const count = due().length;
    expect(why.equation).toBe(`${count} expected = ${count} stored + 0 pending + 0 missed + 0 dropped`);
    expect(why.ledger.rows).toEqual([expect.objectContaining({ kind: 'stored', slots: count })]);
  });

  it('has a row for every kind of gap, and the rows add up', async () => {
    const slots = due();
    const missed = { outcome: 'missed', metrics: {}, durationMs: 0 } as const;
    await api.insert('eu-west', [
      ...slots.slice(12).map((scheduledMs) => ({ scheduledMs })),
      ...slots
        .slice(0, 2)
        .map((scheduledMs) => ({ ...missed, scheduledMs, missedReason: 'overrun' as const })),
      ...slots.slice(2, 3).map((scheduledMs) => ({ ...missed, scheduledMs, missedReason: 'shed' as const })),
      ...slots.slice(3, 5).map((scheduledMs) => ({ ...missed, scheduledMs, missedReason: 'clock' as const })),
    ]);
    api.registry.heard(
      'eu-west-1',
      healthy({
        pending: 3,
        running: 1,
        dropped: { spool_age: 2 },
        spool: { ...SPOOL, inFlight: 1 },
      }),
    );
    const { ledger, findings, healthy: well } = await whyOf();
    expect(
      Object.fromEntries(ledger.rows.map(({ kind, reason, slots }) => [`${kind} ${reason}`.trim(), slots])),
    ).toEqual({
      stored: slots.length - 12,
      'pending in_flight': 1,
      'pending running': 1,
      'pending spool': 2,
      'missed overrun': 2,
      'missed shed': 1,
      'missed clock': 2,
      'dropped spool_age': 2,
      unaccounted: 1,
    });
    expect(ledger.rows.reduce((sum, row) => sum + row.slots, 0)).toBe(ledger.expected);
    expect(ledger.rows.every(({ meaning }) => meaning !== '')).toBe(true);
    expect(well).toBe(false);
    expect(findings.map(({ rule }) => rule)).toEqual(['dropping', 'clock_set', 'overrun', 'shed', 'lost']);
  });

  it('tells the slots of a silent agent from those that it reported itself', async () => {
    const slots = due();
    api.registry.heard('eu-west-1', healthy());
    await api.insert('eu-west', [
      ...slots.slice(0, -4).map((scheduledMs) => ({ scheduledMs })),
      { scheduledMs: slots.at(-4) ?? 0, outcome: 'missed', missedReason: 'agent_down', metrics: {} },
    ]);
    api.clock.nowMs += 60_000;
    const { ledger, findings, state } = await whyOf();
    const silent = due().length - slots.length + 3;
    expect(state).toBe('silent');
    expect(ledger.rows.map(({ kind, reason, slots }) => [kind, reason, slots])).toEqual([
      ['stored', '', slots.length - 4],
      ['missed', 'agent_down', 1],
      ['missed', 'silent', silent],
    ]);
    expect(findings[0]).toMatchObject({ rule: 'silent', level: 'problem' });
  });

  it('shows its failures by its own fault, by kind, and not those of the target', async () => {
    api.registry.heard('eu-west-1', healthy());
    const failure = { layer: 'agent', blame: 'agent', code: 'browser_crashed', message: 'killed' } as const;
    const theirs = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;
    const fail = { outcome: 'fail', metrics: {} } as const;
    const slots = due();
    await api.insert('eu-west', [
      ...slots.slice(2).map((scheduledMs) => ({ ...fail, scheduledMs, failure: theirs })),
      { ...fail, scheduledMs: slots[0] ?? 0, failure },
      { ...fail, scheduledMs: slots[1] ?? 0, failure: { ...failure, message: 'killed again' } },
    ]);
    const { last_hour, findings } = await whyOf();
    expect(last_hour.errors).toMatchObject([
      { code: 'browser_crashed', layer: 'agent', count: 2, message: 'killed again' },
    ]);
    expect(findings.map(({ rule }) => rule)).toEqual(['own_failures']);
  });

  it('names the checks that take longer than their interval', async () => {
    api.registry.heard('eu-west-1', healthy());
    const slots = due();
    await api.insert('eu-west', [
      ...slots.slice(3).map((scheduledMs) => ({ scheduledMs, durationMs: 3100 })),
      ...slots.slice(0, 3).map((scheduledMs) => ({
        scheduledMs,
        outcome: 'missed' as const,
        missedReason: 'overrun' as const,
        metrics: {},
      })),
    ]);
    const { findings } = await whyOf();
    expect(findings[0]?.what).toContain('front-page on origin the longest with 3.1 s every 2 s');
  });

  it('says that two processes use one id, and that a schedule was not taken over', async () => {
    api.registry.heard('eu-west-1', healthy({ scheduleRevision: 0 }));
    await api.insert(
      'eu-west',
      due().map((scheduledMs) => ({ scheduledMs })),
    );
    api.registry.contested('eu-west-1');
    const { findings, schedule } = await whyOf();
    expect(findings.map(({ rule }) => rule)).toEqual(['two_processes', 'schedule_stale']);
    expect(schedule.revision).toBeGreaterThan(0);
  });

  it('counts since the time that is asked for, and refuses what is no time', async () => {
    api.registry.heard('eu-west-1', healthy());
    const slots = due();
    await api.insert(
      'eu-west',
      slots.map((scheduledMs) => ({ scheduledMs })),
    );
    const { ledger } = await whyOf('?since=60s');
    expect(ledger.expected).toBe(slots.filter((at) => at >= api.clock.nowMs - 60_000).length);
    expect((await api.get('/api/v1/agents/eu-west-1/why?since=never')).status).toBe(400);
  });

  it.each(['/api/v1/agents/eu-wset-1', '/api/v1/agents/eu-wset-1/why', '/api/v1/ledger?agent=eu-wset-1'])(
    'of an agent that nobody has ends with 404 and what was probably meant: %s',
    async (path) => {
      const { status, body } = await api.get(path);
      expect(status).toBe(404);
      expect(body).toMatchObject({ error: { code: 'not_found', hint: 'Did you mean eu-west-1?' } });
    },
  );
});
