/** What vitest's JSON reporter writes, as far as `npm test` reads it. */
import { isAbsolute, relative } from 'node:path';

export interface VitestReport {
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed';
    /** Why the file as a whole could not be run; empty otherwise. */
    readonly message?: string;
    readonly assertionResults: readonly {
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
