import { describe, expect, it } from 'vitest';
import { type Change, concerns, RecentChanges, suspectsOf } from '../../../collector/detect/change.ts';
import { Detector } from '../../../collector/detect/detector.ts';
import { replay } from '../../../collector/detect/replay.ts';
import { EVERY_MS, runOf, seriesOf } from './observations.ts';

const MINUTE_MS = 60_000;
const START_MS = runOf(40).scheduledMs;

const change = (more: Partial<Change> = {}): Change => ({
  atMs: START_MS - MINUTE_MS,
  kind: 'deploy',
  name: 'web-7',
  text: '',
  where: {},
  relearn: false,
  ...more,
});

const EU = seriesOf({ dims: { isp: 'Cable Two', pop: 'dub1' } });
const US = seriesOf({ region: 'us-east', agent: 'us-east-1' });
const INCIDENT = { scope: { kind: 'region', region: 'eu-west' }, startedMs: START_MS } as const;

const suspects = (...changes: Change[]): string[] =>
  suspectsOf(changes, INCIDENT, [EU, US]).map(({ name }) => name);

describe('a change', () => {
  it('concerns what carries all of its labels', () => {
    expect(concerns(change(), EU)).toBe(true);
    expect(concerns(change({ where: { region: 'eu-west', target: 'clip' } }), EU)).toBe(true);
    expect(concerns(change({ where: { isp: 'Cable Two', probe: 'edge' } }), EU)).toBe(true);
    expect(concerns(change({ where: { isp: 'Cable Two', region: 'us-east' } }), EU)).toBe(false);
    expect(concerns(change({ where: { pop: 'dub1' } }), US)).toBe(false);
  });

  it('is a suspect of what begins where it was made, soon after it', () => {
    expect(suspects(change())).toEqual(['web-7']);
    expect(suspects(change({ where: { region: 'eu-west' } }))).toEqual(['web-7']);
    expect(suspects(change({ atMs: START_MS + 5000 }))).toEqual(['web-7']);
  });

  it('is none elsewhere, nor long before, nor after', () => {
    expect(suspects(change({ where: { region: 'us-east' } }))).toEqual([]);
    expect(suspects(change({ atMs: START_MS - 31 * MINUTE_MS }))).toEqual([]);
    expect(suspects(change({ atMs: START_MS + 2 * MINUTE_MS }))).toEqual([]);
  });

  it('stands before others that concern more, or were longer ago', () => {
    const found = suspects(
      change({ name: 'old', atMs: START_MS - 20 * MINUTE_MS }),
      change({ name: 'new' }),
      change({ name: 'narrow', atMs: START_MS - 25 * MINUTE_MS, where: { pop: 'dub1' } }),
    );
    expect(found).toEqual(['narrow', 'new', 'old']);
  });
});

describe('the changes of late', () => {
  it('are each once, and due once, when their time has come', () => {
    const recent = new RecentChanges();
    const one = change({ relearn: true });
    recent.add([one, change({ name: 'other' })]);
    recent.add([one]);
    expect([...recent]).toHaveLength(2);
    expect(recent.due(one.atMs - 1)).toEqual([]);
    expect(recent.due(one.atMs)).toEqual([one]);
    recent.add([one]);
    expect(recent.due(one.atMs + 1)).toEqual([]);
  });

  it('are forgotten after hours, and the oldest of too many', () => {
    const recent = new RecentChanges();
    recent.add(Array.from({ length: 1100 }, (_, i) => change({ name: `n${i}`, atMs: START_MS + i })));
    expect([...recent]).toHaveLength(1000);
    expect([...recent].some(({ name }) => name === 'n0')).toBe(false);
    recent.due(START_MS + 3 * 3_600_000);
    expect([...recent]).toEqual([]);
  });
});

/** Three agents of two regions; from run 40 on eu-west is slow. */
function history(until: number) {
  return Array.from({ length: until }, (_, i) =>
    ['eu-west', 'us-east'].flatMap((region) =>
      [1, 2, 3].map((k) => {
        const ttfb_ms = region === 'eu-west' && i >= 40 ? 500 : 20 + ((i * 7 + k * 3) % 11);
        return runOf(i, { region, agent: `${region}-${k}`, metrics: { ttfb_ms } });
      }),
    ),
  ).flat();
}

const events = (changes: readonly Change[], until = 120) => {
  const detector = new Detector();
  detector.announce(changes);
  return replay(detector, history(until), { untilMs: runOf(until).seenMs });
};

describe('the detector', () => {
  it('names a change that precedes an incident in its evidence and its sentence', () => {
    const deploy = change({ where: { region: 'eu-west' } });
    const [opened] = events([deploy]);
    expect(opened?.incident.evidence.changes).toMatchObject([{ name: 'web-7', kind: 'deploy' }]);
    expect(opened?.incident.summary).toContain('deploy web-7 was');
    expect(events([])[0]?.incident.evidence.changes).toBeUndefined();
  });

  it('learns anew what was announced to be different, and still sees what comes after', () => {
    const move = change({ atMs: START_MS - EVERY_MS / 2, relearn: true, where: { region: 'eu-west' } });
    expect(events([move])).toEqual([]);
    const elsewhere = change({ ...move, where: { region: 'us-east' } });
    expect(events([elsewhere]).map(({ kind }) => kind)).toEqual(['opened']);
  });

  it('does not learn what is already on', () => {
    const repair = change({ atMs: START_MS + 30 * EVERY_MS, relearn: true, where: { region: 'eu-west' } });
    expect(events([repair]).map(({ kind }) => kind)).toEqual(['opened']);
  });
});
