import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LOCATION_LIMITS,
  LocationError,
  PLACE_LABELS,
  parseExpression,
  parseLocation,
  valueMatches,
} from '../../probes/location.ts';
import { locationSchema, probeSchema } from '../../probes/spec.ts';

describe('the text of a location', () => {
  it.each([
    ['eu-west', { at: 'eu-west' }],
    ['all', {}],
    ['eu-west+residential | AS3320', { at: 'eu-west+residential | AS3320' }],
    ['2 per region', { count: 2, per: 'region' }],
    ['2 per region, different ASNs', { count: 2, per: 'region', different: ['asn'] }],
    ['different isps and cities', { different: ['isp', 'city'] }],
    ['per country, different asn', { per: 'country', different: ['asn'] }],
    ['3 of eu-west', { count: 3, at: 'eu-west' }],
    ['3 eu-west', { count: 3, at: 'eu-west' }],
    ['5', { count: 5 }],
    ['5 agents', { count: 5 }],
    ['1 per isp of eu-west | us-east', { count: 1, per: 'isp', at: 'eu-west | us-east' }],
    ['eu-*, 2 per region, different isps', { at: 'eu-*', count: 2, per: 'region', different: ['isp'] }],
    ['2 of eu-* per country', { at: 'eu-*', count: 2, per: 'country' }],
    [
      'isp:"Comcast Cable Communications, LLC", 2 per city',
      {
        at: 'isp:"Comcast Cable Communications, LLC"',
        count: 2,
        per: 'city',
      },
    ],
  ])('%s', (text, location) => {
    expect(parseLocation(text)).toEqual(location);
    expect(locationSchema.parse(text)).toEqual(location);
  });

  it.each([
    ['', /empty/],
    ['   ', /empty/],
    ['eu-west, us-east', /neither "per LABEL" nor "different LABEL"/],
    ['2 per planet', /"planet" is no label/],
    ['different colours', /"colours" is no label/],
    ['per region', /needs a number: 2 per region/],
    ['0 of eu-west', /0 agents cannot be asked for/],
    ['9999 per region', /from 1 to 1000/],
    ['2 per region, 3 per region', /second time/],
    ['isp:"Example', /quotation mark is not closed/],
    ['eu-west+', /condition is empty/],
    ['colour:red', /"colour" is no label/],
    ['x'.repeat(LOCATION_LIMITS.textLength.value + 1), /longer than 1000/],
    [
      Array(LOCATION_LIMITS.terms.value + 1)
        .fill('a')
        .join('+'),
      /more than 64 conditions/,
    ],
  ])('refuses %j and says why', (text, message) => {
    expect(() => parseLocation(text)).toThrow(LocationError);
    expect(() => parseLocation(text)).toThrow(message);
    const parsed = locationSchema.safeParse(text);
    expect(parsed.error?.issues[0]?.message).toMatch(message);
  });

  it('is refused or read, and never anything else, whatever it is', () => {
    const words = fc.constantFrom(
      '2',
      'per',
      'region',
      'different',
      ',',
      '|',
      '+',
      '!',
      ':',
      '"',
      'eu',
      '*',
      'AS1',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
        try {
          expect(locationSchema.safeParse(parseLocation(parts.join(' '))).success).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(LocationError);
        }
      }),
    );
  });
});

describe('an expression', () => {
  it('is alternatives of conditions that hold together', () => {
    expect(parseExpression('eu-west+!mobile | asn:AS3320 | city:"New York" | tag:canary | AS7018')).toEqual([
      [
        { not: false, value: 'eu-west' },
        { not: true, value: 'mobile' },
      ],
      [{ not: false, label: 'asn', value: '3320' }],
      [{ not: false, label: 'city', value: 'new york' }],
      [{ not: false, label: 'tag', value: 'canary' }],
      [{ not: false, label: 'asn', value: '7018' }],
    ]);
  });

  it('knows every label, in singular and plural', () => {
    for (const label of PLACE_LABELS) expect(parseExpression(`${label}:1`)[0]?.[0]?.label).toBe(label);
    expect(
      parseLocation('different regions and countries and cities and asns and isps and providers and networks')
        .different,
    ).toEqual([...PLACE_LABELS]);
  });
});

describe('a value', () => {
  it.each([
    ['eu-west', 'EU-West', true],
    ['eu-west', 'eu-west-2', false],
    ['eu-*', 'eu-west', true],
    ['eu-*', 'us-eu-1', false],
    ['*-west', 'eu-west', true],
    ['*telekom*', 'Example Telekom AG', true],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['*', '', true],
  ])('%s against %s: %s', (pattern, value, matches) => {
    expect(valueMatches(pattern, value)).toBe(matches);
  });

  it('with many stars takes no longer than its length', () => {
    expect(valueMatches(`${'a*'.repeat(400)}b`, 'a'.repeat(5000))).toBe(false);
  });
});

describe('`from` of a probe', () => {
  const probe = (from: unknown) =>
    probeSchema.safeParse({ name: 'front', type: 'http', targets: ['origin'], every: '2s', from });

  it('takes text and keys alike, and is the same in the end', () => {
    const keys = { count: 2, per: 'region', different: ['asn'] };
    expect(probe('2 per region, different ASNs').data?.from).toEqual(keys);
    expect(probe(keys).data?.from).toEqual(keys);
    expect(probe(undefined).data?.from).toEqual({});
    expect(probe({ region: ['eu-west'], asn: [3320], at: '!mobile' }).success).toBe(true);
  });

  it.each([
    [{ colour: ['red'] }, ['from'], /colour/],
    [{ at: 'a+' }, ['from', 'at'], /condition is empty/],
    [{ per: 'region' }, ['from', 'per'], /`count` or `different`/],
    [{ count: 0 }, ['from', 'count'], /./],
    [{ different: ['tag'] }, ['from', 'different', 0], /./],
    [17, ['from'], /./],
  ])('refuses %j, and says where', (from, path, message) => {
    const issue = probe(from).error?.issues[0];
    expect(issue?.path).toEqual(path);
    expect(issue?.message).toMatch(message);
  });
});
