/** A disk of a few MB that can be full: a tmpfs filled by a ballast file, where this process may mount one. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PIECE = Buffer.alloc(64 * 1024);

export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined where this process may not mount. */
  static mount(size: string): SmallDisk | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'outrider-disk-'));
    try {
      const options = ['-t', 'tmpfs', '-o', `size=${size}`, 'outrider-test', folder];
      execFileSync('mount', options, { stdio: 'pipe' });
      return new SmallDisk(folder);
    } catch {
      rmSync(folder, { recursive: true, force: true });
      return undefined;
    }
  }

  /** Until not a byte more goes in. */
  fill(): void {
    const ballast = openSync(this.#ballast, 'a');
    try {
      for (let size = PIECE.length; size >= 1; )
        try {
          writeSync(ballast, PIECE, 0, size);
        } catch {
          size = Math.floor(size / 4);
        }
    } finally {
      closeSync(ballast);
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.folder], { stdio: 'pipe' });
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}
