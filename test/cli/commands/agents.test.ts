import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Health } from '../../../protocol/frame.ts';
import { slotAtOrAfter, slotSeries } from '../../../protocol/slots.ts';
import { type RunningApi, SPEC, startApi } from '../../collector/api/running-api.ts';
import { healthOf } from '../../support/health.ts';
import { outrider } from '../../support/outrider.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
  const startMs = api.clock.nowMs;
  api.clock.nowMs += 120_000;
  const series = slotSeries('front-page', 'origin', 'eu-west-1', 2000);
  const slots = [];
  for (let at = slotAtOrAfter(series, startMs + 2000); at < api.clock.nowMs - 7000; at += 2000)
    slots.push(at);
  await api.insert(
    'eu-west',
    slots.map((scheduledMs) => ({ scheduledMs })),
  );
});
afterEach(() => api.close());

const run = (...args: string[]) => outrider('agents', ...args, '--collector', api.url);

/** The agent says that it is well, but for `more`. */
function says(more: Partial<Health> = {}): void {
  const scheduleRevision = api.registry.agent('eu-west-1')?.revision ?? 0;
  api.registry.heard('eu-west-1', healthOf({ scheduleRevision, ...more }));
}

describe('outrider agents', () => {
  it('why prints the equation and what is wrong, and ends with 2 when something is', async () => {
    says({ clockOffsetMs: -3200 });
    const { code, stdout, stderr } = await run('why', 'eu-west-1');
    expect([code, stderr]).toEqual([2, '']);
    expect(stdout).toMatch(/^eu-west-1 \(eu-west\): connected at solitary since 2026/);
    expect(stdout).toContain("! Its clock is 3.2 s ahead of the collector's");
    expect(stdout).toContain('  Try: Set its clock by NTP');
    expect(stdout).toMatch(/\d+ expected = \d+ stored \+ 0 pending/);
    expect(stdout).toMatch(/spool +0 results, 0 of them sent; 500 B of 64 MB/);
  });

  it('why gives everything to programs, and ends with 0 when nothing is wrong', async () => {
    says();
    const { code, stdout } = await run('why', 'eu-west-1', '--since', '1h', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual((await api.get('/api/v1/agents/eu-west-1/why?since=1h')).body);
  });

  it('why gets along with an agent that has not said how it is', async () => {
    const { code, stdout } = await run('why', 'eu-west-1');
    expect(code).toBe(2);
    expect(stdout).toContain('! It has been silent since');
    expect(stdout).toMatch(/health +it has not said how it is/);
  });

  it('get shows the agent and what it was told to run', async () => {
    says();
    const { code, stdout } = await run('get', 'eu-west-1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^region +eu-west$/m);
    expect(stdout).toMatch(/^front-page +http +origin +2000 ms/m);
    expect(JSON.parse((await run('get', 'eu-west-1', '-o', 'json')).stdout)).toMatchObject({
      id: 'eu-west-1',
      checks: [{ probe: 'front-page' }],
    });
  });

  it.each(['why', 'get'])('%s of an agent that nobody has says what was probably meant', async (verb) => {
    const { code, stdout, stderr } = await run(verb, 'eu-wst-1');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe('Error: There is no agent named eu-wst-1.\n  Try: Did you mean eu-west-1?\n');
  });
});
