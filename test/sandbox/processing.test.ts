import { describe, expect, it } from 'vitest';
import { InjectedError } from '../../sandbox/injected.ts';
import { type Processing, readProcessing } from '../../sandbox/processing.ts';

const OTHERWISE: Processing = {
  renditions: { source: 200 },
  propagation: { 'eu-west': 5 },
  negativeMs: 10,
  fails: false,
};
const read = (query: string) => readProcessing(new URLSearchParams(query), OTHERWISE);

describe('readProcessing', () => {
  it('leaves alone what the query does not name', () => {
    expect(read('delay_ms=5')).toEqual(OTHERWISE);
    expect(read('negative_ms=0')).toEqual({ ...OTHERWISE, negativeMs: 0 });
  });

  it('reads delays by rendition and by region', () => {
    expect(
      read('renditions=360p:300,720p:900&propagate=eu-west:500,us-east:2000&negative_ms=5000&fail=1'),
    ).toEqual({
      renditions: { '360p': 300, '720p': 900 },
      propagation: { 'eu-west': 500, 'us-east': 2000 },
      negativeMs: 5000,
      fails: true,
    });
  });

  it.each([
    'renditions=',
    'renditions=360p',
    'renditions=360p:soon',
    'renditions=a:1,,b:2',
    'renditions=a/b:1',
    `renditions=${Array.from({ length: 21 }, (_, index) => `r${index}:1`).join(',')}`,
    'propagate=eu:-1',
    'negative_ms=5s',
  ])('refuses %s', (query) => {
    expect(() => read(query)).toThrow(InjectedError);
  });
});
