import { describe, expect, it } from 'vitest';
import { fitTable } from '../../../cli/support/fit-table.ts';
import { formatTable } from '../../../cli/support/output.ts';

const columns = [
  { header: 'region', cells: ['eu-west', 'us-east'] },
  { header: 'p50', cells: ['12.5 ms', '1234.0 ms'] },
  { header: 'fail', cells: [1, 22], spare: 1 },
  { header: 'ok', cells: [100, 2], spare: 2 },
];

describe('a table on a screen', () => {
  it('is as wide as it is where there is room', () => {
    const rows = [
      ['eu-west', '12.5 ms', 1, 100],
      ['us-east', '1234.0 ms', 22, 2],
    ];
    expect(fitTable(columns, 80)).toEqual({
      text: formatTable(['region', 'p50', 'fail', 'ok'], rows),
      leftOut: [],
    });
  });

  it('leaves out what can be spared, the least wanted first, and names it', () => {
    expect(fitTable(columns, 25)).toEqual({
      text: ['REGION         P50  FAIL', 'eu-west    12.5 ms     1', 'us-east  1234.0 ms    22'].join('\n'),
      leftOut: ['ok'],
    });
    expect(fitTable(columns, 5).leftOut).toEqual(['ok', 'fail']);
  });

  it('colours cells, which takes no room', () => {
    const paint = (text: string, row: number) => (row === 1 ? `<${text}>` : text);
    const { text } = fitTable(
      [
        { header: 'a', cells: ['x', 'yyy'], paint },
        { header: 'b', cells: [1, 2] },
      ],
      80,
    );
    expect(text.split('\n')).toEqual(['A    B', 'x    1', '<yyy>  2']);
  });
});
