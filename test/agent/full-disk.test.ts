import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../agent/agent.ts';
import { parseAgentConfig } from '../../agent/config.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { Spool, type SpoolOptions } from '../../agent/spool.ts';
import { SpoolError } from '../../agent/spool-file.ts';
import { assignment, begun, draft, LABELS, OK, probeThat, temporaryFolder, UNBEGUN_MS } from './fixtures.ts';
import { ScriptedCollector } from './scripted-collector.ts';
import { SmallDisk } from './small-disk.ts';
import { VirtualTime } from './virtual-time.ts';

const disk = SmallDisk.mount('4k');
disk?.unmount();
const canMount = disk !== undefined;
const ON_A_DISK = canMount ? 'a real disk without space (tmpfs)' : 'SKIPPED: no tmpfs can be mounted here';

const drafts = (count: number) => Array.from({ length: count }, (_, index) => draft(1000 + index));
const MAX = AGENT_LIMITS.spoolBuffer.value;

function mounted(size: string): SmallDisk {
  const mount = SmallDisk.mount(size);
  if (!mount) throw new Error('no tmpfs');
  onTestFinished(() => mount.unmount());
  return mount;
}

function open(dataDir: string, boot: string, time: VirtualTime, changes: Partial<SpoolOptions> = {}): Spool {
  const spool = new Spool({ dataDir, boot, clock: time.clock, timers: time.timers, ...changes });
  onTestFinished(() => spool.close());
  return spool;
}

describe.runIf(canMount)(`a spool on ${ON_A_DISK}`, () => {
  it('goes on in memory and says so once, counts what it drops, stores the rest once there is room, exact across a restart', () => {
    const mount = mounted('8m');
    const time = new VirtualTime();
    const troubles: string[] = [];
    const spool = open(mount.folder, 'boot-1', time, { onTrouble: (message) => troubles.push(message) });
    spool.add(drafts(100));
    expect(spool.commit()).toBe(true);
    mount.fill();
    spool.add(drafts(200));
    expect(spool.commit()).toBe(false);
    expect(spool.fill.refusing).toBe(true);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toContain('is full');
    // What is stored can be read and sent; what is in memory waits.
    expect(spool.read('boot-1', 0, 1000).records).toHaveLength(100);
    spool.add(drafts(MAX));
    expect(spool.dropped).toEqual({ disk_full: 200 });
    time.advance(10 * AGENT_LIMITS.spoolRetryMs.value);
    expect(spool.fill.refusing).toBe(true);
    expect(spool.pending).toBe(100 + MAX);
    mount.free();
    time.advance(AGENT_LIMITS.spoolRetryMs.value);
    expect(troubles.slice(1)).toEqual(['The spool can be written again.']);
    expect(spool.fill.refusing).toBe(false);
    spool.close();
    const next = open(mount.folder, 'boot-2', time);
    expect(next.dropped).toEqual({ disk_full: 200 });
    expect(next.pending).toBe(100 + MAX);
    const seqs = next.read('boot-1', 0, 10_000).records.map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 100 + MAX }, (_, index) => index + 1));
  });

  it('asks the disk once a second and not more often', () => {
    const mount = mounted('2m');
    const time = new VirtualTime();
    const spool = open(mount.folder, 'boot-1', time);
    mount.fill();
    spool.add(drafts(1));
    time.advance(AGENT_LIMITS.spoolCommitMs.value);
    expect(spool.fill.refusing).toBe(true);
    mount.free();
    time.advance(AGENT_LIMITS.spoolRetryMs.value - 1);
    expect(spool.fill.refusing).toBe(true);
    time.advance(1);
    expect(spool.fill.refusing).toBe(false);
  });

  it('opens on a disk that is full already, sends what is there, and begins its boot once there is room', () => {
    const mount = mounted('2m');
    const time = new VirtualTime();
    const first = open(mount.folder, 'boot-1', time);
    first.add(drafts(5));
    first.close();
    mount.fill();
    const second = open(mount.folder, 'boot-2', time);
    expect(second.fullAtStart).toBe(true);
    expect(second.boots()).toEqual(['boot-1', 'boot-2']);
    expect(second.read('boot-1', 0, 10).records).toHaveLength(5);
    second.add(drafts(3));
    expect(second.commit()).toBe(false);
    expect(second.read('boot-2', 0, 10).records).toEqual([]);
    mount.free();
    time.advance(AGENT_LIMITS.spoolRetryMs.value);
    expect(second.read('boot-2', 0, 10).records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    second.close();
    const third = open(mount.folder, 'boot-3', time);
    expect(third.fullAtStart).toBe(false);
    expect(third.boots()).toEqual(['boot-1', 'boot-2', 'boot-3']);
  });

  it('that was never made cannot be: the agent says what it needs', () => {
    const mount = mounted('1m');
    mount.fill();
    expect(() => open(mount.folder, 'boot-1', new VirtualTime())).toThrow(SpoolError);
  });

  it('is told to people by the agent, which loses no slot', async () => {
    const mount = mounted('8m');
    const schedule = {
      type: 'schedule',
      revision: 1,
      assignments: [assignment({ everyMs: 500, effectiveFromMs: UNBEGUN_MS })],
    } as const;
    const collector = await ScriptedCollector.start({ welcome: () => ({ schedule: begun(schedule) }) });
    const config = parseAgentConfig({
      id: 'agent-1',
      labels: LABELS,
      collectors: [collector.url],
      dataDir: mount.folder,
      browser: { path: '/none', lockFile: join(temporaryFolder(), 'browser.lock') },
    });
    const agent = await startAgent(config, { probes: { echo: probeThat(async () => OK) } });
    onTestFinished(() => agent.stop('test over'));
    const first = await collector.session(0);
    await first.until(() => first.results.length >= 2);
    mount.fill();
    const before = first.results.length;
    await first.until(() => first.healths.at(-1)?.spool?.refusing === true);
    expect(first.healths.at(-1)?.lastError).toContain('is full');
    expect(first.healths.at(-1)?.pending).toBeGreaterThan(0);
    mount.free();
    await first.until(
      () => first.healths.at(-1)?.spool?.refusing === false && first.results.length > before + 5,
    );
    const slots = first.results.map(({ record }) => record.scheduledMs);
    expect(slots).toEqual(slots.map((_, index) => (slots[0] ?? 0) + index * 500));
    expect(first.healths.at(-1)?.dropped).toEqual({});
  }, 60_000);
});

describe('a broken spool', () => {
  /** A spool of several pages, closed in order, so that all is in the file. */
  function made(dataDir: string): string {
    const spool = open(dataDir, 'boot-1', new VirtualTime());
    spool.add(drafts(2000));
    spool.close();
    return join(dataDir, 'spool.db');
  }

  it.each(['head', 'middle', 'end'] as const)(
    'is put aside when its %s is overwritten, and a new one made',
    (where) => {
      const dataDir = temporaryFolder();
      const file = made(dataDir);
      const bytes = readFileSync(file);
      const at = { head: 0, middle: Math.floor(bytes.length / 2), end: bytes.length - 64 * 1024 }[where];
      bytes.fill(0xa5, at, at + 64 * 1024);
      writeFileSync(file, bytes);
      const spool = open(dataDir, 'boot-2', new VirtualTime());
      expect(spool.asideFile).toContain('spool.db-broken-');
      expect(spool.pending).toBe(0);
      spool.add(drafts(3));
      expect(spool.commit()).toBe(true);
      expect(readdirSync(dataDir).some((name) => name.startsWith('spool.db-broken-'))).toBe(true);
    },
  );
});
