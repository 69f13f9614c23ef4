import { describe, expect, it } from 'vitest';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { wire } from '../../protocol/wire.ts';
import { closeOf } from './frames.ts';

describe('a hostile batch', () => {
  const base = () => ({
    boot: 'b',
    firstSeq: 1,
    strings: ['', 'p', 'http', 't', 'ok', 'schedule', 'ttfb_ms'],
    checks: [{ probe: 1, type: 2, target: 3 }],
    endings: [{ outcome: 4, trigger: 5 }],
    shapes: [{ metric: [6] }],
    attributeSets: [{}],
    check: [0],
    scheduledMs: [1_800_000_000_000],
    latenessUs: [0],
    durationUs: [1000],
    ending: [0],
    shape: [0],
    attributeSet: [0],
    values: [25_000],
    eventLoopDelayUs: [0],
    cpuPermille: [0],
    rssKib: [1],
    clockOffsetMs: [0],
    disturbed: [false],
  });
  const send = (change: object): string =>
    closeOf(wire.Envelope.encode({ results: { ...base(), ...change } }).finish());
  const many = (length: number): number[] => new Array<number>(length).fill(0);

  it('is accepted in its honest form', () => {
    expect(send({})).toBe('accepted');
  });

  it.each([
    ['no results', { check: [] }, /no results/],
    ['a short column', { durationUs: [] }, /column duration_us has 0 entries for 1 results/],
    ['too few values', { values: [] }, /values has 0 entries, the shapes take 1/],
    ['a metric twice', { shapes: [{ metric: [6, 6] }], values: [1, 2] }, /shape names a metric twice/],
    ['too many values', { values: [1, 2] }, /values has 2 entries, the shapes take 1/],
    ['an index past the dictionary', { checks: [{ probe: 99, type: 2, target: 3 }] }, /points at entry 99/],
    ['an index past a table', { ending: [7] }, /ending points at entry 7/],
    ['an outcome of its own', { endings: [{ outcome: 1, trigger: 5 }] }, /outcome is "p"/],
    ['a trigger of its own', { endings: [{ outcome: 4, trigger: 1 }] }, /trigger is "p"/],
    ['an empty name', { checks: [{ probe: 0, type: 2, target: 3 }] }, /probe is empty/],
    ['seq 0', { firstSeq: 0 }, /seqs begin at 1/],
    ['no boot', { boot: '' }, /boot is empty/],
    ['a time before the epoch', { scheduledMs: [-5] }, /scheduled_ms is not a whole number/],
    [
      'a long string',
      { strings: ['', 'p', 'http', 't', 'ok', 'schedule', 'x'.repeat(2000)] },
      /longer than 1024 bytes/,
    ],
    ['a huge dictionary', { strings: many(10_001).map(() => '') }, /more than 10000/],
    ['too many results', { check: many(1001) }, /more than 1000/],
    ['too many metrics', { shapes: [{ metric: many(65) }] }, /more than 64/],
    ['too many attributes', { attributeSets: [{ key: many(65), value: many(65) }] }, /more than 64/],
    ['unequal attributes', { attributeSets: [{ key: [1], value: [] }] }, /unequal/],
  ])('with %s is a bad frame', (_what, change, message) => {
    expect(send(change)).toMatch(/^bad_frame: /);
    expect(send(change)).toMatch(message);
  });

  it('of more than the frame limit is a bad frame', () => {
    expect(closeOf(new Uint8Array(LINK_LIMITS.frameBytes.value + 1))).toMatch(/^bad_frame: the frame has/);
  });

  it('of no known kind is a bad frame', () => {
    expect(closeOf(new Uint8Array(0))).toMatch(/does not know/);
  });
});
