import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../agent/clock-offset.ts';
import { DelaySampler } from '../../agent/delay-sampler.ts';
import { missedDraft } from '../../agent/draft.ts';
import { HealthReporter } from '../../agent/health.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { Spool } from '../../agent/spool.ts';
import { assignment, temporaryFolder } from './fixtures.ts';
import { VirtualTime } from './virtual-time.ts';

function reporting(options: { readonly pagesMax?: number; readonly bytesMax?: number } = {}) {
  const time = new VirtualTime();
  const { clock, timers } = time;
  const spool = new Spool({ dataDir: temporaryFolder(), boot: 'boot-1', clock, timers, ...options });
  const health = new HealthReporter({
    clock,
    sampler: new DelaySampler(clock, timers),
    offset: new ClockOffset(clock),
    spool,
    running: () => 3,
    scheduleRevision: () => 7,
    lanes: () => ({ light: { running: 2, waiting: 1 }, browser: { running: 0, waiting: 0 } }),
    link: () => ({ sessions: 2, collector: 1, collectors: 2, inFlight: 4 }),
  });
  const store = (count: number, padding = 0): void =>
    spool.add(
      Array.from({ length: count }, () => ({
        ...missedDraft(
          {
            assignment: assignment(),
            scheduledMs: clock.wallMs(),
            trigger: 'schedule',
            requestId: '',
          },
          'shed',
          clock.wallMs(),
          health.state(),
        ),
        attributes: { padding: 'x'.repeat(padding) },
      })),
    );
  return { time, clock, spool, health, store };
}

describe('the health of an agent', () => {
  it('says how full the spool is, against which limits, and how old its oldest result', () => {
    const { time, health, spool, store } = reporting({ bytesMax: 1_000_000 });
    store(3);
    spool.commit();
    time.advance(2000);
    const report = health.report();
    expect(report.pending).toBe(3);
    expect(report.spool).toMatchObject({
      bytesMax: 1_000_000,
      ageMaxMs: AGENT_LIMITS.spoolAgeMs.value,
      oldestAgeMs: 2000,
      inFlight: 4,
      lastSeq: 3,
      refusing: false,
    });
    expect(report.spool?.bytes).toBeGreaterThan(100);
    spool.close();
  });

  it('says an age of 0 while nothing waits', () => {
    const { time, health, spool, store } = reporting();
    store(1);
    spool.commit();
    time.advance(500);
    spool.acked('boot-1', 1);
    spool.commit();
    expect(health.report().spool).toMatchObject({ oldestAgeMs: 0, lastSeq: 1 });
    spool.close();
  });

  it('says that the disk takes nothing while it is full', () => {
    const { health, spool, store } = reporting({ pagesMax: 20 });
    store(200, 1000);
    spool.commit();
    expect(health.report().spool?.refusing).toBe(true);
    spool.close();
  });

  it('says the latest start since it was last asked', () => {
    const { health, spool } = reporting();
    health.started(3);
    health.started(11);
    health.started(5);
    expect(health.report().latenessMs).toBe(11);
    expect(health.report().latenessMs).toBe(0);
    spool.close();
  });

  it('says what the lanes hold, and which collector it found after how many sessions', () => {
    const { health, spool } = reporting();
    expect(health.report()).toMatchObject({
      light: { running: 2, waiting: 1 },
      browser: { running: 0, waiting: 0 },
      link: { sessions: 2, collector: 1, collectors: 2 },
    });
    spool.close();
  });
});
