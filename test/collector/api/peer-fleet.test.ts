import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningApi, SPEC, startApi } from './running-api.ts';

let api: RunningApi;

beforeEach(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
});
afterEach(() => api.close());

interface Answer {
  readonly cursor: number;
  readonly agents: readonly { readonly id: string; readonly identity?: object }[];
}

const fleet = async (since: number) => (await api.get(`/api/v1/peers/fleet?since=${since}`)).body as Answer;

function orderOf(tell: readonly string[]) {
  return {
    run: {
      requestId: 'r-1',
      probe: 'front-page',
      askedMs: api.clock.nowMs,
      agents: tell,
      expected: tell.length,
    },
    trigger: 'manual',
    assignments: [
      {
        probe: 'front-page',
        type: 'http',
        target: { name: 'origin', url: 'http://video.sandbox.test/', labels: {} },
        everyMs: 2000,
        timeoutMs: 5000,
        params: {},
        effectiveFromMs: 1,
      },
    ],
    tell,
  };
}

describe('what collectors ask each other', () => {
  it('gives every agent once, and then only those of which anything changed', async () => {
    const first = await fleet(0);
    expect(first.agents).toMatchObject([{ id: 'eu-west-1', identity: { boot: 'eu-west-1-boot' } }]);
    expect((await fleet(first.cursor)).agents).toEqual([]);
    api.registry.contested('eu-west-1');
    const [changed] = (await fleet(first.cursor)).agents;
    expect(changed).toMatchObject({ id: 'eu-west-1', rivalAgoMs: 0 });
    expect(changed?.identity).toBeUndefined();
  });

  it('tells the agents that are here, and says which', async () => {
    const { status, body } = await api.send(
      'POST',
      '/api/v1/peers/run-now',
      orderOf(['eu-west-1', 'elsewhere']),
    );
    expect([status, body]).toEqual([200, { agents: ['eu-west-1'] }]);
    expect(api.sent.filter(({ type }) => type === 'run_now')).toHaveLength(1);
    expect(api.registry.askedRun('r-1')?.probe).toBe('front-page');
  });

  it.each([
    ['GET', '/api/v1/peers/fleet?since=-1', undefined],
    ['GET', '/api/v1/peers/fleet?from=1', undefined],
    ['POST', '/api/v1/peers/run-now', {}],
    ['POST', '/api/v1/peers/run-now', { run: {}, trigger: 'schedule', assignments: [], tell: [] }],
  ])('refuses %s %s with what is not understood', async (method, path, body) => {
    expect((await api.send(method, path, body)).status).toBe(400);
  });
});
