/** A running fleet with three faults of different kinds in different scopes at once: three incidents, each in its place. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_HOST, sandboxProbes } from '../../cli/up/default-probes.ts';
import { Fleet } from '../../cli/up/fleet.ts';
import type { IncidentJson } from '../../collector/api/answers/incidents.ts';

/** Baselines are there after thirty runs. */
const WARM_MS = 60_000;
const WAIT_MS = 120_000;
const FAULTS = ['eu-west:latency=400ms@0s', 'us-east:error=503:50%@0s'];

describe('a fleet with a slow region, a failing region and a broken target', () => {
  let fleet: Fleet;
  let dataDir: string;
  let incidents: readonly IncidentJson[] = [];

  const listed = async () =>
    (await fleet.client.get<{ data: IncidentJson[] }>('/api/v1/incidents', { since: '1h' })).data;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'outrider-three-'));
    const spec = sandboxProbes(false);
    fleet = await Fleet.start({
      dataDir,
      port: 0,
      clickhouse: undefined,
      regions: ['us-east', 'eu-west', 'ap-southeast'],
      agentsPerRegion: 3,
      browserPath: undefined,
      target: undefined,
      spec,
      progress: () => undefined,
    });
    await sleep(WARM_MS);
    fleet.inject(FAULTS);
    // An edit by which a target is not there any more, for anybody.
    const targets = spec.targets.map((target) =>
      target.name === 'clip-mp4' ? { ...target, url: `http://${SANDBOX_HOST}/v/no-such-clip.mp4` } : target,
    );
    await fleet.client.post('/api/v1/probes/apply', { spec: { ...spec, targets }, dry_run: false });
    const untilMs = Date.now() + WAIT_MS;
    while (incidents.length < 3 && Date.now() < untilMs) {
      await sleep(1000);
      incidents = await listed();
    }
    // What would be one too many has time to show.
    await sleep(20_000);
    incidents = await listed();
  }, 300_000);

  afterAll(async () => {
    await fleet?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }, 60_000);

  it('has three incidents in the right scopes', () => {
    expect(incidents.map(({ scope }) => scope).toSorted()).toEqual([
      'region:eu-west',
      'region:us-east',
      'target:clip-mp4',
    ]);
    expect(incidents.every(({ status }) => status === 'open')).toBe(true);
  });

  it('says of each what it is', () => {
    const byScope = new Map(incidents.map((incident) => [incident.scope, incident]));
    expect(byScope.get('region:eu-west')?.metric).toMatch(/_ms$/);
    expect(byScope.get('region:us-east')?.metric).toBe('failure_ratio');
    expect(byScope.get('target:clip-mp4')?.metric).toBe('failure_ratio');
  });

  it('names the edit of the target as a suspect', async () => {
    const id = incidents.find(({ scope }) => scope === 'target:clip-mp4')?.id ?? '';
    const { evidence } = await fleet.client.get<{ evidence: { changes?: { kind: string; name: string }[] } }>(
      `/api/v1/incidents/${id}`,
    );
    expect(evidence.changes?.[0]).toMatchObject({ kind: 'target', name: 'clip-mp4' });
  });
});
