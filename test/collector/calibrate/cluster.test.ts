import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../collector/store/open-store.ts';
import { type ResultRow, resultBlock } from '../../../collector/store/result-block.ts';
import { shardOf } from '../../../collector/store/shard-of.ts';
import type { Store } from '../../../collector/store/store.ts';
import {
  type ClickHouseCluster,
  serverUnavailable,
  startClickHouseCluster,
} from '../../support/clickhouse-server.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { calibrationOver, DAY, MINUTE, pairRuns, stageOf } from './calibrated.ts';

const unavailable = serverUnavailable();
const AGENTS = ['one', 'two', 'three', 'four', 'five', 'six'];
const agentOn = (shard: number) => AGENTS.find((agent) => shardOf(agent, 2) === shard) ?? '';

describe.skipIf(unavailable)(`calibration on a cluster${unavailable ? ` (${unavailable})` : ''}`, () => {
  let cluster: ClickHouseCluster;
  let dataDir: string;
  let store: Store;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'outrider-calibrate-'));
    cluster = await startClickHouseCluster(2);
    store = await openStore({ dataDir, clickhouse: { cluster: cluster.name, urls: cluster.urls } });
  });
  afterAll(async () => {
    await store?.close();
    await cluster?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** A pair for half an hour, as an agent of a shard sends it. */
  async function insert(shard: number, errorMs: number): Promise<void> {
    const agent = agentOn(shard);
    const rows = pairRuns({ fromMs: DAY, minutes: 30, errorMs, seed: shard + 1 }).map(
      ({ side, atMs, ms }, i): ResultRow => ({
        agent,
        labels: labelsOf('eu-west'),
        boot: 'boot-1',
        record: recordOf(i + 1, {
          probe: side === 'twin' ? 'play-light' : 'play-browser',
          type: side === 'twin' ? 'playback' : 'video-start',
          target: 'clip',
          scheduledMs: atMs,
          metrics: side === 'twin' ? { first_frame_ms: ms } : { video_startup_ms: ms },
          attributes:
            side === 'twin' ? { format: 'mp4' } : { player: 'progressive', browser_build: 'Chromium 156' },
        }),
      }),
    );
    await store.insertResults(resultBlock(`test-${shard}`, rows), { shard });
  }

  it('takes the runs of agents on all shards together, and publishes the series once', async () => {
    await insert(0, 10);
    await insert(1, 30);
    const calibration = calibrationOver(store, stageOf(DAY + 40 * MINUTE));
    await calibration.tick();
    expect(calibration.counters).toMatchObject({ windows: 6, ticks_failed: 0, pairs: 1 });
    await calibration.close();
    // What people ask goes to all shards; the windows are on the first.
    const { columns, rows } = await store.queryReadonly(
      'SELECT agent_count, twin_count, browser_count, error_ms FROM model_error ORDER BY window_start',
      { limitRows: 100, timeoutMs: 10_000 },
    );
    expect(columns).toHaveLength(4);
    expect(rows).toHaveLength(6);
    expect(rows[0]?.slice(0, 3)).toEqual([2, 120, 30]);
    for (const [, , , errorMs] of rows) {
      expect(errorMs).toBeGreaterThan(5);
      expect(errorMs).toBeLessThan(35);
    }
    const next = calibrationOver(store, stageOf(DAY + 40 * MINUTE, 'detect/2'));
    await next.tick();
    expect(next.counters).toMatchObject({ windows: 0, ticks_failed: 0 });
    await next.close();
  });
});
