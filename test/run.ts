/**
 * `npm test`: format and lint, types, dead code, then the tests, project after project. The last line is
 * `N passed, N failed`. With arguments, only vitest runs, with these arguments: `npm test -- test/protocol`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

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
  const failed = (await run(command, args)) === 0 ? 0 : 1;
  return { passed: 1 - failed, failed, skipped: 0 };
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTests: number;
}

async function vitest(title: string, args: readonly string[]): Promise<Tally> {
  console.log(`\n── ${title}`);
  const report = join(scratch, `${title.replaceAll(' ', '-')}.json`);
  const code = await run('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]);
  try {
    const json = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
    // A file that could not be loaded fails as a suite and holds no failed test.
    const failed =
      json.numFailedTests > 0 || code === 0 ? json.numFailedTests : Math.max(1, json.numFailedTestSuites);
    return { passed: json.numPassedTests, failed, skipped: json.numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function everything(): Promise<Tally[]> {
  return [
    await check('format and lint (biome)', 'biome', ['check', '.']),
    await check('types (tsc)', 'tsc', ['--noEmit']),
    await check('dead code (knip)', 'knip', []),
    await vitest('unit tests', ['--project', 'unit']),
    await vitest('browser tests', ['--project', 'browser']),
    await vitest('end-to-end tests', ['--project', 'e2e']),
  ];
}

const args = process.argv.slice(2);
const tallies = args.length > 0 ? [await vitest('chosen tests', args)] : await everything();
rmSync(scratch, { recursive: true, force: true });

const sum = (pick: (tally: Tally) => number): number =>
  tallies.reduce((total, tally) => total + pick(tally), 0);
const failed = sum((tally) => tally.failed);
const skipped = sum((tally) => tally.skipped);
console.log(
  `\n${sum((tally) => tally.passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exitCode = failed > 0 ? 1 : 0;
