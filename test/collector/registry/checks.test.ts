import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  canonicalJson,
  capable,
  checksOf,
  everyMsOf,
  selects,
  timeoutMsOf,
} from '../../../collector/registry/checks.ts';
import { PROBES } from '../../../probes/registry.ts';
import { probeSchema, type TargetSpec } from '../../../probes/spec.ts';
import { labelsOf } from '../../support/records.ts';

const candidate = (more: Partial<Candidate> = {}): Candidate => ({
  id: 'eu-west-1',
  labels: labelsOf('eu-west', { tags: ['canary', 'rack-1'] }),
  capabilities: { probeTypes: Object.keys(PROBES), browser: '' },
  ...more,
});
const probe = (more: Record<string, unknown> = {}) =>
  probeSchema.parse({ name: 'front', type: 'http', targets: ['origin'], every: '2s', ...more });
const targets = (more: Partial<TargetSpec> = {}) =>
  new Map([['origin', { name: 'origin', url: 'http://video.example/', labels: {}, ...more }]]);

describe('a selector', () => {
  it.each([
    [{}, true],
    [{ region: ['us-east', 'eu-west'] }, true],
    [{ region: ['us-east'] }, false],
    [{ region: [] }, false],
    [{ country: ['DE'], isp: ['Example Telekom'], network: ['datacenter'] }, true],
    [{ country: ['DE'], isp: ['Other'] }, false],
    [{ network: ['mobile', 'residential'] }, false],
    [{ tag: ['other', 'rack-1'] }, true],
    [{ tag: ['other'] }, false],
    [{ agent: ['eu-west-1'] }, true],
    [{ agent: ['eu-west-2'] }, false],
  ])('%j selects the agent: %s', (selector, chosen) => {
    expect(selects(selector as Parameters<typeof selects>[0], candidate())).toBe(chosen);
  });
});

describe('an agent', () => {
  it('is capable of the types that it knows', () => {
    expect(capable(probe(), candidate())).toBe(true);
    expect(capable(probe(), candidate({ capabilities: { probeTypes: ['upload'], browser: '' } }))).toBe(
      false,
    );
    expect(capable(probe({ type: 'nothing-such' }), candidate())).toBe(false);
  });

  it('needs a browser for the types of the browser lane', () => {
    const types = Object.values(PROBES).filter(({ lane }) => lane === 'browser');
    expect(types.length).toBeGreaterThan(0);
    for (const { type } of types) {
      expect(capable(probe({ type }), candidate())).toBe(false);
      const probeTypes = Object.keys(PROBES);
      expect(
        capable(probe({ type }), candidate({ capabilities: { probeTypes, browser: 'Chromium 156' } })),
      ).toBe(true);
    }
  });
});

describe('the checks of a probe', () => {
  it('are one a target, with the timeout of the type where the probe has none', () => {
    const both = new Map([
      ...targets(),
      ['cdn', { name: 'cdn', url: 'https://cdn.example/', labels: { pop: 'fra' } }],
    ]);
    const checks = checksOf(probe({ targets: ['origin', 'cdn'] }), both);
    expect(
      checks.map(({ assignment }) => [assignment.target.name, assignment.everyMs, assignment.timeoutMs]),
    ).toEqual([
      ['origin', 2000, PROBES.http?.defaults.timeoutMs],
      ['cdn', 2000, PROBES.http?.defaults.timeoutMs],
    ]);
    expect(timeoutMsOf(probe({ timeout: '750ms' }))).toBe(750);
    expect(everyMsOf(probe({ every: '1.5s' }))).toBe(1500);
  });

  it('are none for a target that is gone, a type that is gone, or parameters that it does not take any more', () => {
    expect(checksOf(probe({ targets: ['gone'] }), targets())).toEqual([]);
    expect(checksOf(probe({ type: 'gone' }), targets())).toEqual([]);
    expect(checksOf(probe({ params: { gone: 1 } }), targets())).toEqual([]);
  });

  it('differ when anything differs that the agent is told, and not otherwise', () => {
    const print = (spec: Record<string, unknown>, target: Partial<TargetSpec> = {}) =>
      checksOf(probe(spec), targets(target))[0]?.fingerprint;
    const same = print({});
    expect(print({ from: { region: ['eu-west'] } })).toBe(same);
    expect(print({}, { labels: {} })).toBe(same);
    for (const other of [
      print({ every: '3s' }),
      print({ timeout: '3s' }),
      print({ name: 'x' }),
      print({}, { url: 'http://b.example/' }),
      print({}, { labels: { pop: 'x' } }),
    ])
      expect(other).not.toBe(same);
  });
});

describe('canonicalJson', () => {
  it('is equal for equal values in whatever order their keys stand', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
