import { describe, expect, it } from 'vitest';
import { cellText } from '../../../cli/support/cell-text.ts';
import {
  formatCsv,
  formatJson,
  formatMarkdown,
  formatNdjson,
  formatTable,
} from '../../../cli/support/output.ts';

describe('a table', () => {
  it('aligns text to the left and numbers with units to the right', () => {
    const table = formatTable(
      ['region', 'p50'],
      [
        ['eu-west', '12.5 ms'],
        ['us', '1234.0 ms'],
      ],
    );
    expect(table).toBe(['REGION         P50', 'eu-west    12.5 ms', 'us       1234.0 ms'].join('\n'));
  });

  it('shows what is missing as a dash, never as 0 or null', () => {
    expect([null, undefined, '', 0].map(cellText)).toEqual(['–', '–', '–', '0']);
  });

  it('has only its head when there are no rows', () => {
    expect(formatTable(['a', 'b'], [])).toBe('A  B');
  });

  it('makes control characters of afar visible instead of sending them to the terminal', () => {
    expect(cellText('\u001b[31mred\u0007')).toBe('\\x1b[31mred\\x07');
    expect(cellText('a\nb\u009b')).toBe('a\\x0ab\\x9b');
    expect(cellText('good\u202elive\u200b')).toBe('good\\u202elive\\u200b');
  });

  it('counts characters and not UTF-16 units', () => {
    const [head, first] = formatTable(['name', 'x'], [['🎬🎬', 'y']]).split('\n');
    expect(head).toBe('NAME  X');
    expect(first).toBe('🎬🎬    y');
  });
});

describe('JSON of a list', () => {
  it('is data and pagination', () => {
    expect(JSON.parse(formatJson([{ a: 1 }]))).toEqual({
      data: [{ a: 1 }],
      pagination: { limit: 1, next: null },
    });
  });
});

describe('a table in Markdown', () => {
  it('has a line of dashes below its headers, and keeps a bar within its cell', () => {
    expect(
      formatMarkdown(
        ['a', 'b'],
        [
          [1, 'x|y'],
          [null, 'z'],
        ],
      ),
    ).toBe('| a | b |\n| --- | --- |\n| 1 | x\\|y |\n| – | z |');
  });
});

describe('a list as CSV', () => {
  it('quotes what needs it, and leaves empty what is not there', () => {
    const rows = [
      { a: 'x,"y"', b: null, c: ['p', 'q'], d: -1.5 },
      { a: 'two\nlines', b: '', c: [], d: 0 },
    ];
    expect(formatCsv(rows)).toBe(
      ['a,b,c,d', '"x,""y""",,"[""p"",""q""]",-1.5', '"two\nlines",,[],0'].join('\r\n'),
    );
    expect(formatCsv([])).toBe('');
  });
});

describe('a list as JSON lines', () => {
  it('has an object a line', () => {
    expect(formatNdjson([{ a: 'x\ny' }, { a: 2 }])).toBe('{"a":"x\\ny"}\n{"a":2}');
    expect(formatNdjson([])).toBe('');
  });
});
