import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outrider } from '../../../support/outrider.ts';

let dir: string;
let leaves: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'outrider-localise-'));
  leaves = join(dir, 'leaves.csv.gz');
  const rows = ['t,isp,bitrate,cdn,stalled,total'];
  for (const t of [60, 120, 240, 300, 360])
    for (const isp of ['i1', 'i2', 'i3'])
      for (const bitrate of ['500', '2000', '4000'])
        for (const cdn of ['c1', 'c2']) {
          const isBad = t === 300 && (isp === 'i2' || (bitrate === '2000' && cdn === 'c1'));
          rows.push([t, isp, bitrate, cdn, isBad ? 300 : 20, 1000].join(','));
        }
  writeFileSync(leaves, gzipSync(`${rows.join('\n')}\n`));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const localise = (...more: string[]) => outrider('detect', 'localise', '--leaves', leaves, ...more);

describe('detect localise', () => {
  it('gives the answer first, as a list of sets as labels have it, then marked candidates', async () => {
    const { code, stderr, stdout } = await localise('--at', '300', '-o', 'json');
    expect(code).toBe(0);
    const { data } = JSON.parse(stdout);
    expect(data[0]).toMatchObject({
      ...{ rank: 1, answer: true, score: expect.any(Number), total: 8000, bad: 2400 },
      cause: [{ isp: 'i2' }, { bitrate: '2000', cdn: 'c1' }],
      sets: [
        { set: { isp: 'i2' }, place: 'ISP', alike: [] },
        { set: { bitrate: '2000', cdn: 'c1' }, place: 'POP', alike: [] },
      ],
      counter_examples: [],
    });
    expect(data.map((one: { answer: boolean }) => one.answer)).toEqual([true, false, false, false, false]);
    expect(data[1].cause).toEqual([{ isp: 'i2' }]);
    expect(data[2].cause).toEqual([{ bitrate: '2000', cdn: 'c1' }]);
    expect(stderr).toContain('18 leaves, 3 minutes before');
  });

  it('gives as many candidates as asked for: with one, the answer alone', async () => {
    const { stdout } = await localise('--at', '300', '--top', '1', '-o', 'json');
    expect(JSON.parse(stdout).data).toHaveLength(1);
  });

  it('gives a table for people, with what speaks for and against beside it', async () => {
    const { stderr, stdout } = await localise('--at', '1970-01-01T00:05:00Z');
    const [head, first] = stdout.split('\n');
    expect(head).toMatch(/^RANK +CAUSE +SCORE +SHARE +BAD +EXPECTED +TOTAL +ANSWER$/);
    expect(first).toMatch(/1 +isp=i2; bitrate=2000 cdn=c1 .*100 % +2400 +160\.0 +8000 +yes$/);
    expect(stderr).toContain('2600 bad of 18000, where 360.0 are normal');
  });

  it('says that nothing is raised where nothing is', async () => {
    const { code, stderr, stdout } = await localise('--at', '240', '-o', 'json');
    expect([code, JSON.parse(stdout).data]).toEqual([0, []]);
    expect(stderr).toContain('nothing is raised beside the rest');
  });

  it('ends with 65 for a file of another form, and with 64 for a time that it does not have', async () => {
    const wrong = join(dir, 'wrong.csv');
    writeFileSync(wrong, 't,isp,stalled\n1,a,2\n');
    const form = await outrider('detect', 'localise', '--leaves', wrong, '--at', '1');
    expect(form).toMatchObject({ code: 65, stdout: '' });
    expect(form.stderr).toContain('wrong.csv:1: column total is missing: the last one is stalled');
    const time = await localise('--at', '310');
    expect(time).toMatchObject({ code: 64, stdout: '' });
    expect(time.stderr).toContain('Try: --at 300');
  });
});
