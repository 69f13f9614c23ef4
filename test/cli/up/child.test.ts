import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { CHILD_LIMITS, Child } from '../../../cli/up/child.ts';

const scratch = mkdtempSync(join(tmpdir(), 'outrider-child-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;

/** A child that runs a script, with a log of its own. */
function childOf(script: string, more: { readonly stopMs?: number } = {}): Child {
  count += 1;
  const logFile = join(scratch, `${count}.log`);
  return new Child({ name: `child-${count}`, args: ['-e', script], logFile, ...more });
}

/** Whether a process is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a process of the fleet', () => {
  it('says when it is ready', async () => {
    const child = childOf('process.send({ type: "ready", port: 7 }); setInterval(() => {}, 1000)');
    expect(await child.message(10_000)).toEqual({ type: 'ready', port: 7 });
    await child.stop();
  });

  it('that ends before it is ready is an error that quotes the end of its log', async () => {
    const child = childOf('console.error("no disk left"); process.exit(3)');
    await expect(child.message(10_000)).rejects.toMatchObject({
      message: expect.stringContaining('ended before it was ready'),
      why: expect.stringContaining('no disk left'),
    });
    expect(await child.exited).toEqual({ code: 3, signal: null });
  });

  it('that is never ready is an error after the time', async () => {
    const child = childOf('setInterval(() => {}, 1000)');
    await expect(child.message(300)).rejects.toThrow('was not ready after 0.3 s');
    await child.stop();
  });

  it('may end its work when it is told to stop', async () => {
    const child = childOf(
      'process.on("SIGTERM", () => setTimeout(() => process.exit(5), 200)); process.send({}); setInterval(() => {}, 1000)',
    );
    await child.message(10_000);
    expect(await child.stop()).toEqual({ code: 5, signal: null });
    expect(child.running).toBe(false);
    // A second stop of what is gone is nothing.
    expect(await child.stop()).toEqual({ code: 5, signal: null });
  });

  it('is killed when it does not end within the limit', async () => {
    const stopMs = CHILD_LIMITS.stopMs.value / 100;
    const child = childOf(
      'process.on("SIGTERM", () => console.log("not now")); process.send({}); setInterval(() => {}, 1000)',
      { stopMs },
    );
    await child.message(10_000);
    expect(await child.stop()).toEqual({ code: null, signal: 'SIGKILL' });
    // It was asked first.
    expect(readFileSync(child.logFile, 'utf8')).toBe('not now\n');
  });

  it('is quoted with the last bytes of a long log alone, cut between two characters', async () => {
    const { value } = CHILD_LIMITS.logTailBytes;
    const child = childOf('process.exit(1)');
    await child.exited;
    writeFileSync(child.logFile, `first${'ü'.repeat(value)}\nlast`);
    const { why = '' } = child.problem('ended');
    expect(why).toMatch(/^ü+\nlast$/);
    expect(Buffer.byteLength(why)).toBe(value - 1);
    writeFileSync(child.logFile, `${'x'.repeat(value)} short`);
    expect(child.problem('ended').why).toHaveLength(value);
    writeFileSync(child.logFile, '');
    expect(child.problem('ended').why).toBe('(its log is empty)');
  });

  it('ends when the process that started it is killed', async () => {
    const file = join(scratch, 'parent.ts');
    const entry = join(import.meta.dirname, '../../../cli/up/child.ts');
    const forever =
      'process.once("disconnect", () => process.exit()); process.send({}); setInterval(() => {}, 1000)';
    writeFileSync(
      file,
      `import { Child } from ${JSON.stringify(entry)};
       const child = new Child({ name: 'x', args: ['-e', ${JSON.stringify(forever)}], logFile: ${JSON.stringify(join(scratch, 'x.log'))} });
       await child.message(10000);
       console.log(child.pid);`,
    );
    const parent = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (data) => resolve(Number(String(data)))),
    );
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    for (let i = 0; i < 100 && isAlive(pid); i += 1) await sleep(100);
    expect(isAlive(pid)).toBe(false);
  });
});
