import { describe, expect, it } from 'vitest';
import { samplesOf } from '../../../probes/playback/sample-table.ts';
import { makeBox, words } from './clips.ts';

interface Tables {
  readonly stts?: Buffer;
  readonly stsc?: Buffer;
  readonly stsz?: Buffer;
  readonly chunks?: Buffer;
  readonly ctts?: Buffer;
}

/** Three chunks: two samples in the first, one in each that follows; 10 ticks a sample. */
function stbl(tables: Tables = {}): Buffer {
  return Buffer.concat([
    tables.stts ?? makeBox('stts', words(0, 1, 4, 10)),
    tables.stsc ?? makeBox('stsc', words(0, 2, 1, 2, 1, 2, 1, 1)),
    tables.stsz ?? makeBox('stsz', words(0, 0, 4, 100, 50, 7, 9)),
    tables.chunks ?? makeBox('stco', words(0, 3, 1000, 5000, 9000)),
    tables.ctts ?? Buffer.alloc(0),
  ]);
}

describe('samplesOf', () => {
  it('places samples chunk by chunk', () => {
    expect([...samplesOf(stbl(), 100)]).toEqual([
      { offset: 1000, bytes: 100, decodeTimeS: 0 },
      { offset: 1100, bytes: 50, decodeTimeS: 0.1 },
      { offset: 5000, bytes: 7, decodeTimeS: 0.2 },
      { offset: 9000, bytes: 9, decodeTimeS: 0.3 },
    ]);
  });

  it('reads 64-bit chunk offsets', () => {
    const chunks = makeBox('co64', words(0, 1, 2, 16));
    const [first] = samplesOf(stbl({ chunks }), 100);
    expect(first?.offset).toBe(2 * 2 ** 32 + 16);
  });

  it('reads a size that all samples share', () => {
    const stsz = makeBox('stsz', words(0, 32, 4));
    expect([...samplesOf(stbl({ stsz }), 100)].map(({ bytes }) => bytes)).toEqual([32, 32, 32, 32]);
  });

  it('reads durations that change', () => {
    const stts = makeBox('stts', words(0, 2, 1, 10, 3, 20));
    const times = [...samplesOf(stbl({ stts }), 10)].map(({ decodeTimeS }) => decodeTimeS);
    expect(times).toEqual([0, 1, 3, 5]);
  });

  it('reads when samples are shown, before they are decoded too', () => {
    const ctts = makeBox('ctts', words(0, 2, 1, 20, 3, 0xffffffff));
    const shown = [...samplesOf(stbl({ ctts }), 10)].map(({ shownTimeS }) => shownTimeS);
    expect(shown).toEqual([2, 0.9, 1.9, 2.9]);
  });

  it.each([
    [4, Buffer.from([0x12, 0x34])],
    [8, Buffer.from([1, 2, 3, 4])],
    [16, Buffer.from([0, 1, 0, 2, 0, 3, 0, 4])],
  ])('reads sizes of %d bits', (bits, sizes) => {
    const stsz = makeBox('stz2', words(0, bits, 4), sizes);
    expect([...samplesOf(stbl({ stsz }), 100)].map(({ bytes }) => bytes)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['claims more than it holds', makeBox('stz2', words(0, 16, 9))],
    ['has sizes of seven bits', makeBox('stz2', words(0, 7, 1, 0))],
    ['is cut off', makeBox('stz2', words(0))],
  ])('refuses a table of small sizes that %s', (_what, stsz) => {
    expect(() => [...samplesOf(stbl({ stsz }), 100)]).toThrow(/stz2/);
  });

  it('costs no more than is read of a table that claims four billion samples', () => {
    const table = stbl({
      stts: makeBox('stts', words(0, 1, 0xffffffff, 0)),
      stsc: makeBox('stsc', words(0, 1, 1, 0xffffffff, 1)),
      stsz: makeBox('stsz', words(0, 1, 0xffffffff)),
    });
    const samples = samplesOf(table, 100);
    expect(samples.next().value?.offset).toBe(1000);
    let count = 1;
    for (const _ of samples) count++;
    expect(count).toBe(200_000);
  });

  it.each([
    ['stts', { stts: makeBox('stts', words(0, 5, 4, 10)) }],
    ['stsc', { stsc: makeBox('stsc', words(0, 3, 1, 2, 1)) }],
    ['stsz', { stsz: makeBox('stsz', words(0, 0, 4, 100)) }],
    ['stco', { chunks: makeBox('stco', words(0, 3, 1000)) }],
  ])('refuses a %s that claims more than it holds', (name, tables: Tables) => {
    expect(() => [...samplesOf(stbl(tables), 100)]).toThrow(new RegExp(`${name} claims`));
  });

  it.each(['stts', 'stsc', 'stsz', 'stco'])('refuses a track without %s', (name) => {
    const empty = Buffer.alloc(0);
    const key = name === 'stco' ? 'chunks' : name;
    expect(() => [...samplesOf(stbl({ [key]: empty }), 100)]).toThrow(new RegExp(`no ${name}`));
  });
});
