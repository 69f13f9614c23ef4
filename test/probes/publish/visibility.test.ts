import { describe, expect, it } from 'vitest';
import { recordVisibility } from '../../../probes/publish/visibility.ts';
import type { UploadRun } from '../../../probes/upload/upload-run.ts';
import type { NoReports, WatchReport } from '../../../probes/watch-order.ts';

function recorded(reports: readonly WatchReport[] | NoReports) {
  const run = { metrics: {}, attributes: {} } as unknown as UploadRun;
  return {
    failure: recordVisibility(run, reports),
    metrics: run.metrics,
    visible: run.attributes.visible,
  };
}

const at = (region: string, what: { visibleMs: number } | { missed: string }): WatchReport => ({
  ...{ agent: `${region}-1`, region, pollMs: 500 },
  ...what,
});

describe('what other regions saw', () => {
  it('is the slowest of those who saw it, and each in words', () => {
    expect(recorded([at('eu', { visibleMs: 812.4 }), at('us', { visibleMs: 2040 })])).toEqual({
      failure: undefined,
      metrics: { publish_region_count: 2, publish_visible_ms: 2040 },
      visible: 'eu 812 ms, us 2040 ms',
    });
  });

  it('does not fail a run for agents that were not there', () => {
    const { failure, metrics, visible } = recorded([
      at('eu', { missed: 'agent_down' }),
      at('us', { missed: 'shed' }),
    ]);
    expect(failure).toBeUndefined();
    expect(metrics).toEqual({ publish_region_count: 0 });
    expect(visible).toBe('eu agent_down, us shed');
  });

  it('fails a run for regions in which it does not play, and names them all', () => {
    const why = 'Announced, and not playable from here before the end of the order.';
    const { failure } = recorded([
      at('eu', { missed: why }),
      at('us', { visibleMs: 1 }),
      at('ap', { missed: why }),
    ]);
    expect(failure).toMatchObject({
      layer: 'processing',
      code: 'timeout',
      message: `Not playable from eu, ap: ${why}`,
    });
  });

  it.each(['unasked', 'unanswered'] as const)(
    'is %s where there are no reports for that reason',
    (reason) => {
      expect(recorded(reason)).toEqual({ failure: undefined, metrics: {}, visible: reason });
    },
  );
});
