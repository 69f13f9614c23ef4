import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { facetsOf, type Match, matches, matchSchema, matchText } from '../../../collector/notify/matchers.ts';
import { incidentOf } from '../incidents/incidents.ts';

const LABELS: Readonly<Record<string, Record<string, string>>> = { clip: { team: 'video', cdn: 'one' } };
const facets = facetsOf(incidentOf({ target: 'clip' }), (target) => LABELS[target]);
const wide = facetsOf(
  incidentOf({
    scope: { kind: 'global' },
    evidence: {
      ...incidentOf().evidence,
      cells: ['eu-west', 'us-east'].map((name) => ({
        region: name,
        probe: 'edge',
        target: 'clip',
        metric: 'ttfb_ms',
        evidence: 1,
        share: 1,
        agents: 3,
      })),
    },
  }),
  () => undefined,
);

describe('the facets of an incident', () => {
  it('are what it concerns: of a wide one every region that has evidence, and the labels of its targets', () => {
    expect(facets).toMatchObject({
      severity: ['critical'],
      scope: ['region:eu-west'],
      region: ['eu-west'],
      target: ['clip'],
      probe: ['edge'],
      labels: { team: ['video'], cdn: ['one'] },
    });
    expect(wide.region).toEqual(['eu-west', 'us-east']);
  });
});

it('an incident of a network, a country, an edge or the way to one can be meant as such', () => {
  const of = (scope: Incident['scope']) => facetsOf(incidentOf({ scope }), () => undefined);
  const way = of({ kind: 'route', region: 'eu-west', pop: 'ams1' });
  expect([way.scope_kind, way.region, way.pop]).toEqual([['route'], ['eu-west'], ['ams1']]);
  expect(matches({ pop: ['ams*'] }, way, 'some')).toBe(true);
  expect(matches({ isp: ['Cable Two'] }, of({ kind: 'isp', isp: 'Cable Two' }), 'every')).toBe(true);
  expect(matches({ country: ['DE'] }, of({ kind: 'country', country: 'FR' }), 'some')).toBe(false);
});

describe('a match', () => {
  it.each<readonly [Match, boolean]>([
    [{}, true],
    [{ severity: ['critical'] }, true],
    [{ severity: ['warning'] }, false],
    [{ severity: ['warning', 'critical'] }, true],
    [{ region: ['eu-*'] }, true],
    [{ region: ['*-west'] }, true],
    [{ region: ['e*-*t'] }, true],
    [{ region: ['eu-west*west'] }, false],
    [{ region: ['!eu-west'] }, false],
    [{ region: ['!us-*'] }, true],
    [{ region: ['eu-*', '!eu-west'] }, false],
    [{ region: ['eu-west'], blame: ['network'] }, false],
    [{ scope_kind: ['region'], target: ['clip'], probe: ['edge'], metric: ['ttfb_ms'] }, true],
    [{ labels: { team: ['video'] } }, true],
    [{ labels: { team: ['audio'] } }, false],
    [{ labels: { nobody: ['*'] } }, false],
  ])('%j of the one incident: %s', (match, expected) => {
    expect(matches(match, facets, 'some')).toBe(expected);
    expect(matches(match, facets, 'every')).toBe(expected);
  });

  it('of a route takes what concerns anything of it; of a silence only what concerns nothing else', () => {
    expect(matches({ region: ['eu-west'] }, wide, 'some')).toBe(true);
    expect(matches({ region: ['eu-west'] }, wide, 'every')).toBe(false);
    expect(matches({ region: ['eu-west', 'us-east'] }, wide, 'every')).toBe(true);
  });

  it('of many stars is quick', () => {
    const long = facetsOf(
      incidentOf({ scope: { kind: 'region', region: 'a'.repeat(5000) } }),
      () => undefined,
    );
    expect(matches({ region: [`${'*a'.repeat(100)}*b`] }, long, 'some')).toBe(false);
  });

  it('takes one value for a list of one, and no name that it does not know', () => {
    expect(matchSchema.parse({ region: 'eu-west' })).toEqual({ region: ['eu-west'] });
    expect(matchSchema.safeParse({ regoin: 'eu-west' }).success).toBe(false);
  });

  it('reads as its conditions', () => {
    expect(matchText({ severity: ['critical'], labels: { team: ['video', 'cdn'] } })).toBe(
      'severity=critical labels.team=video,cdn',
    );
    expect(matchText({})).toBe('everything');
  });
});
