/** What is done to an agent itself, from outside, while it probes: its own process has no part in it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ends the harm. */
export type Relief = () => void;

/** Stops, and lets go on, many times: as a virtual machine that its host keeps from running. */
const FREEZE = { frozenMs: 500, freeMs: 250 } as const;
const HOGS = 3;
/** Node has these and more open before anything of ours begins. */
const FILES_LEFT = 8;
const MEMORY_ROOT = '/sys/fs/cgroup/memory';

export function freeze(pid: number): Relief {
  let timer: NodeJS.Timeout;
  const turn = (isFrozen: boolean): void => {
    process.kill(pid, isFrozen ? 'SIGSTOP' : 'SIGCONT');
    timer = setTimeout(() => turn(!isFrozen), isFrozen ? FREEZE.frozenMs : FREEZE.freeMs);
  };
  turn(true);
  return () => {
    clearTimeout(timer);
    process.kill(pid, 'SIGCONT');
  };
}

/** Busy processes that go before it, on the one processor that it may use. */
export function hog(pid: number): Relief {
  execFileSync('taskset', ['-acp', '0', String(pid)], { stdio: 'ignore' });
  execFileSync('renice', ['-n', '19', '-p', String(pid)], { stdio: 'ignore' });
  const busy: ChildProcess[] = Array.from({ length: HOGS }, () =>
    spawn('taskset', ['-c', '0', process.execPath, '-e', 'for (;;) {}'], { stdio: 'ignore' }),
  );
  return () => {
    for (const process of busy) process.kill('SIGKILL');
    execFileSync('renice', ['-n', '0', '-p', String(pid)], { stdio: 'ignore' });
    execFileSync('taskset', ['-acp', '0-63', String(pid)], { stdio: 'ignore' });
  };
}

/** It gets no descriptor more than it has. */
export function takeFiles(pid: number): Relief {
  const limit = (files: string) =>
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${files}`], { stdio: 'ignore' });
  const before = /Max open files\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1] ?? '1024';
  limit(`${FILES_LEFT}:`);
  return () => limit(`${before}:`);
}

/**
 * It gets hardly any memory more: by a control group, as a service manager does it, or by a limit of the process where there are none to be had. It does
 * not survive that.
 */
export function takeMemory(pid: number): Relief {
  const group = join(MEMORY_ROOT, `outrider-bench-${process.pid}`);
  try {
    mkdirSync(group);
    writeFileSync(join(group, 'memory.limit_in_bytes'), '1048576');
    writeFileSync(join(group, 'cgroup.procs'), String(pid));
    return () => rmdirSync(group);
  } catch {
    execFileSync('prlimit', ['--pid', String(pid), '--data=1048576:1048576'], { stdio: 'ignore' });
    return () => {};
  }
}
