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

describe('a table for people on a screen', () => {
  const at = (columns: number) => ({ colours: false, columns });
  const rows = [
    ['eu-west-1', 'one two three four five six seven', 12],
    ['us', 'short', 3456],
  ];

  it('is as any other where it fits', () => {
    expect(formatTable(['agent', 'what', 'count'], rows, at(80))).toBe(
      formatTable(['agent', 'what', 'count'], rows),
    );
  });

  it('wraps text within its column, and numbers never', () => {
    expect(formatTable(['agent', 'what', 'count'], rows, at(32))).toBe(
      [
        'AGENT      WHAT            COUNT',
        'eu-west-1  one two three      12',
        '           four five six',
        '           seven',
        'us         short            3456',
      ].join('\n'),
    );
  });

  it('is wider where it cannot be narrower', () => {
    const numbers = [Array.from({ length: 8 }, () => 1_000_000)];
    expect(formatTable(Array(8).fill('n'), numbers, at(20)).split('\n').at(-1)?.length).toBeGreaterThan(20);
  });

  it('wraps sentences before names, and leaves a column out before a sentence becomes a column of words', () => {
    const headers = ['id', 'what', { text: 'since', spare: 1 }];
    const sentences = [
      ['inc-1-region-eu-west', 'the time to the first byte rose from 20 ms to 420 ms', '12:00:05'],
    ];
    expect(formatTable(headers, sentences, at(60))).toBe(
      [
        'ID                    WHAT                          SINCE',
        'inc-1-region-eu-west  the time to the first byte    12:00:05',
        '                      rose from 20 ms to 420 ms',
      ].join('\n'),
    );
    expect(formatTable(headers, sentences, at(50))).toBe(
      [
        'ID                    WHAT',
        'inc-1-region-eu-west  the time to the first byte',
        '                      rose from 20 ms to 420 ms',
        '(no room for SINCE: a wider terminal has more, -o',
        'json all)',
      ].join('\n'),
    );
  });

  it('has states in colour, and nothing else', () => {
    const text = formatTable(
      ['id', 'state'],
      [
        ['ok', 'ok'],
        ['x', 'of its own'],
      ],
      { colours: true, columns: 80 },
    );
    expect(text).toBe('ID  STATE\nok  \u001b[32mok\u001b[39m\nx   of its own');
  });
});
