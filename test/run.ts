/**
 * `npm test`: format and lint, types, dead code, then the tests, project after project. The last line is
 * `N passed, N failed`. With arguments, only vitest runs, with these arguments: `npm test -- test/protocol`.
 *
 * A whole run takes long enough for the machine to stumble in it. So the files of a few failures run once
 * more, alone; what passes then has passed, and is named before the last line. What fails twice has failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Failure,
  failuresOf,
  passedOf,
  type Skipped,
  skippedOf,
  type VitestReport,
} from './support/vitest-report.ts';

interface Tally {
  passed: number;
  skipped: readonly Skipped[];
  failures: readonly Failure[];
  /** Failed at first, passed when their file ran alone. */
  shaky: readonly Failure[];
}

/** More files than these have failed for a reason of their own: that is no stumble. */
const MAX_FILES_TRIED_AGAIN = 4;

const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
const scratch = mkdtempSync(join(tmpdir(), 'outrider-test-'));

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(bin(command), args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** A check of the whole tree counts as one test. */
async function check(title: string, command: string, args: readonly string[]): Promise<Tally> {
  console.log(`\n── ${title}`);
  const code = await run(command, args);
  const failures = code === 0 ? [] : [{ file: command, test: title, why: `exit code ${code}, see above` }];
  return { passed: code === 0 ? 1 : 0, skipped: [], failures, shaky: [] };
}

/** One run of vitest; without a report where it could not even begin. */
async function vitest(
  title: string,
  args: readonly string[],
): Promise<{ tally: Tally; report?: VitestReport }> {
  console.log(`\n── ${title}`);
  const outputFile = join(scratch, `${title.replaceAll(/\W+/g, '-')}.json`);
  const code = await run('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${outputFile}`,
    ...args,
  ]);
  let report: VitestReport;
  try {
    report = JSON.parse(readFileSync(outputFile, 'utf8')) as VitestReport;
  } catch {
    const failures = [{ file: 'vitest', test: title, why: `no report, exit code ${code}` }];
    return { tally: { passed: 0, skipped: [], failures, shaky: [] } };
  }
  const failures = failuresOf(report, root);
  const tally = { passed: passedOf(report, root), skipped: skippedOf(report, root), failures, shaky: [] };
  if (failures.length === 0 && code !== 0) {
    failures.push({ file: 'vitest', test: title, why: `exit code ${code} though no test failed, see above` });
    return { tally };
  }
  return { tally, report };
}

/** A project; the files of its failures once more, one after the other. */
async function project(title: string, name: string): Promise<Tally> {
  const { tally, report } = await vitest(title, ['--project', name]);
  const files = new Set(tally.failures.map((failure) => failure.file));
  if (report === undefined || files.size === 0 || files.size > MAX_FILES_TRIED_AGAIN) {
    return tally;
  }
  const again = await vitest(`${title}, once more`, ['--project', name, '--no-file-parallelism', ...files]);
  const key = ({ file, test }: Failure): string => `${file} ${test}`;
  const failedTwice = new Set(again.tally.failures.map(key));
  return {
    passed: passedOf(report, root, files) + again.tally.passed,
    skipped: tally.skipped,
    failures: again.tally.failures,
    shaky: tally.failures.filter((failure) => !failedTwice.has(key(failure))),
  };
}

async function everything(): Promise<Tally[]> {
  return [
    await check('format and lint (biome)', 'biome', ['check', '.']),
    await check('types (tsc)', 'tsc', ['--noEmit']),
    await check('dead code (knip)', 'knip', []),
    await project('unit tests', 'unit'),
    await project('browser tests', 'browser'),
    await project('end-to-end tests', 'e2e'),
  ];
}

function list(title: string, failures: readonly Failure[]): void {
  if (failures.length > 0) {
    console.log(`\n── ${title}`);
    for (const { file, test, why } of failures) {
      console.log(`${file} › ${test}\n    ${why}`);
    }
  }
}

const args = process.argv.slice(2);
const tallies = args.length > 0 ? [(await vitest('chosen tests', args)).tally] : await everything();
rmSync(scratch, { recursive: true, force: true });

const failures = tallies.flatMap((tally) => tally.failures);
const sum = (pick: (tally: Tally) => number): number =>
  tallies.reduce((total, tally) => total + pick(tally), 0);
const left = tallies.flatMap((tally) => tally.skipped);
const skipped = left.reduce((total, { tests }) => total + tests, 0);
list(
  'passed at the second try only',
  tallies.flatMap((tally) => tally.shaky),
);
if (left.length > 0) console.log('\n── not run here');
for (const { file, tests, what } of left)
  console.log(`${file} › ${what}${tests > 1 ? `, ${tests} tests` : ''}`);
list('failed', failures);
console.log(
  `\n${sum((tally) => tally.passed)} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
