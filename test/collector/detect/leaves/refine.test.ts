import { describe, expect, it } from 'vitest';
import { groupLeaves } from '../../../../collector/detect/leaves/groupings.ts';
import { expectedBad, LeafMinutes } from '../../../../collector/detect/leaves/leaf-table.ts';
import { type Place, refine } from '../../../../collector/detect/leaves/refine.ts';
import { type Field, type Mass, scan } from '../../../../collector/detect/leaves/scan.ts';
import { LEAF_SETTINGS } from '../../../../collector/detect/leaves/settings.ts';

/** Twelve agents, three in each of four cities, two cities in each of two regions; 1000 runs each, 20 bad before. */
function nested(bad: (agent: number) => number): { field: Field; whole: Mass } {
  const rows = new LeafMinutes(['agent', 'city', 'region'], 1);
  for (let agent = 0; agent < 12; agent += 1)
    for (const t of [0, 1]) {
      const names = [`a${agent}`, `c${Math.floor(agent / 3)}`, `r${Math.floor(agent / 6)}`];
      rows.add(t, names, t === 0 ? 20 : bad(agent), 1000);
    }
  const table = rows.table();
  const field: Field = {
    ...{ table, settings: LEAF_SETTINGS },
    expected: expectedBad(table, LEAF_SETTINGS.priorWeight),
    groupings: groupLeaves(table, 3),
    alive: new Uint8Array(table.bad.length).fill(1),
  };
  return { field, whole: scan(field, 1).whole };
}

function at({ groupings }: Field, mask: number, leaf: number): Place {
  const grouping = groupings.of(mask);
  if (!grouping) throw new Error('no such cut');
  return { grouping, group: grouping.ids[leaf] as number };
}

const AGENT = 0b001;
const CITY = 0b010;
const REGION = 0b100;
const masks = (chain: readonly Place[]) => chain.map(({ grouping }) => grouping.mask);

describe('refining along nested dimensions', () => {
  it('leaves one bad agent where it is', () => {
    const { field, whole } = nested((agent) => (agent === 4 ? 400 : 20));
    expect(masks(refine(at(field, AGENT, 4), whole, field))).toEqual([AGENT]);
  });

  it('goes from an agent to the city of which the others are bad as well', () => {
    const { field, whole } = nested((agent) => (agent === 4 ? 400 : agent === 3 || agent === 5 ? 120 : 20));
    const chain = refine(at(field, AGENT, 4), whole, field);
    expect(chain.at(-1)?.grouping.mask).toBe(CITY);
  });

  it('goes on to the region where both of its cities are bad', () => {
    const { field, whole } = nested((agent) => (agent === 4 ? 400 : agent < 6 ? 200 : 20));
    expect(refine(at(field, AGENT, 4), whole, field).at(-1)?.grouping.mask).toBe(REGION);
  });

  it('goes from a region to the city, and from there to the agent, that has it all', () => {
    const { field, whole } = nested((agent) => (agent === 4 ? 400 : 20));
    expect(refine(at(field, REGION, 4), whole, field).at(-1)?.grouping.mask).toBe(AGENT);
    const city = nested((agent) => (agent >= 3 && agent < 6 ? 400 : 20));
    expect(refine(at(city.field, REGION, 4), city.whole, city.field).at(-1)?.grouping.mask).toBe(CITY);
  });

  it('does not go to a wider place whose rest is raised by a little that may be chance', () => {
    const { field, whole } = nested((agent) => (agent === 4 ? 400 : agent === 3 ? 24 : 20));
    expect(masks(refine(at(field, AGENT, 4), whole, field))).toEqual([AGENT]);
  });
});
