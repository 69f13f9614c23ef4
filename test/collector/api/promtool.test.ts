/** `/metrics` under the eyes of Prometheus itself: `promtool check metrics` parses and lints it. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, programMissing } from '../../support/programs.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from './running-api.ts';

const missing = programMissing('promtool');

describe.skipIf(missing)(`/metrics under promtool${missing ? ` (${missing})` : ''}`, () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await startApi();
    await api.registry.apply({
      ...SPEC,
      probes: SPEC.probes.map((probe) => ({ ...probe, slo: { objective: '99.9%', window: '30d' } })),
    });
    await api.connect('eu-west-1', 'eu-west');
    api.shelf.put('opened', incidentOf());
    const now = api.clock.nowMs;
    await api.insert('eu-west', [
      {
        scheduledMs: now - 4000,
        durationMs: 250,
        metrics: { dns_ms: 5, connect_ms: 10, tls_ms: 20, ttfb_ms: 200, transfer_ms: 35 },
        attributes: { http_status: '200' },
      },
      { target: 'name "with" \\ and\nbreak', scheduledMs: now - 3000 },
    ]);
  });
  afterAll(() => api?.close());

  it('has nothing that a scraper would refuse, and nothing that the linter complains of', async () => {
    const { body } = await api.get('/metrics');
    const { status, stdout, stderr } = spawnSync(findProgram('promtool') ?? '', ['check', 'metrics'], {
      input: body as string,
      encoding: 'utf8',
    });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});
