import { describe, expect, it } from 'vitest';
import type { AgentBalance } from './balance.ts';
import type { RollupBooks } from './books.ts';
import { formatReport, makeReport } from './report.ts';
import type { WorldResult } from './run-world.ts';

const AGENT: AgentBalance = {
  ...{ agent: 'agent-1', boots: 3, expected: 100, stored: 90, pending: 0 },
  ...{ missedByReason: { agent_down: 8, clock: 1 }, dropped: 1, droppedByReason: { backfill_limit: 1 } },
  ...{ extra: 2, lost: 0, duplicates: 0, foreign: 0, faults: [] },
};

function rollup(table: string, more: Partial<RollupBooks> = {}): RollupBooks {
  return { table, region: 'region-1', expected: 100, lost: 0, duplicates: 0, wrongCells: 0, ...more };
}

function world(engine: WorldResult['engine'], more: Partial<WorldResult> = {}): WorldResult {
  return {
    ...{ engine, collectors: engine === 'server' ? 2 : 1, disk: 'tmpfs', agents: [AGENT], problems: [] },
    killsOf: { agent: 3, collector: 2 },
    faults: { kill: 5, pause: 2 },
    frames: { duplicated: 4, reordered: 3 },
    rollups: [rollup('latency_1m'), rollup('latency_1h')],
    ...more,
  };
}

describe('the report', () => {
  it('sums up both engines in one line of JSON', () => {
    const report = makeReport(7, [world('embedded'), world('server')], '/tmp/kept');
    expect(report).toMatchObject({
      ...{ seed: 7, kills: 10, faults: 14, expected: 200, stored: 180, pending: 0, missed: 18, dropped: 2 },
      ...{ lost: 0, duplicates: 0, ok: true, problems: [] },
    });
    expect(report.folder).toBeUndefined();
    expect(report.engines).toMatchObject([
      { engine: 'embedded', collectors: 1, kills: 5, missed_by_reason: { agent_down: 8, clock: 1 } },
      { engine: 'server', collectors: 2, kills_of: { agent: 3, collector: 2 } },
    ]);
  });

  it('holds the equation: expected is the sum of what became of it', () => {
    const { expected, stored, pending, missed, dropped, lost } = makeReport(7, [world('server')], '');
    expect(expected).toBe(stored + pending + missed + dropped + lost);
  });

  it('counts what is lost or doubled in any table', () => {
    const bad = world('server', {
      agents: [{ ...AGENT, lost: 2, duplicates: 1 }],
      rollups: [rollup('latency_1m', { lost: 4 }), rollup('latency_1h', { duplicates: 8 })],
      problems: ['agent-1: 2 results were in the spool and are nowhere'],
    });
    const report = makeReport(7, [bad], '/tmp/kept');
    expect(report).toMatchObject({ ok: false, lost: 6, duplicates: 9, folder: '/tmp/kept' });
    expect(report.engines).toMatchObject([
      {
        lost_in: { results: 2, latency_1m: 4, latency_1h: 0 },
        duplicates_in: { results: 1, latency_1m: 0, latency_1h: 8 },
      },
    ]);
    const text = formatReport(report, [bad]);
    expect(text).toContain('seed 7: the books do NOT balance');
    expect(text).toContain('server: agent-1: 2 results were in the spool and are nowhere');
    expect(text).toContain('logs and data: /tmp/kept');
  });

  it('says in a table what became of every agent', () => {
    const results = [world('embedded')];
    const text = formatReport(makeReport(1, results, ''), results);
    expect(text).toContain('agent_down 8, clock 1');
    expect(text).toContain('backfill_limit 1');
    expect(text).toContain('killed agent 3, collector 2');
    expect(text).toContain('expected = stored + pending + missed + dropped');
  });
});
