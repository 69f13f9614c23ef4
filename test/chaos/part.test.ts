import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Part, type Running } from './part.ts';

/** Says a word when it is ready, and goes on for ever unless told otherwise. */
const PROGRAM = (more: string) => `${more}; process.stdout.write('ready'); setInterval(() => {}, 1000)`;

interface Launched {
  readonly part: Part;
  /** Every process so far, the latest last. */
  readonly children: ChildProcess[];
}

function partOf(program: (launches: number) => string = () => PROGRAM('')): Launched {
  const children: ChildProcess[] = [];
  const part = new Part('agent-1', async (): Promise<Running> => {
    const child = spawn(process.execPath, ['-e', program(children.length)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(child);
    const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const said = new Promise<boolean>((resolve) => {
      child.stdout?.once('data', () => resolve(true));
    });
    return { pid: child.pid ?? 0, ready: Promise.race([said, exited.then(() => false)]), exited };
  });
  onTestFinished(() => part.stop('SIGKILL'));
  return { part, children };
}

/** `T` while it stands still, see proc(5). */
function stateOf(child: ChildProcess | undefined): string {
  return /\) (\w)/.exec(readFileSync(`/proc/${child?.pid}/stat`, 'utf8'))?.[1] ?? '';
}

async function until(reached: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!reached() && performance.now() < deadlineMs) await sleep(20);
  expect(reached()).toBe(true);
}

describe('Part', () => {
  it('brings back what was killed, after the time that it was to be away', async () => {
    const { part, children } = partOf();
    part.start();
    await part.untilReady(20_000);
    part.kill(600);
    const killedMs = performance.now();
    await until(() => children.length === 2);
    expect(performance.now() - killedMs).toBeGreaterThanOrEqual(600);
    expect(await part.untilReady(20_000)).toBe(true);
    expect(children[0]?.signalCode).toBe('SIGKILL');
    expect(part.kills).toBe(1);
    expect(part.ownEnds).toEqual([]);
  });

  it('kills what has not become ready yet', async () => {
    const { part, children } = partOf((launches) =>
      launches === 0 ? 'setInterval(() => {}, 1000)' : PROGRAM(''),
    );
    part.start();
    await until(() => children.length === 1);
    expect(part.ready).toBe(false);
    part.kill(0);
    expect(await part.untilReady(20_000)).toBe(true);
    expect(children).toHaveLength(2);
  });

  it('asks for an end in order and starts it anew', async () => {
    const { part, children } = partOf(() => PROGRAM("process.on('SIGTERM', () => process.exit(7))"));
    part.start();
    await part.untilReady(20_000);
    await part.restart(0);
    expect(children[0]?.exitCode).toBe(7);
    await until(() => children.length === 2);
    expect(part.kills).toBe(0);
    expect(part.ownEnds).toEqual([]);
  });

  it('tells of an end that nobody asked for, and starts it again', async () => {
    const { part, children } = partOf((launches) => (launches === 0 ? 'process.exit(3)' : PROGRAM('')));
    part.start();
    expect(await part.untilReady(20_000)).toBe(true);
    expect(children).toHaveLength(2);
    expect(part.ownEnds).toEqual([expect.objectContaining({ code: 3, signal: null, wasReady: false })]);
  });

  it('lets it stand still and go on', async () => {
    const { part, children } = partOf();
    part.start();
    await part.untilReady(20_000);
    part.pause();
    await until(() => stateOf(children[0]) === 'T');
    part.resume();
    await until(() => /[RSD]/.test(stateOf(children[0])));
  });

  it('does not bring back what is not wanted any more, even if it stands still', async () => {
    const { part, children } = partOf();
    part.start();
    await part.untilReady(20_000);
    part.pause();
    await part.stop();
    expect(part.ready).toBe(false);
    expect(children).toHaveLength(1);
    expect(children[0]?.signalCode).toBe('SIGTERM');
    part.start();
    expect(await part.untilReady(20_000)).toBe(true);
  });

  it('goes on when a launch fails', async () => {
    let launches = 0;
    const part = new Part('clickhouse', async () => {
      launches += 1;
      throw new Error('the port was taken');
    });
    part.start();
    await until(() => launches === 2);
    expect(part.ownEnds[0]).toMatchObject({ wasReady: false });
    await part.stop();
  });
});
