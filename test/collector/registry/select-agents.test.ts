import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../collector/registry/checks.ts';
import { isLimited, placeGroups, selectAgents } from '../../../collector/registry/select-agents.ts';
import { type LocationQuery, locationSchema } from '../../../probes/spec.ts';
import type { AgentLabels } from '../../../protocol/identity.ts';
import { labelsOf } from '../../support/records.ts';

const agent = (id: string, region: string, more: Partial<AgentLabels> = {}): Candidate => ({
  id,
  labels: labelsOf(region, { asn: 0, isp: '', city: '', ...more }),
  capabilities: { probeTypes: ['http'], browser: '' },
});
const query = (text: string): LocationQuery => locationSchema.parse(text);
const ids = (agents: readonly Candidate[]) => agents.map(({ id }) => id);

/** Three regions of six agents, two of each autonomous system. */
const FLEET = ['eu-west', 'us-east', 'ap-south'].flatMap((region) =>
  [1, 2, 3, 4, 5, 6].map((n) =>
    agent(`${region}-${n}`, region, {
      asn: 100 + Math.ceil(n / 2),
      network: n === 6 ? 'mobile' : 'datacenter',
    }),
  ),
);

const fleetOf = fc
  .uniqueArray(fc.integer({ min: 0, max: 9999 }), { minLength: 1, maxLength: 60 })
  .chain((numbers) =>
    fc.tuple(
      ...numbers.map((n) =>
        fc
          .record({ region: fc.constantFrom('a', 'b', 'c'), asn: fc.integer({ min: 0, max: 5 }) })
          .map(({ region, asn }) => agent(`agent-${n}`, region, { asn })),
      ),
    ),
  );

describe('a location', () => {
  it.each([
    ['eu-west', 6],
    ['EU-WEST', 6],
    ['eu-west | us-east', 12],
    ['eu-*', 6],
    ['!eu-west', 12],
    ['eu-west+mobile', 1],
    ['region:eu-west+network:mobile', 1],
    ['AS101', 6],
    ['asn:101+eu-west', 2],
    ['eu-west-3', 1],
    ['agent:eu-west-3 | us-east-1', 2],
    ['country:DE', 18],
    ['nowhere', 0],
    ['all', 18],
  ])('%s means %i of the fleet', (text, count) => {
    expect(selectAgents(query(text), FLEET, 'front')).toHaveLength(count);
  });

  it('without count and spread means every agent that matches, in their order', () => {
    expect(isLimited(query('eu-west'))).toBe(false);
    expect(ids(selectAgents({}, FLEET, 'front'))).toEqual(ids(FLEET));
  });

  it('gives so many of each place, no two of one autonomous system', () => {
    const groups = placeGroups(query('2 per region, different ASNs'), FLEET, 'front');
    expect(groups.map(({ value, matching, chosen }) => [value, matching, chosen.length])).toEqual([
      ['ap-south', 6, 2],
      ['eu-west', 6, 2],
      ['us-east', 6, 2],
    ]);
    for (const { chosen } of groups) expect(new Set(chosen.map(({ labels }) => labels.asn)).size).toBe(2);
  });

  it('says what is short rather than take two alike', () => {
    const [group] = placeGroups(query('5 of eu-west, different ASNs'), FLEET, 'front');
    expect([group?.wanted, group?.matching, group?.chosen.length]).toEqual([5, 6, 3]);
    const nobody = placeGroups(query('2 of nowhere'), FLEET, 'front');
    expect(nobody).toEqual([{ value: '', wanted: 2, matching: 0, chosen: [] }]);
  });

  it('takes what is unknown of two agents for the same', () => {
    const unknown = ['a', 'b', 'c'].map((id) => agent(id, 'eu-west'));
    expect(selectAgents(query('3, different ASNs'), unknown, 'front')).toHaveLength(1);
  });

  it('gives one of each value where no number is said', () => {
    const chosen = selectAgents(query('eu-west, different ASNs'), FLEET, 'front');
    expect(chosen.map(({ labels }) => labels.asn).sort()).toEqual([101, 102, 103]);
  });

  it('spreads probes over the agents', () => {
    const runs = new Map<string, number>();
    const agents = Array.from({ length: 10 }, (_, index) => agent(`edge-${index}`, 'eu-west'));
    for (let probe = 0; probe < 1000; probe += 1)
      for (const { id } of selectAgents(query('2 per region'), agents, `probe-${probe}`))
        runs.set(id, (runs.get(id) ?? 0) + 1);
    // 200 each; five deviations of a binomial distribution are 63.
    for (const count of runs.values()) expect(Math.abs(count - 200)).toBeLessThan(63);
    expect(runs.size).toBe(10);
  });

  it('does not depend on the order of the agents', () => {
    fc.assert(
      fc.property(fleetOf, fc.string(), (agents, seed) => {
        const text = query('2 per region, different asn');
        expect(ids(selectAgents(text, agents.toReversed(), seed))).toEqual(
          ids(selectAgents(text, agents, seed)),
        );
      }),
    );
  });

  it.each(['3 per region', '2 per region, different asn', '4', 'different asn'])(
    'of %s one place changes hands when an agent goes or comes, and no other',
    (text) => {
      fc.assert(
        fc.property(fleetOf, fc.nat(), (agents, pick) => {
          const gone = agents[pick % agents.length] as Candidate;
          const before = new Set(ids(selectAgents(query(text), agents, 'front')));
          const left = agents.filter((one) => one !== gone);
          const after = new Set(ids(selectAgents(query(text), left, 'front')));
          const lost = [...before].filter((id) => !after.has(id));
          const won = [...after].filter((id) => !before.has(id));
          if (before.has(gone.id)) {
            expect(lost).toEqual([gone.id]);
            expect(won.length).toBeLessThanOrEqual(1);
          } else expect([...lost, ...won]).toEqual([]);
        }),
      );
    },
  );

  it('chooses in 10,000 agents fast enough to do it whenever one comes or goes', () => {
    const agents = Array.from({ length: 10_000 }, (_, n) =>
      agent(`edge-${n}`, `region-${n % 30}`, { asn: n % 97 }),
    );
    const startMs = performance.now();
    expect(selectAgents(query('2 per region, different ASNs'), agents, 'front')).toHaveLength(60);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});
