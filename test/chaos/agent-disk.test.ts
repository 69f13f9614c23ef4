import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentDisk, type DiskKind, type DiskMessage } from './agent-disk.ts';

function disk(wanted?: DiskKind): { disk: AgentDisk; told: DiskMessage[]; folder: string } {
  const parent = mkdtempSync(join(tmpdir(), 'outrider-disk-'));
  const folder = join(parent, 'agent-1');
  const told: DiskMessage[] = [];
  const made = new AgentDisk(folder, wanted, (message) => told.push(message));
  onTestFinished(() => {
    made.close(false);
    rmSync(parent, { recursive: true, force: true });
  });
  return { disk: made, told, folder };
}

/** Only root may mount, and not everywhere. */
const mountable = ((): boolean => {
  const parent = mkdtempSync(join(tmpdir(), 'outrider-disk-'));
  const probe = new AgentDisk(join(parent, 'probe'), undefined, () => undefined);
  probe.close(false);
  rmSync(parent, { recursive: true, force: true });
  return probe.kind === 'tmpfs';
})();

describe.skipIf(!mountable)('a disk of its own', () => {
  it('takes not a byte more when it is full, and takes them again afterwards', () => {
    const { disk: full, folder, told } = disk('tmpfs');
    const file = join(folder, 'spool');
    writeFileSync(file, 'before');
    full.fill();
    expect(full.full).toBe(true);
    expect(() => writeFileSync(join(folder, 'more'), Buffer.alloc(64 * 1024))).toThrow('ENOSPC');
    full.free();
    writeFileSync(join(folder, 'more'), 'x'.repeat(10_000));
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(told).toEqual([]);
  });

  it('leaves its content as files when that is wanted', () => {
    const { disk: kept, folder } = disk('tmpfs');
    writeFileSync(join(folder, 'spool'), 'content');
    kept.close(true);
    expect(readFileSync(join(folder, 'spool'), 'utf8')).toBe('content');
  });

  it('leaves nothing otherwise', () => {
    const { disk: gone, folder } = disk('tmpfs');
    writeFileSync(join(folder, 'spool'), 'content');
    gone.close(false);
    expect(existsSync(join(folder, 'spool'))).toBe(false);
  });
});

describe('a limit of pages', () => {
  it('is told to the agent', () => {
    const { disk: pages, told } = disk('pages');
    pages.fill();
    pages.free();
    expect(pages.kind).toBe('pages');
    expect(told).toEqual([
      { type: 'disk', full: true },
      { type: 'disk', full: false },
    ]);
  });
});
