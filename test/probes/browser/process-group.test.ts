import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupRssBytes, killGroup, pagesIfInGroup } from '../../../probes/browser/process-group.ts';
import { makeProfile, sweepProfiles, wipeProfile } from '../../../probes/browser/profiles.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'profiles-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A leader with a child, as a launching script has a browser. */
async function startGroup() {
  const script = 'sleep 300 & echo $!; wait';
  const leader = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(leader.stdout, 'data')) as [Buffer];
  return { leader, pid: leader.pid as number, childPid: Number(line.toString()) };
}

/** A dead child of a dead parent stays in the list until the first process of the machine has time for it. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a process group', () => {
  it('is ended as a whole: the child of the leader too', async () => {
    const { leader, pid, childPid } = await startGroup();
    expect(isRunning(childPid)).toBe(true);
    expect(killGroup(pid)).toBe(true);
    await once(leader, 'exit');
    await expect.poll(() => isRunning(childPid)).toBe(false);
  });

  it('has a memory as long as it lives', async () => {
    const { leader, pid } = await startGroup();
    expect(await groupRssBytes(pid)).toBeGreaterThan(100_000);
    killGroup(pid);
    await once(leader, 'exit');
    await expect.poll(async () => (await groupRssBytes(pid)) ?? 0).toBe(0);
  });

  it('is told from others though a name has spaces and parentheses', () => {
    const rest = Array.from({ length: 48 }, (_, at) => String(100 + at));
    const stat = `4242 (a (b) c) S 1 77 ${rest.join(' ')}`;
    expect(pagesIfInGroup(stat, 77)).toBe(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[21]));
    expect(pagesIfInGroup(stat, 78)).toBeUndefined();
    expect(pagesIfInGroup('', 77)).toBeUndefined();
  });
});

describe('throw-away profiles', () => {
  it('are made apart, and wiped with what is in them', async () => {
    const [first, second] = [await makeProfile(directory), await makeProfile(directory)];
    expect(first).not.toBe(second);
    mkdirSync(join(first, 'Default'));
    writeFileSync(join(first, 'Default', 'Cookies'), 'x');
    await wipeProfile(first);
    expect(existsSync(first)).toBe(false);
    expect(existsSync(second)).toBe(true);
    await wipeProfile(first);
  });

  it('of processes that are gone are swept, those of the living and all else are kept', async () => {
    const mine = await makeProfile(directory);
    const { leader, pid } = await startGroup();
    killGroup(pid);
    await once(leader, 'exit');
    const stale = join(directory, `outrider-browser-${pid}-abcdef`);
    const other = join(directory, 'outrider-store-abcdef');
    mkdirSync(stale);
    mkdirSync(other);
    expect(await sweepProfiles(directory, 10)).toBe(1);
    expect([mine, stale, other].map((path) => existsSync(path))).toEqual([true, false, true]);
  });

  it('are swept so many at a time', async () => {
    const { leader, pid } = await startGroup();
    killGroup(pid);
    await once(leader, 'exit');
    for (const name of ['a', 'b', 'c']) mkdirSync(join(directory, `outrider-browser-${pid}-${name}`));
    expect(await sweepProfiles(directory, 2)).toBe(2);
    expect(await sweepProfiles(directory, 2)).toBe(1);
  });

  it('of a directory that is not there are none', async () => {
    expect(await sweepProfiles(join(directory, 'none'), 10)).toBe(0);
  });
});
