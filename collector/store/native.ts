/**
 * Columns in ClickHouse's Native format, which both engines take several times faster than any format of rows: column by
 * column, and names that repeat as indices into a dictionary, as the table keeps them.
 * https://clickhouse.com/docs/interfaces/formats/Native
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

  string(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.length += this.#bytes.write(value, this.length, 'utf8');
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.length = this.#bytes.writeUInt32LE(value, this.length);
  }

  float32(value: number): void {
    this.#reserve(4);
    this.length = this.#bytes.writeFloatLE(value, this.length);
  }

  /** Any whole number that a JavaScript number holds exactly, as 64 bits in two's complement. */
  int64(value: number): void {
    this.#reserve(8);
    this.length = this.#bytes.writeUInt32LE(value >>> 0, this.length);
    this.length = this.#bytes.writeInt32LE(Math.floor(value / 0x1_0000_0000) | 0, this.length);
  }

  /** What was written; valid until more is. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
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
  /** Bytes held. */
  readonly bytes: number;
  /** What stands before the data of this column and of all inside it. */
  writePrefix(out: ByteList): void;
  writeData(out: ByteList): void;
}

/** A column of a type whose values are written one after the other. */
export class PlainColumn extends ByteList implements Column {
  readonly type: string;

  constructor(type: string) {
    super();
    this.type = type;
  }

  get bytes(): number {
    return this.length;
  }

  writePrefix(): void {}

  writeData(out: ByteList): void {
    out.raw(this.view());
  }
}

/** KeysSerializationVersion: shared dictionaries with additional keys. */
const KEYS_VERSION = 1;
/** The column brings its own keys, and they are all there are. */
const HAS_ADDITIONAL_KEYS = 0x200;
const NEED_UPDATE_DICTIONARY = 0x400;

/** LowCardinality(String): the distinct strings once, and an index a row. */
export class DictionaryColumn implements Column {
  readonly type = 'LowCardinality(String)';
  readonly #keys = new Map<string, number>();
  readonly #text = new ByteList();
  #indices = new Uint32Array(64);
  #count = 0;

  get bytes(): number {
    return this.#text.length + 4 * this.#count;
  }

  get count(): number {
    return this.#count;
  }

  /** The index of a string: looked up once for many rows. */
  key(value: string): number {
    const known = this.#keys.get(value);
    if (known !== undefined) return known;
    const index = this.#keys.size;
    this.#keys.set(value, index);
    this.#text.string(value);
    return index;
  }

  push(key: number): void {
    if (this.#count === this.#indices.length) this.#grow(this.#count + 1);
    this.#indices[this.#count++] = key;
  }

  /** The same key for `rows` rows. */
  fill(key: number, rows: number): void {
    const end = this.#count + rows;
    if (end > this.#indices.length) this.#grow(end);
    this.#indices.fill(key, this.#count, end);
    this.#count = end;
  }

  pushAll(keys: Uint32Array): void {
    const end = this.#count + keys.length;
    if (end > this.#indices.length) this.#grow(end);
    this.#indices.set(keys, this.#count);
    this.#count = end;
  }

  writePrefix(out: ByteList): void {
    out.int64(KEYS_VERSION);
  }

  writeData(out: ByteList): void {
    if (this.#count === 0) return;
    const width = this.#keys.size <= 0x100 ? 0 : this.#keys.size <= 0x1_0000 ? 1 : 2;
    out.int64(HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY | width);
    out.int64(this.#keys.size);
    out.raw(this.#text.view());
    out.int64(this.#count);
    const indices = this.#indices.subarray(0, this.#count);
    const written =
      width === 0 ? Uint8Array.from(indices) : width === 1 ? Uint16Array.from(indices) : indices;
    out.raw(new Uint8Array(written.buffer, written.byteOffset, written.byteLength));
  }

  #grow(atLeast: number): void {
    const grown = new Uint32Array(Math.max(this.#indices.length * 2, atLeast));
    grown.set(this.#indices);
    this.#indices = grown;
  }
}

/** Array or Map: where each row ends, then what is inside. */
export class NestedColumn implements Column {
  readonly type: string;
  readonly #inside: readonly Column[];
  readonly #ends = new ByteList();
  #end = 0;

  constructor(type: string, inside: readonly Column[]) {
    this.type = type;
    this.#inside = inside;
  }

  get bytes(): number {
    return this.#inside.reduce((sum, column) => sum + column.bytes, this.#ends.length);
  }

  /** The next row has so many entries. */
  row(entries: number): void {
    this.#end += entries;
    this.#ends.int64(this.#end);
  }

  writePrefix(out: ByteList): void {
    for (const column of this.#inside) column.writePrefix(out);
  }

  writeData(out: ByteList): void {
    out.raw(this.#ends.view());
    for (const column of this.#inside) column.writeData(out);
  }
}

/** One column with its name and type, as it stands in a block. */
export function writeColumn(out: ByteList, name: string, column: Column): void {
  out.string(name);
  out.string(column.type);
  column.writePrefix(out);
  column.writeData(out);
}
