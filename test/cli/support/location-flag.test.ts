import { describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import { readLocation } from '../../../cli/support/location-flag.ts';

describe('--from', () => {
  it.each([
    [[], {}],
    [['eu-west'], { at: 'eu-west' }],
    [['eu-west', 'us-east'], { at: 'eu-west | us-east' }],
    [['2 per region, different ASNs'], { count: 2, per: 'region', different: ['asn'] }],
    [['all'], {}],
  ])('%j is a location', (texts, location) => {
    expect(readLocation(texts)).toEqual(location);
  });

  it('that is none is a usage error which says why', () => {
    for (const texts of [['2 per planet'], [''], ['2 per region', 'eu-west, us-east']]) {
      try {
        readLocation(texts);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(CliError);
        expect((error as CliError).exit).toBe(64);
      }
    }
  });
});
