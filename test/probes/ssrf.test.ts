import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SsrfStage } from './ssrf-stage.ts';
import { ANSWERS, ATTEMPTS, type Attempt, HOSTS, PLACES, TYPES } from './ssrf-tricks.ts';

let stage: SsrfStage;

beforeAll(async () => {
  stage = await SsrfStage.open();
});

afterAll(() => stage.close());

describe('the table', () => {
  it('has at least 40 tricks, and every light probe', () => {
    expect(new Set(HOSTS.map(([, host]) => host)).size).toBe(HOSTS.length);
    expect(HOSTS.length).toBeGreaterThanOrEqual(40);
    expect(TYPES.filter((type) => ATTEMPTS[type] === undefined)).toEqual([]);
  });
});

describe.each(TYPES.flatMap((type) => Object.keys(ATTEMPTS[type] ?? {}).map((way) => [type, way] as const)))(
  'the probe %s over %s',
  (type, way) => {
    const how = ATTEMPTS[type]?.[way] as Attempt;

    it.each(HOSTS)('refuses %s, %s, and nobody is called', async (_trick, host) => {
      const { result, contacts } = await stage.tryHost(type, how, host);
      if (result !== 'refused') {
        expect(result).toMatchObject({ outcome: 'fail', failure: { layer: 'agent', blame: 'agent' } });
        expect(['forbidden_target', 'bad_params']).toContain(
          result.outcome === 'fail' && result.failure.code,
        );
        expect(result.metrics).not.toHaveProperty('connect_ms');
      }
      expect(contacts).toEqual([]);
    });

    it('dials the address that was checked, where the name answers with another each time', async () => {
      expect(await stage.tryRebinding(type, how)).toEqual([]);
    });
  },
);

describe.each(
  ANSWERS.filter(([, type]) => TYPES.includes(type)).map((lead) => [lead[0], lead[1], lead] as const),
)('%s, to the probe %s', (_what, _type, lead) => {
  it.each(PLACES)('does not lead it to %s', async (host) => {
    const { result, contacts } = await stage.tryLead(lead, host);
    expect(result).toMatchObject({ outcome: 'fail' });
    expect(contacts).toEqual([]);
  });
});
