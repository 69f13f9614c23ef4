import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, SPEC, startApi } from '../../collector/api/running-api.ts';
import { outrider } from '../../support/outrider.ts';

const MINUTE_MS = 60_000;
let api: RunningApi;

beforeAll(async () => {
  api = await startApi({ startMs: Date.now() });
});
afterAll(() => api?.close());

const run = (...args: string[]) => outrider('slo', 'list', ...args, '--collector', api.url);

describe('outrider slo list', () => {
  it('says how to promise something while nothing is', async () => {
    const { code, stderr } = await run();
    expect(code).toBe(0);
    expect(stderr).toContain('slo: { objective: 99.9% }');
  });

  it('shows what is left of a budget in percent and in time, and how fast it goes', async () => {
    const [probe] = SPEC.probes;
    await api.registry.apply({ ...SPEC, probes: [{ ...probe, slo: { objective: '99%', window: '10d' } }] });
    const failure = { layer: 'http', blame: 'target', code: 'timeout', message: '' } as const;
    await api.insert(
      'eu-west',
      Array.from({ length: 1000 }, (_, i) => ({
        ...{ probe: 'front-page', target: 'origin', scheduledMs: Date.now() - MINUTE_MS - i },
        ...(i < 4 ? { outcome: 'fail', failure, metrics: {} } : { outcome: 'ok' }),
      })),
    );
    const { stdout } = await run();
    const [head, line] = stdout.trim().split('\n');
    expect(head).toMatch(
      /^PROBE +TARGET +OBJECTIVE +GOOD +BUDGET LEFT +TIME LEFT +BURN 1H +BURN 6H +BURN 3D +STATE +INCIDENT/,
    );
    expect(line).toMatch(/^front-page +origin +99% over 10d +99\.6% +60% +1h 26m +0\.4x +0\.4x +0\.4x +ok /);
    const { data } = JSON.parse((await run('-o', 'json')).stdout);
    expect(data).toMatchObject([{ runs: 1000, bad: 4, budget: { total_seconds: 8640 } }]);
    expect((await run('--target', 'other', '-o', 'json')).stdout).toContain('"data": []');
  });
});
