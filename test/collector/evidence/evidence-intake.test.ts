import { describe, expect, it } from 'vitest';
import { EvidenceIntake } from '../../../collector/evidence/evidence-intake.ts';
import { EVIDENCE_INTAKE_LIMITS } from '../../../collector/evidence/limits.ts';
import type { EvidenceReport } from '../../../protocol/frame.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

const { flushMs, queueBytes, retryMs } = EVIDENCE_INTAKE_LIMITS;

function report(run: string, bytes = 2): EvidenceReport {
  const text = `{}${' '.repeat(bytes - 2)}`;
  return {
    type: 'evidence',
    run,
    probe: 'home',
    target: 'origin',
    atMs: 1_800_000_000_000,
    text,
    givenUp: 0,
  };
}

/** Inserts end when the test says so. */
function intake() {
  const inserts: { rows: readonly unknown[]; end(error?: Error): void }[] = [];
  const store = {
    insertRows: (_table: string, rows: readonly unknown[]) =>
      new Promise<void>((resolve, reject) => {
        inserts.push({ rows, end: (error) => (error ? reject(error) : resolve()) });
      }),
  };
  return { inserts, intake: new EvidenceIntake({ store, log: SILENT_LOG }) };
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('EvidenceIntake', () => {
  it('gathers for flushMs, inserts in one go, and answers after that', async () => {
    const { inserts, intake: taken } = intake();
    const beganMs = performance.now();
    const answers = Promise.all([taken.take('agent-1', report('a')), taken.take('agent-2', report('b'))]);
    await until(() => inserts.length === 1);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(flushMs.value - 10);
    expect(inserts[0]?.rows).toMatchObject([
      { agent: 'agent-1', run: 'a', at: 1_800_000_000_000 },
      { agent: 'agent-2', run: 'b' },
    ]);
    inserts[0]?.end();
    expect(await answers).toEqual([0, 0]);
    expect(taken.counters).toEqual({ stored: 2, deferred: 0, given_up: 0 });
  });

  it('sends back what is past queueBytes, until that is written', async () => {
    const { inserts, intake: taken } = intake();
    const large = taken.take('agent-1', report('a', queueBytes.value));
    expect(await taken.take('agent-2', report('b'))).toBe(retryMs.value);
    expect(taken.counters.deferred).toBe(1);
    await until(() => inserts.length === 1);
    inserts[0]?.end();
    expect(await large).toBe(0);
    void taken.take('agent-2', report('b'));
    await until(() => inserts.length === 2);
    inserts[1]?.end();
  });

  it('sends everything back while the store is down, and goes on after it', async () => {
    const { inserts, intake: taken } = intake();
    const first = taken.take('agent-1', report('a'));
    await until(() => inserts.length === 1);
    inserts[0]?.end(new Error('the store is down'));
    expect(await first).toBe(retryMs.value);
    const second = taken.take('agent-1', report('a'));
    await until(() => inserts.length === 2);
    inserts[1]?.end();
    expect(await second).toBe(0);
  });

  it('adds up what agents gave up, and forgets who sent nothing for the longest past its agents', async () => {
    const { intake: taken } = intake();
    await taken.close();
    const say = (agent: string, givenUp: number) => taken.take(agent, { ...report('a'), givenUp });
    for (const total of [2, 5, 5, 1]) await say('agent-1', total);
    expect(taken.counters.given_up).toBe(6);
    for (let one = 0; one < EVIDENCE_INTAKE_LIMITS.agents.value; one += 1) await say(`other-${one}`, 0);
    await say('agent-1', 1);
    expect(taken.counters.given_up).toBe(7);
  });

  it('writes what it has when it is closed, and takes no more', async () => {
    const { inserts, intake: taken } = intake();
    const last = taken.take('agent-1', report('a'));
    const closed = taken.close();
    await until(() => inserts.length === 1);
    inserts[0]?.end();
    await closed;
    expect(await last).toBe(0);
    expect(await taken.take('agent-1', report('b'))).toBe(retryMs.value);
  });
});
