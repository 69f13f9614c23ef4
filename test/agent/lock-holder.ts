/** A process for the lock test: takes the lock some times and writes each beginning and end to a file. */
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { MachineLock } from '../../agent/machine-lock.ts';
import { systemTimers } from '../../agent/time.ts';

const [lockFile = '', log = '', turns = '1', holdMs = '0'] = process.argv.slice(2);
const lock = new MachineLock(lockFile, systemTimers, Math.random);

for (let turn = 0; turn < Number(turns); turn += 1) {
  if (!(await lock.acquire(20_000, new AbortController().signal))) process.exit(1);
  appendFileSync(log, `begin ${process.pid}\n`);
  process.stdout.write('held\n');
  await wait(Number(holdMs));
  appendFileSync(log, `end ${process.pid}\n`);
  lock.release();
}
lock.close();
