/**
 * The Prometheus text exposition format, version 0.0.4: families of samples to text.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** One value of a family under its labels. Label values may hold anything; they are escaped. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  /** Valid metric name; a counter's ends in `_total`, and units are base units (seconds, bytes). */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    if (!LABEL_NAME.test(name)) throw new Error(`not a Prometheus label name: ${name}`);
    return `${name}="${escapeLabel(value)}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/**
 * The families as text, in the given order. A family without samples still announces its HELP and TYPE.
 * Throws on an invalid name or a family given twice: those are bugs, and a scraper would drop the page.
 */
export function formatFamilies(families: readonly Family[]): string {
  const seen = new Set<string>();
  const lines: string[] = [];
  for (const family of families) {
    if (!METRIC_NAME.test(family.name)) throw new Error(`not a Prometheus metric name: ${family.name}`);
    if (seen.has(family.name)) throw new Error(`metric family given twice: ${family.name}`);
    seen.add(family.name);
    lines.push(`# HELP ${family.name} ${escapeHelp(family.help)}`, `# TYPE ${family.name} ${family.type}`);
    for (const sample of family.samples) {
      lines.push(`${family.name}${formatLabels(sample.labels ?? {})} ${formatValue(sample.value)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The first `max` samples of each family, and how many were left out in all. */
export function limitSeries(
  families: readonly Family[],
  max: number,
): { families: readonly Family[]; leftOut: number } {
  let leftOut = 0;
  const limited = families.map((family) => {
    leftOut += Math.max(0, family.samples.length - max);
    return family.samples.length > max ? { ...family, samples: family.samples.slice(0, max) } : family;
  });
  return { families: limited, leftOut };
}
