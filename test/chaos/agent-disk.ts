/**
 * A disk of its own for the spool of an agent, that can be full: a small tmpfs filled by a ballast file where this process may mount
 * one; else the agent is told to let its database have no further page, which SQLite takes for a full disk.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export type DiskKind = 'tmpfs' | 'pages';

export interface DiskMessage {
  readonly type: 'disk';
  readonly full: boolean;
}

/** Room for an hour of missed slots of a fast agent, its log and its account. */
const SIZE = '32m';
const PIECE = Buffer.alloc(64 * 1024);

export class AgentDisk {
  readonly kind: DiskKind;
  readonly folder: string;
  readonly #tell: (message: DiskMessage) => void;
  #full = false;
  #closed = false;

  /** Mounts, if it can, at `folder`. `tell` reaches the agent when there is no mount. */
  constructor(folder: string, wanted: DiskKind | undefined, tell: (message: DiskMessage) => void) {
    this.folder = folder;
    this.#tell = tell;
    mkdirSync(folder, { recursive: true });
    this.kind = wanted !== 'pages' && mount(folder) ? 'tmpfs' : 'pages';
    if (wanted === 'tmpfs' && this.kind !== 'tmpfs') throw new Error(`no tmpfs can be mounted at ${folder}`);
  }

  get full(): boolean {
    return this.#full;
  }

  fill(): void {
    this.#full = true;
    if (this.kind === 'pages') this.#tell({ type: 'disk', full: true });
    else writeBallast(this.#ballast);
  }

  free(): void {
    this.#full = false;
    if (this.kind === 'pages') this.#tell({ type: 'disk', full: false });
    else rmSync(this.#ballast, { force: true });
  }

  /** Unmounts. With `keep` the content stays as files. Idempotent. */
  close(keep: boolean): void {
    if (this.kind !== 'tmpfs' || this.#closed) return;
    this.#closed = true;
    const copy = `${this.folder}.kept`;
    if (keep) cpSync(this.folder, copy, { recursive: true });
    execFileSync('umount', ['-l', this.folder], { stdio: 'pipe' });
    if (keep) cpSync(copy, this.folder, { recursive: true });
    rmSync(copy, { recursive: true, force: true });
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}

function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'outrider-chaos', folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** Until not a byte more goes in. */
function writeBallast(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let size = PIECE.length; size >= 1; ) {
      try {
        writeSync(descriptor, PIECE, 0, size);
      } catch {
        size = Math.floor(size / 4);
      }
    }
  } finally {
    closeSync(descriptor);
  }
}
