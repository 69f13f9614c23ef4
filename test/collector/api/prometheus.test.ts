import { describe, expect, it } from 'vitest';
import { type Family, formatFamilies, limitSeries } from '../../../collector/api/prometheus.ts';
import { parsePrometheus } from './parse-prometheus.ts';

const gauge = (name: string, samples: Family['samples'], help = 'A help.'): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
});

describe('the Prometheus text format', () => {
  it('announces each family with HELP and TYPE before its samples and ends with a line feed', () => {
    expect(formatFamilies([gauge('a_bytes', [{ value: 1 }, { labels: { b: 'c' }, value: 2.5 }])])).toBe(
      '# HELP a_bytes A help.\n# TYPE a_bytes gauge\na_bytes 1\na_bytes{b="c"} 2.5\n',
    );
  });

  it('keeps any label value through escaping', () => {
    const hostile = 'back\\slash "quoted"\nnew line } # HELP x y, ünï → 動画';
    const families = parsePrometheus(formatFamilies([gauge('a', [{ labels: { l: hostile }, value: 0 }])]));
    expect(families.get('a')?.samples[0]?.labels.l).toBe(hostile);
  });

  it('keeps a line break in a help text from starting a line of its own', () => {
    const text = formatFamilies([gauge('a', [], 'one\ntwo \\ three')]);
    expect(text.split('\n')[0]).toBe('# HELP a one\\ntwo \\\\ three');
  });

  it('writes the numbers that are none as Prometheus spells them', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 5e-7];
    const text = formatFamilies([
      gauge(
        'a',
        values.map((value, i) => ({ labels: { i: String(i) }, value })),
      ),
    ]);
    expect(
      parsePrometheus(text)
        .get('a')
        ?.samples.map((sample) => sample.value),
    ).toEqual(values);
  });

  it('announces a family that has no samples now', () => {
    expect(parsePrometheus(formatFamilies([gauge('a', [])])).get('a')?.samples).toEqual([]);
  });

  it.each(['9lives', 'with-dash', '', 'ünï'])('refuses the metric name %j', (name) => {
    expect(() => formatFamilies([gauge(name, [])])).toThrow(/not a Prometheus metric name/);
  });

  it.each(['9', 'a-b', '__name', ''])('refuses the label name %j', (name) => {
    expect(() => formatFamilies([gauge('a', [{ labels: { [name]: 'x' }, value: 1 }])])).toThrow(/label name/);
  });

  it('refuses a family that is given twice', () => {
    expect(() => formatFamilies([gauge('a', []), gauge('a', [])])).toThrow(/twice/);
  });
});

describe('the limit of series', () => {
  it('keeps the first of each family and counts the rest', () => {
    const many = Array.from({ length: 5 }, (_, i) => ({ labels: { i: String(i) }, value: i }));
    const { families, leftOut } = limitSeries([gauge('a', many), gauge('b', many.slice(0, 2))], 3);
    expect(families.map((family) => family.samples.length)).toEqual([3, 2]);
    expect(leftOut).toBe(2);
  });
});

describe('the strict reader that the tests use', () => {
  it.each([
    ['no line feed at the end', '# HELP a h\n# TYPE a gauge\na 1'],
    ['a counter that is not called _total', '# HELP a h\n# TYPE a counter\na 1\n'],
    ['a gauge that is called _total', '# HELP a_total h\n# TYPE a_total gauge\na_total 1\n'],
    ['a type without help', '# TYPE a gauge\na 1\n'],
    ['a sample out of its family', '# HELP a h\n# TYPE a gauge\nb 1\n'],
    ['a series twice', '# HELP a h\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n'],
    ['an unknown escape', '# HELP a h\n# TYPE a gauge\na{x="\\t"} 1\n'],
    ['an open label value', '# HELP a h\n# TYPE a gauge\na{x="1} 1\n'],
    ['a value that is no number', '# HELP a h\n# TYPE a gauge\na one\n'],
    ['an empty line', '# HELP a h\n# TYPE a gauge\n\na 1\n'],
  ])('refuses %s', (_name, text) => {
    expect(() => parsePrometheus(text)).toThrow();
  });
});
