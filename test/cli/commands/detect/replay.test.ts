import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outrider } from '../../../support/outrider.ts';

let dir: string;
let trace: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'outrider-replay-'));
  trace = join(dir, 'trace.csv.gz');
  const rows = Array.from({ length: 120 }, (_, i) => `${i},${i < 60 ? 100 : 112}.${(i * 7) % 4},0`);
  writeFileSync(trace, gzipSync(`t,rtt_ms,cp\n${rows.join('\n')}\n`));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('detect replay --series', () => {
  it('gives the changes as JSON for programs, and a word for people beside it', async () => {
    const { code, stderr, stdout } = await outrider('detect', 'replay', '--series', trace, '-o', 'json');
    expect(code).toBe(0);
    const { data } = JSON.parse(stdout) as { data: Record<string, unknown>[] };
    expect(data).toEqual([{ index: 66, onset: 60, direction: 'up', evidence: expect.any(Number) }]);
    expect(stderr).toContain('120 rows, 0 of them timeouts: 1 changes');
  });

  it('gives a table with the levels for people', async () => {
    const { stdout } = await outrider('detect', 'replay', '--series', trace);
    const [head, row] = stdout.split('\n');
    expect(head).toMatch(/^INDEX +ONSET +DIRECTION +BEFORE +AFTER +EVIDENCE$/);
    expect(row).toMatch(/66 +60 +up +100.1 +112.\d/);
  });

  it('tells less when only larger changes are asked for', async () => {
    const { stdout } = await outrider(
      'detect',
      'replay',
      '--series',
      trace,
      '--min-effect',
      '20',
      '-o',
      'json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ data: [] });
  });

  it('says with exit code 65 which column is missing, and with 64 what it was not told', async () => {
    const missing = await outrider('detect', 'replay', '--series', trace, '--column', 'rtt');
    expect(missing).toMatchObject({ code: 65, stdout: '' });
    expect(missing.stderr).toContain('column rtt is missing');
    const nothing = await outrider('detect', 'replay');
    expect(nothing.code).toBe(64);
    expect(nothing.stderr).toContain('--series FILE');
    const wrong = await outrider('detect', 'replay', '--series', trace, '--min-effect', 'some');
    expect(wrong.code).toBe(64);
  });
});
