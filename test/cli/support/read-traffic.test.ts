import { describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { readTraffic } from '../../../cli/support/read-traffic.ts';

describe('--traffic', () => {
  it('is a share for each region, or for what else is named', () => {
    expect(readTraffic('eu-west=0.3, us-east=50%')).toEqual({ 'region:eu-west': 0.3, 'region:us-east': 0.5 });
    expect(readTraffic('country:DE=.4,isp:Cable Two=0,target:clip=1')).toEqual({
      'country:DE': 0.4,
      'isp:Cable Two': 0,
      'target:clip': 1,
    });
    expect(Object.keys(readTraffic('a=0.3334,b=0.3333,c=0.3334'))).toHaveLength(3);
  });

  it.each([
    ['nothing', '', 'nothing is not PLACE=SHARE'],
    ['no share', 'eu-west', 'eu-west is not PLACE=SHARE'],
    ['an item too many', 'eu-west=0.3,', 'nothing is not PLACE=SHARE'],
    ['an empty share', 'eu-west=', 'eu-west=: a share is from 0 to 1'],
    ['a weight', 'eu-west=30', 'eu-west=30: a share is from 0 to 1, or from 0% to 100%'],
    ['a negative one', 'eu-west=-0.1', 'a share is from 0 to 1'],
    ['a place twice', 'eu-west=0.1,region:eu-west=0.2', 'region:eu-west is given twice'],
    ['more than all', 'eu-west=0.7,us-east=0.5', 'the shares of regions add up to 1.2, more than all'],
    ['an unknown kind', 'regoin:eu-west=0.3', 'there is no regoin; did you mean region?'],
  ])('with %s is refused', (_what, text, message) => {
    const read = () => readTraffic(text);
    expect(read).toThrowError(CliError);
    expect(read).toThrowError(message);
    expect(read).toThrow(expect.objectContaining({ exit: EXIT.usage }));
  });
});
