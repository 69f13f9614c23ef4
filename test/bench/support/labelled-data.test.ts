import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, readTraces } from './labelled-data.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'outrider-data-'));
  mkdirSync(join(dir, 'traces'));
  writeFileSync(join(dir, 'traces', 'b.csv'), 't,rtt_ms,cp\n1,5,0\n2,-3,0\n3,9,1\n');
  writeFileSync(join(dir, 'traces', 'a.csv.gz'), gzipSync('t,rtt_ms,cp\n1,5,1\n'));
  writeFileSync(join(dir, 'traces', 'LICENSE'), 'MIT');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('labelled data', () => {
  it('is looked for where the environment says, and need not be there', () => {
    expect(dataFolder('traces', { OUTRIDER_DATA: dir })).toBe(join(dir, 'traces'));
    expect(dataFolder('others', { OUTRIDER_DATA: dir })).toBeUndefined();
  });

  it('of traces is read by name, with the rows of the labels, and timeouts as such', async () => {
    expect(await readTraces(join(dir, 'traces'))).toEqual([
      { name: 'a', values: [5], labels: [0] },
      { name: 'b', values: [5, undefined, 9], labels: [2] },
    ]);
  });
});
