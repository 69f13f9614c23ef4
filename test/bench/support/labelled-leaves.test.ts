import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readCases } from './labelled-leaves.ts';

it('reads labelled cases at the minute of their label, in the order of the labels', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-cases-'));
  try {
    mkdirSync(join(folder, 'cases'));
    const labels = [
      { file: 'b.csv.gz', t: 60, cause: [{ isp: 'x' }] },
      { file: 'a.csv.gz', t: 120, cause: [{ isp: 'y' }, { isp: 'z' }] },
    ];
    writeFileSync(join(folder, 'labels.json'), JSON.stringify(labels));
    for (const { file } of labels)
      writeFileSync(join(folder, 'cases', file), gzipSync('t,isp,stalled,total\n60,x,1,9\n120,x,2,9\n'));
    const cases = await readCases(folder);
    expect(cases.map(({ causes, name }) => ({ name, causes }))).toEqual(
      labels.map(({ cause, file }) => ({ name: file, causes: cause })),
    );
    expect(cases.map(({ table }) => [...table.bad])).toEqual([[1], [2]]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
