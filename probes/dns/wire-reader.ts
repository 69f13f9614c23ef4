/** Reads a DNS message from front to back; every step is checked against its end. */
import { DNS_LIMITS } from './limits.ts';

/** `message` ends a sentence: `the name points at itself`. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

export class WireReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  u8(): number {
    return this.bytes(1).readUInt8(0);
  }

  u16(): number {
    return this.bytes(2).readUInt16BE(0);
  }

  u32(): number {
    return this.bytes(4).readUInt32BE(0);
  }

  skip(length: number): void {
    this.bytes(length);
  }

  bytes(length: number): Buffer {
    if (length < 0 || this.#at + length > this.#bytes.length) {
      throw new MalformedMessage('it ends in the middle of a record');
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A string of one length byte, as of TXT. */
  text(): string {
    return this.bytes(this.u8()).toString('latin1');
  }

  /** Lower case, without the trailing dot; pointers are followed (RFC 1035 §4.1.4), each further to the front. */
  name(): string {
    const labels: string[] = [];
    let at = this.#at;
    let end: number | undefined;
    for (let jumps = 0, chars = 0; ; ) {
      const length = this.#byteAt(at);
      if (length === 0) {
        this.#at = end ?? at + 1;
        return labels.join('.').toLowerCase();
      }
      if ((length & 0xc0) === 0xc0) {
        const goal = ((length & 0x3f) << 8) | this.#byteAt(at + 1);
        end ??= at + 2;
        if (goal >= at || ++jumps > DNS_LIMITS.nameJumps.value) {
          throw new MalformedMessage('a name in it points in a circle');
        }
        at = goal;
        continue;
      }
      if ((length & 0xc0) !== 0) throw new MalformedMessage('a label in it is of an unknown kind');
      if (at + 1 + length > this.#bytes.length) throw new MalformedMessage('it ends in the middle of a name');
      chars += length + 1;
      if (chars > 255) throw new MalformedMessage('a name in it is longer than 255 bytes');
      labels.push(this.#bytes.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
  }

  #byteAt(at: number): number {
    const byte = this.#bytes[at];
    if (byte === undefined) throw new MalformedMessage('it ends in the middle of a name');
    return byte;
  }
}
