/**
 * Columns in ClickHouse's Native format, which both engines take several times faster than any format of rows: column by
 * column, and names that repeat as indices into a dictionary, as the table keeps them.
 * https://clickhouse.com/docs/interfaces/formats/Native
 *
 * The format is little-endian, and so is every machine that the arrays here are written on.
 */

/** Bytes that grow. */
export class ByteList {
  #bytes: Buffer;
  length = 0;

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** LEB128, as lengths stand before strings. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.length++] = rest;
  }

  /** A value of a String column. */
  string(value: string): void {
    const { length } = value;
    this.#reserve(length + 1);
    if (length < 0x80 && this.#ascii(value)) return;
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.length += this.#bytes.write(value, this.length, 'utf8');
  }

  uint64(value: number): void {
    this.#reserve(8);
    this.length = this.#bytes.writeBigUInt64LE(BigInt(value), this.length);
  }

  /** Appends once more what stands at `[start, end)`. */
  repeat(start: number, end: number): void {
    this.#reserve(end - start);
    this.#bytes.copyWithin(this.length, start, end);
    this.length += end - start;
  }

  /** What was written; valid until more is. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** Most strings are short and plain: for these a loop is faster than a call out of JavaScript. */
  #ascii(value: string): boolean {
    const bytes = this.#bytes;
    let at = this.length;
    bytes[at++] = value.length;
    for (let i = 0; i < value.length; i += 1) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[at++] = unit;
    }
    this.length = at;
    return true;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length + more));
    this.#bytes.copy(grown, 0, 0, this.length);
    this.#bytes = grown;
  }
}

/** A column of one block. */
export interface Column {
  readonly type: string;
  /** What stands before the data of this column and of all inside it. */
  readonly prefix: readonly number[];
  /** The data of the first `count` rows, or entries where it stands inside another; valid until more is written. */
  chunks(count: number): Uint8Array[];
}

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array;

/** Bytes of an array. */
function bytesOf(array: NumberArray, bytes: number): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, bytes);
}

/** Numbers of a fixed width. Who writes has made room by `reserve`, and puts them into `data`. */
export class NumberColumn<A extends NumberArray> implements Column {
  readonly type: string;
  readonly prefix = [];
  data: A;
  readonly #make: new (
    length: number,
  ) => A;
  readonly #perRow: number;

  /** `perRow` elements of the array are one number: two of 32 bits make one of 64. */
  constructor(type: string, make: new (length: number) => A, perRow = 1) {
    this.type = type;
    this.#make = make;
    this.#perRow = perRow;
    this.data = new make(0);
  }

  /** Makes room for `count` numbers in all. */
  reserve(count: number): void {
    const length = count * this.#perRow;
    if (length <= this.data.length) return;
    const grown = new this.#make(Math.max(length, this.data.length * 2));
    grown.set(this.data);
    this.data = grown;
  }

  chunks(count: number): Uint8Array[] {
    return [bytesOf(this.data, count * this.#perRow * this.data.BYTES_PER_ELEMENT)];
  }
}

const TWO_32 = 0x1_0000_0000;

/** A whole number that JavaScript holds exactly, as element `at` of a column of 64 bits. */
export function putInt64(data: Int32Array, at: number, value: number): void {
  data[at * 2] = value >>> 0;
  data[at * 2 + 1] = Math.floor(value / TWO_32);
}

/** KeysSerializationVersion: shared dictionaries with additional keys. */
const KEYS_VERSION = [1, 0, 0, 0, 0, 0, 0, 0];
/** The column brings its own keys, and they are all there are. */
const HAS_ADDITIONAL_KEYS = 0x200;
const NEED_UPDATE_DICTIONARY = 0x400;

/** LowCardinality(String): the distinct strings once, and a key a row. Who writes puts keys into `data`. */
export class DictionaryColumn implements Column {
  readonly type = 'LowCardinality(String)';
  readonly prefix = KEYS_VERSION;
  data = new Uint32Array(0);
  readonly #keys = new Map<string, number>();
  readonly #text = new ByteList();

  /** Bytes of the distinct strings. */
  get textBytes(): number {
    return this.#text.length;
  }

  /** The key of a string: looked up once for many rows. */
  key(value: string): number {
    const known = this.#keys.get(value);
    if (known !== undefined) return known;
    const key = this.#keys.size;
    this.#keys.set(value, key);
    this.#text.string(value);
    return key;
  }

  /** Makes room for `count` keys in all. */
  reserve(count: number): void {
    if (count <= this.data.length) return;
    const grown = new Uint32Array(Math.max(count, this.data.length * 2));
    grown.set(this.data);
    this.data = grown;
  }

  chunks(count: number): Uint8Array[] {
    if (count === 0) return [];
    const width = this.#keys.size <= 0x100 ? 0 : this.#keys.size <= 0x1_0000 ? 1 : 2;
    const head = new ByteList(16);
    head.uint64(HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY | width);
    head.uint64(this.#keys.size);
    const rows = new ByteList(8);
    rows.uint64(count);
    return [head.view(), this.#text.view(), rows.view(), this.#narrow(count, width)];
  }

  #narrow(count: number, width: 0 | 1 | 2): Uint8Array {
    const keys = this.data.subarray(0, count);
    if (width === 0) return new Uint8Array(keys);
    if (width === 1) return bytesOf(new Uint16Array(keys), count * 2);
    return bytesOf(keys, count * 4);
  }
}

/** Strings that seldom repeat, one after the other. */
export class TextColumn extends ByteList implements Column {
  readonly type = 'String';
  readonly prefix = [];

  chunks(): Uint8Array[] {
    return [this.view()];
  }
}

/** Array or Map: where each row ends, then what is inside. Who writes puts the ends into those of the rows. */
export class NestedColumn implements Column {
  readonly type: string;
  readonly prefix: readonly number[];
  readonly #ends: NumberColumn<Uint32Array>;
  readonly #inside: readonly Column[];

  /** Several columns can have the same ends. */
  constructor(type: string, ends: NumberColumn<Uint32Array>, inside: readonly Column[]) {
    this.type = type;
    this.prefix = inside.flatMap((column) => column.prefix);
    this.#ends = ends;
    this.#inside = inside;
  }

  chunks(count: number): Uint8Array[] {
    const { data } = this.#ends;
    const wide = new Uint32Array(count * 2);
    for (let row = 0; row < count; row += 1) wide[row * 2] = data[row] as number;
    const entries = count === 0 ? 0 : (data[count - 1] as number);
    return [bytesOf(wide, wide.byteLength), ...this.#inside.flatMap((column) => column.chunks(entries))];
  }
}

/** A column with its name and type, as it stands in a block. */
export function columnChunks(name: string, column: Column, count: number): Uint8Array[] {
  const head = new ByteList(64);
  head.string(name);
  head.string(column.type);
  return [head.view(), Uint8Array.from(column.prefix), ...column.chunks(count)];
}
