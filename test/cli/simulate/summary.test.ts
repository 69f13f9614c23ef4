import { describe, expect, it } from 'vitest';
import { faultsOf, formatSummary, type SimulateSummary } from '../../../cli/simulate/summary.ts';

const SUMMARY: SimulateSummary = {
  agents: 200,
  connected: 200,
  regions: 3,
  probes: 1,
  every_ms: 2000,
  results: { made: 105, sent: 104, resent: 3, acked: 100, stored: 101, pending: 5, missed: 2, dropped: 0 },
  ack_ms: { p50: 300, p95: 400, p99: 410, max: 450 },
  reconnects: 4,
  session_ends: { '1006 interrupted': 4 },
  connect_seconds: 2.1,
  seconds: 15,
  rate: { asked: 100, achieved: 99.5 },
  ledger: {
    ...{ expected: 105, stored: 98, pending: 5, missed: 2, dropped: 0 },
    ...{ unaccounted: 0, duplicates: 0, extra: 0 },
  },
  incidents: [],
  collector: { rss_mb: 180, cpu_seconds: 2, cpu_us_per_result: 200 },
  simulator: { rss_mb: 160, cpu_seconds: 1.5 },
};

describe('the summary of a simulation', () => {
  it('adds up', () => {
    expect(faultsOf(SUMMARY)).toEqual([]);
  });

  it.each([
    [{ ledger: { ...SUMMARY.ledger, expected: 106 } }, '106 expected, 98 stored + 5 pending + 2 missed'],
    [{ ledger: { ...SUMMARY.ledger, expected: 106, unaccounted: 1 } }, '1 unaccounted'],
    [{ ledger: { ...SUMMARY.ledger, duplicates: 2 } }, '2 duplicates'],
    [{ results: { ...SUMMARY.results, stored: 99 } }, '100 results were acknowledged, and 99 are stored'],
  ])('does not add up with %j', (change, message) => {
    expect(faultsOf({ ...SUMMARY, ...change }).join()).toContain(message);
  });

  it('tells people the same in lines', () => {
    const text = formatSummary(SUMMARY);
    expect(text).toContain('agents     200 of 200 connected in 2.1 s, 4 reconnects');
    expect(text).toContain(
      '105 made, 104 sent (3 again), 100 acknowledged, 101 stored, 5 pending, 0 dropped',
    );
    expect(text).toContain('105 expected = 98 stored + 5 pending + 2 missed + 0 dropped');
    expect(text).toContain('4 sessions: 1006 interrupted');
    expect(formatSummary({ ...SUMMARY, ack_ms: null, collector: null })).toContain('could not be read');
  });
});
