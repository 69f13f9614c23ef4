/** What vitest's JSON reporter writes, as far as `npm test` reads it. */
import { isAbsolute, relative } from 'node:path';

export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed';
    /** Why the file as a whole could not be run; empty otherwise. */
    readonly message?: string;
    readonly assertionResults: readonly {
      /** Of what it is in, the outermost first. */
      readonly ancestorTitles?: readonly string[];
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

export interface Failure {
  /** Relative to the root of the project. */
  readonly file: string;
  readonly test: string;
  /** The first line of its message. */
  readonly why: string;
}

const firstLine = (text: string | undefined): string => (text ?? '').trim().split('\n', 1)[0] ?? '';

const fileOf = (name: string, root: string): string => (isAbsolute(name) ? relative(root, name) : name);

/** Every test that failed; a file that could not be loaded holds no test and is one failure. */
export function failuresOf(report: VitestReport, root: string): Failure[] {
  return report.testResults.flatMap((result) => {
    const file = fileOf(result.name, root);
    const tests = result.assertionResults
      .filter((one) => one.status === 'failed')
      .map((one) => ({ file, test: one.fullName, why: firstLine(one.failureMessages?.[0]) }));
    if (tests.length > 0 || result.status === 'passed') {
      return tests;
    }
    return [{ file, test: '(the file as a whole)', why: firstLine(result.message) }];
  });
}

/** How many tests passed, but for those of some files. */
export function passedOf(
  report: VitestReport,
  root: string,
  without: ReadonlySet<string> = new Set(),
): number {
  return report.testResults
    .filter((result) => !without.has(fileOf(result.name, root)))
    .flatMap((result) => result.assertionResults)
    .filter((one) => one.status === 'passed').length;
}

export interface Skipped {
  /** Relative to the root of the project. */
  readonly file: string;
  /** The outermost title that says in brackets why: `a real Alertmanager (none is installed)`; else that of the test. */
  readonly what: string;
  readonly tests: number;
}

/** What was left out, each group of tests once: the title of what cannot run everywhere says what it lacks. */
export function skippedOf(report: VitestReport, root: string): Skipped[] {
  const groups = new Map<string, Skipped>();
  for (const { assertionResults, name } of report.testResults) {
    const file = fileOf(name, root);
    for (const { ancestorTitles = [], fullName, status } of assertionResults) {
      if (status === 'passed' || status === 'failed') continue;
      const what = ancestorTitles.find((title) => title.endsWith(')')) ?? fullName;
      const key = JSON.stringify([file, what]);
      groups.set(key, { file, what, tests: (groups.get(key)?.tests ?? 0) + 1 });
    }
  }
  return [...groups.values()];
}
