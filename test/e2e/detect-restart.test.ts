/** The detecting collector is killed in the middle of a fault and comes up again, on the store that it holds itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentJson } from '../../collector/api/answers/incidents.ts';
import { type Started, start } from '../support/outrider.ts';

const FAULT_S = 40;
const FAULT_LENGTH_S = 65;

describe('a collector that is killed while a region is slow', () => {
  let dataDir: string;
  let url: string;
  let collector: Started;
  let fleet: Started;
  let before: readonly IncidentJson[];
  /** What was listed at each look after the restart. */
  const after: (readonly IncidentJson[])[] = [];

  const up = async (port: string): Promise<void> => {
    collector = start(['collector', 'start', '--port', port, '--data-dir', dataDir], {
      OUTRIDER_LOG: 'warn',
    });
    const [, found = ''] = await collector.says(/collector ready: (\S+)/);
    url = found;
  };
  const listed = async (): Promise<readonly IncidentJson[]> => {
    const answer = await fetch(`${url}/api/v1/incidents?since=1h`, { signal: AbortSignal.timeout(5000) });
    return ((await answer.json()) as { data: IncidentJson[] }).data;
  };
  const until = async (is: (incidents: readonly IncidentJson[]) => boolean, withinMs: number) => {
    const untilMs = Date.now() + withinMs;
    for (;;) {
      const incidents = await listed();
      if (is(incidents) || Date.now() > untilMs) return incidents;
      await sleep(500);
    }
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'outrider-restart-'));
    await up('0');
    const fault = `region-2:latency=400ms@${FAULT_S}s+${FAULT_LENGTH_S}s`;
    const size = ['--agents', '24', '--regions', '4', '--probes', '2', '--rate', '24/s', '--for', '160s'];
    fleet = start(['simulate', '--collector', url, ...size, '--fault', fault]);
    before = await until((all) => all.length > 0, 120_000);
    const { port } = new URL(url);
    collector.process.kill('SIGKILL');
    await collector.finished;
    await sleep(3000);
    await up(port);
    for (let look = 0; look < 6; look += 1) {
      after.push(await listed());
      await sleep(1000);
    }
    after.push(await until((all) => all.every(({ status }) => status === 'resolved'), 120_000));
  }, 320_000);

  afterAll(async () => {
    fleet?.process.kill('SIGTERM');
    collector?.process.kill('SIGTERM');
    await Promise.all([fleet?.finished, collector?.finished]);
    rmSync(dataDir, { recursive: true, force: true });
  }, 120_000);

  it('had found it', () => {
    expect(before.map(({ scope, status }) => [scope, status])).toEqual([['region:region-2', 'open']]);
  });

  it('goes on with the same incident, opened once, and raises no other', () => {
    for (const incidents of after.slice(0, -1))
      expect(incidents.map(({ id, status }) => [id, status])).toEqual([[before[0]?.id, 'open']]);
  });

  it('resolves it when the fault is over', () => {
    expect(after.at(-1)?.map(({ id, status }) => [id, status])).toEqual([[before[0]?.id, 'resolved']]);
    expect(after.at(-1)?.[0]?.detected_at).toBe(before[0]?.detected_at);
  });
});
