/** A file whose content was signed off by its sha256, and that nobody else can change. */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

/** Cannot be read, is another one than was signed off, or can be changed by others. */
export class SignedFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SignedFileError';
  }
}

const WRITABLE_BY_OTHERS = 0o022n;

/**
 * The kernel changes the time of change with every write, and lets nobody set it: while it, the inode and the size stay, so does
 * the content. What is left open is the instant between the check and the start of a program, to the owner of the file alone.
 */
export class SignedFile {
  readonly path: string;
  readonly #sha256: string;
  readonly #bytesMax: number;
  #known: string | undefined;

  constructor(path: string, sha256: string, bytesMax: number) {
    this.path = path;
    this.#sha256 = sha256;
    this.#bytesMax = bytesMax;
  }

  /** The content, when it is the one that was signed off; throws `SignedFileError`. */
  read(): Buffer {
    return this.#open((descriptor) => this.#verified(descriptor));
  }

  /** As `read`, but hashes only a file that changed since the last time. */
  check(): void {
    this.#open((descriptor, stats) => {
      if (identityOf(stats) !== this.#known) this.#verified(descriptor);
      this.#known = identityOf(stats);
    });
  }

  #open<Result>(look: (descriptor: number, stats: BigIntStats) => Result): Result {
    let descriptor: number;
    try {
      descriptor = openSync(this.path, 'r');
    } catch (error) {
      throw new SignedFileError(
        `${this.path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      );
    }
    try {
      const stats = fstatSync(descriptor, { bigint: true });
      const fault = this.#faultOf(stats);
      if (fault !== undefined) throw new SignedFileError(`${this.path} ${fault}`);
      return look(descriptor, stats);
    } finally {
      closeSync(descriptor);
    }
  }

  #faultOf(stats: BigIntStats): string | undefined {
    if (!stats.isFile()) return 'is not a file';
    if (stats.size > BigInt(this.#bytesMax)) return `is larger than ${this.#bytesMax} bytes`;
    if ((stats.mode & WRITABLE_BY_OTHERS) !== 0n)
      return 'can be written by others than its owner; run chmod go-w on it';
    const user = process.geteuid?.();
    if (user !== undefined && stats.uid !== 0n && stats.uid !== BigInt(user))
      return 'belongs neither to root nor to the user of the agent';
    return undefined;
  }

  #verified(descriptor: number): Buffer {
    const content = readFileSync(descriptor);
    const found = createHash('sha256').update(content).digest('hex');
    if (found !== this.#sha256)
      throw new SignedFileError(
        `${this.path} is not what was signed off: its sha256 is ${found}, the allow-list has ${this.#sha256}`,
      );
    return content;
  }
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
