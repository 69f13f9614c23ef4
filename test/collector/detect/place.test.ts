import { describe, expect, it } from 'vitest';
import { scopeText } from '../../../collector/detect/incident.ts';
import { type Placed, placeOf } from '../../../collector/detect/place.ts';
import type { RecentLeaf } from '../../../collector/detect/recent-leaves.ts';
import type { Series } from '../../../collector/detect/series.ts';
import { DETECT_DEFAULTS } from '../../../collector/detect/settings.ts';
import { seriesOf } from './observations.ts';

const ROUNDS = 10;

/** Four regions of two countries and two edges, three networks a country, two agents of each in a region, two targets. */
const FLEET: readonly Series[] = [0, 1, 2, 3].flatMap((r) =>
  [0, 1, 2, 3, 4, 5].flatMap((i) =>
    ['clips', 'live'].map((target) =>
      seriesOf({
        agent: `r${r}-${i}`,
        region: `r${r}`,
        target,
        dims: { country: `c${r >> 1}`, isp: `c${r >> 1}-n${i % 3}`, pop: `pop${r % 2}` },
      }),
    ),
  ),
);

/** So many rounds of each series were bad. */
function leaves(badOf: (series: Series) => number, fleet: readonly Series[] = FLEET): RecentLeaf[] {
  return fleet.map((series) => ({ series, bad: badOf(series), total: ROUNDS, usual: 0.2 }));
}

const place = (
  badOf: (series: Series) => number,
  isAlarmed: (series: Series) => boolean = ({ region }) => region === 'r1',
  fleet = FLEET,
): Placed | undefined => placeOf(leaves(badOf, fleet), isAlarmed, 4, DETECT_DEFAULTS);

const nameOf = (placed: Placed | undefined): string | undefined => placed && scopeText(placed.scope);

describe('the place of an alarm', () => {
  it.each<[string, (series: Series) => boolean]>([
    ['agent:r1-3', ({ agent }) => agent === 'r1-3'],
    ['region:r1', ({ region }) => region === 'r1'],
    ['country:c0', ({ dims }) => dims.country === 'c0'],
    ['isp:c0-n1', ({ dims }) => dims.isp === 'c0-n1'],
    ['isp:c0-n1 in r1', ({ dims, region }) => dims.isp === 'c0-n1' && region === 'r1'],
    ['pop:pop1', ({ dims }) => dims.pop === 'pop1'],
    ['target:live', ({ target }) => target === 'live'],
    ['global', () => true],
  ])('is %s where just that is bad, though mostly and not always', (name, isBad) => {
    const placed = place((series) => (isBad(series) ? 8 : 1));
    expect(nameOf(placed)).toBe(name);
    expect(placed?.place.share).toBeGreaterThan(0.25);
  });

  it('is the region that names the target where one target is bad in one region', () => {
    const placed = place(({ region, target }) => (region === 'r1' && target === 'live' ? 8 : 1));
    expect(nameOf(placed)).toBe('region:r1');
    expect(placed?.target).toBe('live');
  });

  it('is what the alarm is about, though something worse is elsewhere', () => {
    const badOf = ({ region }: Series) => (region === 'r3' ? 10 : region === 'r0' ? 6 : 0);
    expect(nameOf(place(badOf, ({ region }) => region === 'r0'))).toBe('region:r0');
    expect(nameOf(place(badOf, ({ region }) => region === 'r3'))).toBe('region:r3');
  });

  it('is nothing wider where two of four regions are bad that share neither country nor edge', () => {
    expect(nameOf(place(({ region }) => (region === 'r1' || region === 'r2' ? 8 : 0)))).toBe('region:r1');
  });

  it('is no region for one agent of it, however bad', () => {
    expect(nameOf(place(({ agent }) => (agent === 'r1-0' ? 10 : 2)))).toBe('agent:r1-0');
  });

  it('is not known where nothing is raised', () => {
    expect(place(() => 2)).toBeUndefined();
    expect(place(() => 0)).toBeUndefined();
    expect(placeOf([], () => true, 4, DETECT_DEFAULTS)).toBeUndefined();
  });

  it('names what cannot be told apart: an edge that serves one region only', () => {
    const own = FLEET.map((series) =>
      seriesOf({ ...series, dims: { country: `of ${series.region}`, pop: `at ${series.region}` } }),
    );
    const placed = place(({ region }) => (region === 'r1' ? 9 : 0), undefined, own);
    expect(nameOf(placed)).toBe('region:r1');
    expect(placed?.place.alternatives.map(scopeText)).toEqual(['pop:at r1']);
  });

  it('does not take the only target there is for the cause', () => {
    const one = FLEET.filter(({ target }) => target === 'live');
    const placed = place(() => 8, undefined, one);
    expect(nameOf(placed)).toBe('global');
    expect(placed?.place.alternatives.map(scopeText)).toContain('target:live');
  });

  it('has what it explains, and what speaks against it: an agent of a bad region that is well', () => {
    const { place: found } =
      place(({ agent, region }) => (region === 'r1' && agent !== 'r1-2' ? 8 : 1)) ?? {};
    expect(found?.score).toBeGreaterThan(4);
    expect(found?.share).toBeGreaterThan(0.7);
    expect(found?.counterExamples).toMatchObject([{ kind: 'well_inside', set: { agent: 'r1-2' } }]);
  });

  it('is a region where agents without labels are bad in two: they have nothing else in common', () => {
    const some = FLEET.map((series) =>
      series.region === 'r1' || series.region === 'r2' ? seriesOf({ ...series, dims: {} }) : series,
    );
    const badOf = ({ region }: Series) => (region === 'r1' || region === 'r2' ? 8 : 0);
    expect(nameOf(place(badOf, undefined, some))).toBe('region:r1');
    const none = FLEET.map((series) => seriesOf({ ...series, dims: {} }));
    expect(nameOf(place(badOf, undefined, none))).toBe('region:r1');
    const found = place(({ agent }) => (agent === 'r1-0' ? 9 : 0), undefined, some);
    expect([nameOf(found), found?.place.alternatives]).toEqual(['agent:r1-0', []]);
  });

  it('is everything where all is bad and one target the worst', () => {
    const badOf = ({ target }: Series) => (target === 'live' ? 8 : 5);
    expect(nameOf(place(badOf))).toBe('global');
  });

  it('is no target that is bad in two regions of three', () => {
    const three = FLEET.filter(({ region }) => region !== 'r3');
    const badOf = ({ region, target }: Series) => (target === 'live' && region !== 'r2' ? 9 : 0);
    expect(nameOf(place(badOf, ({ target }) => target === 'live', three))).not.toBe('target:live');
  });

  it('is a way where a region has two edges and is bad by one of them, which is well with others', () => {
    const fleet = [0, 1, 2].flatMap((r) =>
      [0, 1, 2, 3, 4, 5].map((i) =>
        seriesOf({ agent: `r${r}-${i}`, region: `r${r}`, dims: { pop: `pop${i % 2}` } }),
      ),
    );
    const badOf = ({ region, dims }: Series) => (region === 'r1' && dims.pop === 'pop0' ? 9 : 0);
    expect(nameOf(place(badOf, undefined, fleet))).toBe('route:r1 to pop0');
  });
});
