import { describe, expect, it } from 'vitest';
import { cmcdObjectOf } from '../../../probes/playback/cmcd-object.ts';

describe('the object of a request of playback', () => {
  it.each([
    ['manifest', { format: 'dash' }, { ot: 'm', sf: 'd' }],
    ['audio playlist', { format: 'hls' }, { ot: 'm', sf: 'h' }],
    ['init', { format: 'hls' }, { ot: 'i', sf: 'h' }],
    ['audio segment', { format: 'dash' }, { ot: 'a', sf: 'd' }],
    ['segment', { format: 'dash' }, { sf: 'd' }],
    ['media', { format: 'mp4' }, { ot: 'av', sf: 'o' }],
    // The first request is sent before the format is known.
    ['media', {}, { ot: 'av' }],
  ])('%s of %o is told as far as it is known', (name, attributes, object) => {
    expect(cmcdObjectOf({ name }, { metrics: {}, attributes })).toEqual({ ...object, su: true });
  });

  it('is waited for until there is a first frame', () => {
    const measured = { metrics: { first_frame_ms: 80 }, attributes: {} };
    expect(cmcdObjectOf({ name: 'segment' }, measured)).toEqual({ su: false });
  });
});
