import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ByteList,
  columnChunks,
  DictionaryColumn,
  NestedColumn,
  NumberColumn,
  putInt64,
} from '../../../collector/store/native.ts';

const bytesOf = (write: (list: ByteList) => void): number[] => {
  const list = new ByteList(1);
  write(list);
  return [...list.view()];
};

/** Strings about the lengths at which the length of the length changes. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(0, 1, 126, 127, 128, 129, 16_383, 16_384).map((length) => 'a'.repeat(length)),
  fc.constantFrom(63, 64, 127, 128).map((length) => 'é'.repeat(length)),
);

describe('a list of bytes', () => {
  it('has a string as its length in UTF-8 and its bytes, one after the other', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (values) => {
        const written = bytesOf((list) => {
          for (const value of values) list.string(value);
        });
        let rest = Buffer.from(written);
        for (const value of values) {
          let length = 0;
          let place = 0;
          for (let more = true; more; place += 1) {
            const byte = rest[place] as number;
            length += (byte & 0x7f) * 2 ** (7 * place);
            more = byte >= 0x80;
          }
          expect(rest.subarray(place, place + length)).toEqual(Buffer.from(value));
          rest = rest.subarray(place + length);
        }
        expect(rest).toHaveLength(0);
      }),
    );
  });

  it('has numbers as LEB128 and as eight bytes', () => {
    expect(bytesOf((list) => list.varint(0))).toEqual([0]);
    expect(bytesOf((list) => list.varint(300))).toEqual([0xac, 0x02]);
    expect(bytesOf((list) => list.varint(2 ** 40))).toEqual([0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
    expect(bytesOf((list) => list.uint64(2 ** 53 - 1))).toEqual([255, 255, 255, 255, 255, 255, 31, 0]);
  });

  it('repeats what it has, also while it grows', () => {
    expect(
      bytesOf((list) => {
        list.string('ab');
        for (let turn = 0; turn < 3; turn += 1) list.repeat(1, list.length);
      }),
    ).toEqual([2, ...Buffer.from('ab'.repeat(8))]);
  });
});

describe('a number of 64 bits', () => {
  it('is what an engine reads, for every number that JavaScript has exactly', () => {
    const edges = [0, -1, 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 32 - 1, -(2 ** 32), -(2 ** 32) - 1];
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges)), (value) => {
        const data = new Int32Array(4);
        putInt64(data, 1, value);
        expect(new BigInt64Array(data.buffer)).toEqual(new BigInt64Array([0n, BigInt(value)]));
      }),
    );
  });
});

describe('a column', () => {
  it('stands with its name and type before its data', () => {
    const column = new NumberColumn('UInt8', Uint8Array);
    column.reserve(2);
    column.data.set([7, 8]);
    expect(Buffer.concat(columnChunks('a', column, 2)).toString('latin1')).toBe('\x01a\x05UInt8\x07\x08');
  });

  it('keeps what it has when it grows', () => {
    const column = new NumberColumn('UInt64', Int32Array, 2);
    for (let count = 1; count <= 100; count += 1) {
      column.reserve(count);
      putInt64(column.data, count - 1, count);
    }
    const [bytes] = column.chunks(100) as [Uint8Array];
    const numbers = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    expect([...numbers]).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(i + 1)));
  });

  it('of names has each of them once, and as few bytes a row as that needs', () => {
    for (const [names, width] of [
      [256, 1],
      [257, 2],
      [65_536, 2],
      [65_537, 4],
    ] as const) {
      const column = new DictionaryColumn();
      column.reserve(names);
      for (let i = 0; i < names; i += 1) column.data[i] = column.key(`name-${i}`);
      expect(column.key('name-0')).toBe(0);
      expect(column.chunks(names).at(-1)?.length).toBe(names * width);
    }
  });

  it('of lists says where each list ends, and without entries has nothing inside', () => {
    const ends = new NumberColumn('UInt32', Uint32Array);
    const names = new DictionaryColumn();
    const column = new NestedColumn('Array(LowCardinality(String))', ends, [names]);
    expect(column.prefix).toEqual(names.prefix);
    ends.reserve(2);
    ends.data.set([0, 0]);
    expect(Buffer.concat(column.chunks(2))).toEqual(Buffer.alloc(16));
    expect(column.chunks(0)).toEqual([new Uint8Array()]);
  });
});
