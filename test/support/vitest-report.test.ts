import { describe, expect, it } from 'vitest';
import { failuresOf, passedOf, skippedOf, type VitestReport } from './vitest-report.ts';

const report: VitestReport = {
  testResults: [
    {
      name: '/root/project/test/a.test.ts',
      status: 'failed',
      assertionResults: [
        { fullName: 'a adds', status: 'passed' },
        { fullName: 'a divides', status: 'failed', failureMessages: ['Error: by zero\n    at a.ts:1'] },
      ],
    },
    {
      name: '/root/project/test/b.test.ts',
      status: 'failed',
      message: 'Cannot find b.ts',
      assertionResults: [],
    },
    {
      name: '/root/project/test/c.test.ts',
      status: 'passed',
      assertionResults: [
        { fullName: 'c', status: 'passed' },
        { fullName: 'c later', status: 'skipped' },
        {
          ...{ fullName: 'd (no disk) e writes', ancestorTitles: ['d (no disk)', 'e'], status: 'skipped' },
        },
        {
          ...{ fullName: 'd (no disk) e reads', ancestorTitles: ['d (no disk)', 'e'], status: 'skipped' },
        },
      ],
    },
  ],
};

describe('the report of a test run', () => {
  it('names what failed with its file and the first line of why, a file that could not be loaded too', () => {
    expect(failuresOf(report, '/root/project')).toEqual([
      { file: 'test/a.test.ts', test: 'a divides', why: 'Error: by zero' },
      { file: 'test/b.test.ts', test: '(the file as a whole)', why: 'Cannot find b.ts' },
    ]);
  });

  it('names what was left out, and why where its title says so', () => {
    expect(skippedOf(report, '/root/project')).toEqual([
      { file: 'test/c.test.ts', what: 'c later', tests: 1 },
      { file: 'test/c.test.ts', what: 'd (no disk)', tests: 2 },
    ]);
  });

  it('counts what passed, but for the files that are tried again', () => {
    expect(passedOf(report, '/root/project')).toBe(2);
    expect(passedOf(report, '/root/project', new Set(['test/a.test.ts']))).toBe(1);
  });
});
