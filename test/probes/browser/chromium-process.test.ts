import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChromium, supervise } from '../../../probes/browser/chromium-process.ts';
import { BROWSER_LIMITS, DEFAULT_BROWSER_LIMITS } from '../../../probes/browser/limits.ts';

let tempDirectory: string;
beforeEach(() => {
  tempDirectory = mkdtempSync(join(tmpdir(), 'chromium-test-'));
});
afterEach(() => rmSync(tempDirectory, { recursive: true, force: true }));

/** What was started in place of a browser: a shell script. */
function start(script: string) {
  const path = join(tempDirectory, 'program.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  const build = { path, version: 'Chromium 1.0', headless: 'shell' } as const;
  return startChromium({ build, connectTo: {}, tempDirectory, limits: DEFAULT_BROWSER_LIMITS });
}

const profiles = () => readdirSync(tempDirectory).filter((name) => name !== 'program.sh');

describe('a program that is started as a browser', () => {
  it('is quoted with the last of what it said, and no more than the limit', async () => {
    const { value } = BROWSER_LIMITS.stderrBytes;
    const filler = 'x'.repeat(100);
    const lines = Math.ceil((2 * value) / filler.length);
    const program = await start(
      `i=0; while [ $i -lt ${lines} ]; do echo ${filler} >&2; i=$((i + 1)); done; echo no display >&2; exit 3`,
    );
    expect(await program.exited).toBe('ended with code 3');
    const complaints = await program.complaints();
    // What was quoted ends in a line break.
    expect(complaints).toHaveLength(value - 1);
    expect(complaints).toMatch(/x\nno display$/);
    await program.kill();
    expect(profiles()).toEqual([]);
  });

  it('is ended with its profile, again and again', async () => {
    const program = await start('exec sleep 60');
    expect(profiles()).toHaveLength(1);
    await Promise.all([program.kill(), program.kill()]);
    expect(await program.exited).toBe('ended by SIGKILL');
    await program.close();
    expect(profiles()).toEqual([]);
  });

  it('and that no signal ends is left to the kernel after the limit, and its profile is wiped', async () => {
    const profileDirectory = join(tempDirectory, 'profile');
    mkdirSync(profileDirectory);
    // Not the leader of a group: the signal goes past it, as it would past one that the kernel holds.
    const child = spawn('/bin/sleep', ['60'], { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
    const killMs = BROWSER_LIMITS.killMs.value / 20;
    const immortal = supervise(child, profileDirectory, { ...DEFAULT_BROWSER_LIMITS, killMs });
    const startMs = performance.now();
    await immortal.kill();
    expect(performance.now() - startMs).toBeGreaterThan(killMs * 0.9);
    expect(existsSync(profileDirectory)).toBe(false);
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});
