import { describe, expect, it } from 'vitest';
import {
  EXPLANATION_HEADERS,
  explanationRow,
  explanationsJson,
  reportSentences,
  setText,
} from '../../../cli/support/leaves-report.ts';
import { LeafMinutes, type LeafTable } from '../../../collector/detect/leaves/leaf-table.ts';
import { localiseLeaves } from '../../../collector/detect/leaves/localise-leaves.ts';

const REGIONS = ['eu', 'us', 'ap'];
const ISPS = ['i1', 'i2', 'i3'];

function table(rate: (region: string, isp: string) => number): LeafTable {
  const rows = new LeafMinutes(['region', 'isp'], 1);
  for (const region of REGIONS)
    for (const isp of ISPS)
      for (const t of [0, 1])
        rows.add(t, [region, isp], t === 0 ? 20 : Math.round(1000 * rate(region, isp)), 1000);
  return rows.table();
}

function told(of: LeafTable) {
  const found = localiseLeaves(of);
  const data = explanationsJson(of, found);
  return { data, sentences: reportSentences(found, data) };
}

describe('what is told of leaves', () => {
  const of = table((region, isp) => (region === 'eu' && isp !== 'i3' ? 0.3 : 0.02));

  it('is one explanation a rank, the first with its sets and what speaks against it', () => {
    const { data } = told(table((region) => (region === 'eu' ? 0.3 : 0.02)));
    expect(data.map(({ rank }) => rank)).toEqual(data.map((_, i) => i + 1));
    expect(data[0]).toMatchObject({
      ...{ answer: true, cause: [{ region: 'eu' }], share: 1, bad: 900, total: 3000 },
      sets: [{ set: { region: 'eu' }, place: 'REGION', alike: [] }],
      counter_examples: [],
    });
    for (const other of data.slice(1)) {
      expect(other).not.toHaveProperty('sets');
      expect(other).not.toHaveProperty('counter_examples');
    }
  });

  it('is in sentences how bad it is, and what is well where it should not be', () => {
    const { sentences } = told(of);
    expect(sentences[0]).toMatch(/^740 bad of 9000, where 180\.0 are normal \(4\.11 times\)$/);
    expect(sentences).toContainEqual(expect.stringMatching(/^well inside: region=eu isp=i3 \(20 bad, 20\.0/));
  });

  it('says of evidence that is no more than noise that it is', () => {
    const { sentences } = told(table((region, isp) => (region === 'us' && isp === 'i2' ? 0.03 : 0.02)));
    expect(sentences.join()).toMatch(/no more than leaves without a fault|nothing is raised/);
  });

  it('says that all is raised alike, and that nothing is', () => {
    expect(told(table((region) => (region === 'eu' ? 0.22 : 0.2))).sentences).toContain(
      'nearly all of it is raised alike: a cause that all share',
    );
    expect(told(table(() => 0.02)).sentences).toContain('nothing is raised beside the rest');
  });

  it('is nothing where the best explanation has no evidence', () => {
    const { data, sentences } = told(
      table((region, isp) => (region === 'us' && isp === 'i1' ? 0.029 : 0.02)),
    );
    expect(data).toEqual([]);
    expect(sentences.join()).toContain('nothing is raised beside the rest');
  });

  it('is a row for each heading, with the sets of a cause in one cell', () => {
    const { data } = told(table((region, isp) => (region === 'eu' || isp === 'i3' ? 0.3 : 0.02)));
    const row = explanationRow(data[0] as never);
    expect(row).toHaveLength(EXPLANATION_HEADERS.length);
    expect(String(row[1]).split('; ').sort()).toEqual(['isp=i3', 'region=eu']);
    expect(row.at(-1)).toBe('yes');
    expect(setText({ region: 'eu', isp: 'i1' })).toBe('region=eu isp=i1');
  });
});
