import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outrider } from '../../support/outrider.ts';

const entry = join(import.meta.dirname, '../../../cli/bin/outrider.js');

/** Runs `outrider ARGS` with at most `files` open files. */
function withFiles(files: number, args: string): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    const script = `ulimit -n ${files}; exec "${process.execPath}" "${entry}" ${args}`;
    execFile('sh', ['-c', script], (error, _stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stderr });
    });
  });
}

describe('outrider simulate', () => {
  it.each([
    ['a rate that its agents cannot make', ['--agents', '10', '--rate', '1000/s'], 64, 'at most --rate 20/s'],
    [
      'a fault of a region that there is not',
      ['--regions', '3', '--fault', 'mars:blackhole@1s'],
      64,
      'region-1',
    ],
    ['a collector that does not answer', ['--collector', 'http://127.0.0.1:9'], 69, '--collector URL'],
  ])('with %s ends with its exit code and what to try', async (_what, args, code, hint) => {
    const ended = await outrider('simulate', ...args);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(/^Error: .+/m);
    expect(ended.stderr).toContain(hint);
  });

  it('knows before it starts that it may not open enough files', async () => {
    const { code, stderr } = await withFiles(400, 'simulate --agents 1000 --collector http://127.0.0.1:9');
    expect(code).toBe(65);
    expect(stderr).toContain('1000 agents need 1200 open files, and this process may have 400');
    expect(stderr).toContain('Try: ulimit -n 2048');
  });
});
