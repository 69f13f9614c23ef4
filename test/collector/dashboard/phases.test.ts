import { describe, expect, it } from 'vitest';
import { phasesOf } from '../../../collector/dashboard/phases.js';

describe('the phases of a run', () => {
  it('are those that it has told', () => {
    const evidence = { phases: [{ name: 'dns', startMs: 1, durationMs: 3, note: 'host' }] };
    expect(phasesOf({ evidence, metrics: { dns_ms: 9, ttfb_ms: 1 } })).toEqual({
      phases: [{ name: 'dns', startMs: 1, lengthMs: 3, note: 'host' }],
      isMade: false,
    });
  });

  it.each([
    [
      { dns_ms: 2, connect_ms: 9, ttfb_ms: 400, run_ms: 420 },
      ['dns 0 2', 'connect 2 9', 'first byte 11 400'],
    ],
    [{ upload_send_ms: 90, upload_commit_ms: 10, connect_ms: 5 }, ['send 0 90', 'commit 90 10']],
    [{ manifest_ms: 30, segment_ms: 50, dns_ms: 3, connect_ms: 9 }, ['manifest 0 30', 'first segment 30 50']],
    [{ ping_ms: 3 }, []],
  ])('are made of its metrics %o where it has told none', (metrics, wanted) => {
    const { isMade, phases } = phasesOf({ evidence: null, metrics });
    expect(isMade).toBe(true);
    expect(phases.map(({ lengthMs, name, startMs }) => `${name} ${startMs} ${lengthMs}`)).toEqual(wanted);
  });

  it('are none of what is no run', () => {
    expect(phasesOf('x').phases).toEqual([]);
  });
});
