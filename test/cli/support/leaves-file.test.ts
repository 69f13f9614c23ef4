import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLeaves } from '../../../cli/support/leaves-file.ts';
import { LEAF_LIMITS } from '../../../collector/detect/leaves/settings.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'outrider-leaves-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(text: string | Buffer, name = 'leaves.csv'): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const ROWS = ['120,a,x,1,10', '180,a,x,2,10', '240,a,x,8,10', '240,b,x,0,10', '300,a,x,9,10'];
const HEADER = 't,isp,cdn,stalled,total';
const CSV = `${HEADER}\n${ROWS.join('\n')}\n`;

describe('a file of leaves', () => {
  it('gives the minute asked for and the minutes before it, plain or gzipped', async () => {
    const plain = await readLeaves(file(CSV), '240');
    expect(plain.minutesBefore).toBe(2);
    expect(plain.table.dims).toEqual(['isp', 'cdn']);
    expect([...plain.table.bad]).toEqual([8, 0]);
    expect([...plain.table.badBefore]).toEqual([3, 0]);
    expect(await readLeaves(file(gzipSync(CSV), 'leaves.csv.gz'), '240')).toEqual(plain);
  });

  it('is the same with spaces, quotes, line ends of Windows, and its rows in any order', async () => {
    const want = await readLeaves(file(CSV), '240');
    const spaced = `${HEADER.replaceAll(',', ' , ')}\r\n${ROWS.map((row) => ` ${row.replaceAll(',', ' , ')} `).join('\r\n')}`;
    expect(await readLeaves(file(spaced), '240')).toEqual(want);
    const quoted = `${HEADER}\n${ROWS.map((row) => row.replace(',a,', ',"a",')).join('\n')}`;
    expect(await readLeaves(file(quoted), '240')).toEqual(want);
    const { minutesBefore, table } = await readLeaves(
      file(`${HEADER}\n${[...ROWS].reverse().join('\n')}`),
      '240',
    );
    expect({ minutesBefore, bad: [...table.bad].sort() }).toEqual({ minutesBefore: 2, bad: [0, 8] });
  });

  it('takes any name for the bad units, any number of dimensions, and instants in ISO 8601', async () => {
    const rows = 't,isp,rebuffering,total\n1970-01-01T00:03:00Z,a,2,10\n1970-01-01T00:04:00Z,a,8,10\n';
    const { minutesBefore, table } = await readLeaves(file(rows), '240');
    expect([table.dims, minutesBefore, [...table.bad]]).toEqual([['isp'], 1, [8]]);
    expect([...(await readLeaves(file(CSV), '1970-01-01T00:04:00Z')).table.bad]).toEqual([8, 0]);
  });

  it('takes leaves without units, and a first minute without a past', async () => {
    const { minutesBefore, table } = await readLeaves(file(`${HEADER}\n240,a,x,0,0\n`), '240');
    expect([minutesBefore, [...table.total]]).toEqual([0, [0]]);
  });
});

describe('a mistake', () => {
  it.each([
    ['cdn,isp,stalled,total', 'the first column is cdn: column t is missing'],
    ['t,isp,cdn,stalled', 'column total is missing: the last one is stalled'],
    ['t,isp,cdn,stalled,total,extra', 'column extra is one too many after total'],
    ['t,isp,stalled,extra,total', 'column extra is one too many between stalled and total'],
    ['t,stalled,total', 'a column with a dimension is missing between t and stalled'],
    ['t,isp,total', 'the column of bad units is missing between isp and total'],
    ['t,total', 'the columns of dimensions and of bad units are missing'],
  ])('in the header %s is named', async (header, what) => {
    const row = header.split(',').map(() => '1');
    await expect(readLeaves(file(`${header}\n${row.join(',')}\n`), '1')).rejects.toMatchObject({
      message: expect.stringContaining(`leaves.csv:1: ${what}`),
      exit: 65,
    });
  });

  it.each([
    ['240,a,x,8', 'column total is missing'],
    ['240,a,x,8,10,1', '"1" has none'],
    ['240,a,x,,10', 'column stalled is "", no number of 0 or more'],
    ['240,a,x,8,many', 'column total is "many", no number of 0 or more'],
    ['240,a,x,-1,10', 'column stalled is "-1", no number of 0 or more'],
    ['240,a,x,11,10', 'column stalled is 11, more than total, which is 10'],
    ['noon,a,x,1,10', 'column t is "noon", no time'],
  ])(
    'in the row %s leaves it out, counted and named with its line; where all are so the file is refused',
    async (row, what) => {
      const { broken, firstBroken, table } = await readLeaves(
        file(`${HEADER}\n${ROWS[0]}\n${row}\n${row}\n`),
        '120',
      );
      expect([broken, [...table.bad]]).toEqual([2, [1]]);
      expect(firstBroken?.message).toMatch(/leaves\.csv:3: /);
      expect(firstBroken?.message).toContain(what);
      await expect(readLeaves(file(`${HEADER}\n${row}\n`), '120')).rejects.toMatchObject({
        message: expect.stringMatching(/leaves\.csv:2: /),
        exit: 65,
      });
    },
  );

  it('is a time that the file does not have, told with the nearest ones', async () => {
    await expect(readLeaves(file(CSV), '250')).rejects.toMatchObject({
      why: 'the nearest times are 240 and 300',
      hint: '--at 240',
      exit: 64,
    });
    await expect(readLeaves(file(CSV), '30')).rejects.toMatchObject({ hint: '--at 120' });
    await expect(readLeaves(file(CSV), 'soon')).rejects.toMatchObject({ exit: 64 });
  });

  it('is a file without rows, one that is not there, and one with more dimensions than are looked at', async () => {
    await expect(readLeaves(file(`${HEADER}\n`), '1')).rejects.toThrow('there are no rows');
    await expect(readLeaves(join(dir, 'none.csv'), '1')).rejects.toMatchObject({ exit: 65 });
    const dims = Array.from({ length: LEAF_LIMITS.dims.value + 1 }, (_, d) => `d${d}`);
    await expect(readLeaves(file(`t,${dims},bad,total\n`), '1')).rejects.toThrow('17 dimensions; at most 16');
  });
});
