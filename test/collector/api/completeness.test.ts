import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_LIMITS } from '../../../collector/api/limits.ts';
import { slotAtOrAfter, slotSeries } from '../../../protocol/slots.ts';
import { type RunningApi, SPEC, startApi } from './running-api.ts';

interface Step {
  readonly at: string;
  readonly expected: number;
  readonly stored: number;
  readonly missed: number;
  readonly missed_by_reason: Record<string, number> | null;
  readonly unheard: number;
}
interface Answer {
  readonly data: readonly Step[];
  readonly since: string;
  readonly until: string;
  readonly step_seconds: number;
}

const MINUTE = 60_000;
let api: RunningApi;
let beginMs: number;

/** Two agents of eu-west and one of us-east run a check every two seconds; results of the first come for all slots but a few. */
beforeAll(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  for (const [agent, region] of [
    ['eu-west-1', 'eu-west'],
    ['eu-west-2', 'eu-west'],
    ['us-east-1', 'us-east'],
  ] as const)
    await api.connect(agent, region);
  await api.registry.settled();
  beginMs = api.clock.nowMs;
  const series = slotSeries('front-page', 'origin', 'eu-west-1', 2000);
  const first = slotAtOrAfter(series, beginMs + 2 * MINUTE);
  const slot = (nth: number) => first + nth * 2000;
  await api.insert('eu-west', [
    ...Array.from({ length: 26 }, (_, i) => ({ scheduledMs: slot(i), metrics: { ttfb_ms: 20 } })),
    { scheduledMs: slot(26), outcome: 'missed', missedReason: 'overrun', metrics: {} },
    { scheduledMs: slot(27), outcome: 'missed', missedReason: 'shed', metrics: {} },
  ]);
  api.clock.nowMs = beginMs + 5 * MINUTE;
});
afterAll(() => api?.close());

const get = async (query: string) => (await api.get(`/api/v1/completeness?${query}`)).body as Answer;
const at = ({ data }: Answer, ms: number) => data.find((step) => Date.parse(step.at) === ms);

describe('GET /api/v1/completeness', () => {
  it('says of each step what was expected and what became of it, without the step that runs', async () => {
    const answer = await get('since=10m&agent=eu-west-1');
    expect(answer).toMatchObject({
      step_seconds: 60,
      until: new Date(beginMs + 5 * MINUTE).toISOString(),
    });
    expect(answer.data).toHaveLength(10);
    const step = at(answer, beginMs + 2 * MINUTE);
    expect(step).toMatchObject({ expected: 30, missed_by_reason: expect.any(Object) });
    expect((step?.stored ?? 0) + (step?.missed ?? 0) + (step?.unheard ?? 0)).toBe(30);
  });

  it('counts the same out of the rollups, and the slots of the agents of a region or of all', async () => {
    const all = await get('since=10m&probe=front-page');
    const region = await get('since=10m&region=eu-west&target=origin');
    const later = beginMs + 3 * MINUTE;
    expect([at(all, later)?.expected, at(region, later)?.expected]).toEqual([90, 60]);
    const ran = (answer: Answer) => answer.data.reduce((sum, { missed, stored }) => sum + missed + stored, 0);
    expect([ran(all), ran(region)]).toEqual([28, 28]);
    const reasons = all.data.flatMap(({ missed_by_reason }) => Object.entries(missed_by_reason ?? {}));
    expect(reasons.toSorted()).toEqual([
      ['overrun', 1],
      ['shed', 1],
    ]);
    expect(at(all, later)?.unheard).toBeGreaterThan(55);
  });

  it('expects nothing of a probe that nobody runs', async () => {
    const { data } = await get('since=10m&probe=other');
    expect(data.reduce((sum, { expected }) => sum + expected, 0)).toBe(0);
  });

  it('leaves out why slots were missed where the time is too long, and cuts that of one agent', async () => {
    const days = API_LIMITS.rawWindowMs.value / 86_400_000 + 1;
    const long = await get(`since=${days}d`);
    expect(new Set(long.data.map(({ missed_by_reason }) => missed_by_reason))).toEqual(new Set([null]));
    const { since, until } = await get(`since=${days}d&agent=eu-west-1`);
    expect(Date.parse(until) - Date.parse(since)).toBeLessThanOrEqual(
      API_LIMITS.rawWindowMs.value + 3_600_000,
    );
  });

  it('refuses a time that ends before it begins, and an agent that is not there', async () => {
    expect(await api.get('/api/v1/completeness?since=1h&until=2h')).toMatchObject({ status: 400 });
    expect(await api.get('/api/v1/completeness?agent=nobody')).toMatchObject({ status: 404 });
  });
});
