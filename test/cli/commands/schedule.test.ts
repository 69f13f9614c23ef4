import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanJson } from '../../../collector/api/answers/checks.ts';
import { temporaryFolder } from '../../agent/fixtures.ts';
import { type RunningApi, SPEC, startApi } from '../../collector/api/running-api.ts';
import { outrider } from '../../support/outrider.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  for (const n of [1, 2, 3]) await api.connect(`eu-west-${n}`, 'eu-west');
  await api.connect('us-east-1', 'us-east');
});
afterAll(() => api.close());

const plan = (...args: string[]) => outrider('schedule', 'plan', ...args, '--collector', api.url);

describe('schedule plan', () => {
  it('says who runs what as things are, the load, and how soon an outage shows', async () => {
    const { code, stdout } = await plan('-o', 'json');
    expect(code).toBe(0);
    const { agents, probes } = JSON.parse(stdout) as PlanJson;
    expect(probes).toMatchObject([
      { probe: 'front-page', every_ms: 2000, targets: 1, agents: 4, short: 0, runs_per_minute: 120 },
    ]);
    expect(probes[0]?.regions).toMatchObject([
      { region: 'eu-west', agents: 3, detected_as: 'region' },
      { region: 'us-east', agents: 1 },
    ]);
    expect(probes[0]?.regions[0]?.detect_outage_ms).toBeLessThan(60_000);
    expect(agents).toHaveLength(4);
    expect(agents[0]).toMatchObject({ checks: 1, runs_per_minute: 30 });
  });

  it('of a file says what would be, names what is short, and changes nothing', async () => {
    const file = join(temporaryFolder(), 'probes.yaml');
    writeFileSync(
      file,
      `version: 1
probes:
  - { name: front-page, type: http, targets: [origin], every: 10s, from: "2 per region" }
  - { name: paused, type: http, targets: [origin], every: 10s, paused: true }
`.replace('version: 1', 'version: 1\ntargets: [{ name: origin, url: "http://video.sandbox.test/" }]'),
    );
    const { code, stdout, stderr } = await plan('-f', file, '--who');
    expect(code).toBe(0);
    expect(stderr).toContain('front-page: 1 agents are short');
    expect(stdout).toMatch(/front-page +http +10 s +1 +3 +1 +18 /);
    expect(stdout).toMatch(/front-page +eu-west +2 of 3 +2 +eu-west-\d, eu-west-\d/);
    expect(stdout).toMatch(/paused.*paused/);
    expect(api.registry.probe('front-page')?.everyMs).toBe(2000);
    expect(api.registry.probe('paused')).toBeUndefined();
  });

  it('refuses a file with a location that is none, and says where', async () => {
    const file = join(temporaryFolder(), 'probes.yaml');
    writeFileSync(
      file,
      'version: 1\ntargets: [{ name: a, url: "http://a.test/" }]\nprobes:\n  - { name: b, type: http, targets: [a], every: 10s, from: "2 per planet" }\n',
    );
    const { code, stderr } = await plan('-f', file);
    expect(code).toBe(65);
    expect(stderr).toMatch(/4:\d+.*"planet" is no label/);
  });
});
