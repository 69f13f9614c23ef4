/** What an incident is, in words that routes, silences and maintenance windows are matched against. Pure. */
import { z } from 'zod';
import type { Incident } from '../detect/incident.ts';
import { scopeText } from '../detect/incident.ts';

/** The values of an incident; several where it concerns several. */
export type Facets = Readonly<Record<FacetName, readonly string[]>> & {
  /** Of the targets concerned. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
};

export const FACETS = [
  'severity',
  'scope',
  'scope_kind',
  'region',
  'country',
  'isp',
  'pop',
  'target',
  'probe',
  'metric',
  'blame',
  'incident',
] as const;
type FacetName = (typeof FACETS)[number];

const pattern = z
  .string()
  .min(1)
  .max(256)
  .describe('A value; `*` stands for anything, and `!` before it for all but that.');
const patterns = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(pattern).min(1).max(50),
);

export const matchSchema = z.strictObject({
  severity: patterns.optional().describe('critical or warning.'),
  scope: patterns.optional().describe('As `incidents list` shows it, e.g. region:eu-west.'),
  scope_kind: patterns.optional().describe('agent, isp, region, country, pop, route, target or global.'),
  region: patterns.optional(),
  country: patterns.optional().describe('Of incidents of a country.'),
  isp: patterns.optional().describe('Of incidents of a network.'),
  pop: patterns.optional().describe('Of incidents of an edge, or of the way to one.'),
  target: patterns.optional(),
  probe: patterns.optional(),
  metric: patterns.optional(),
  blame: patterns.optional().describe('target, network, agent or unknown.'),
  incident: patterns.optional().describe('Its id.'),
  labels: z.record(z.string().max(64), patterns).optional().describe('Labels of the targets concerned.'),
});
export type Match = z.infer<typeof matchSchema>;

/** What of the registry bears on it: labels of targets. */
export type LabelsOfTarget = (target: string) => Readonly<Record<string, string>> | undefined;

const unique = (values: readonly (string | null | undefined)[]): string[] => [
  ...new Set(values.filter((value) => typeof value === 'string' && value !== '') as string[]),
];

export function facetsOf(incident: Incident, labelsOf: LabelsOfTarget): Facets {
  const scope: Readonly<Record<string, unknown>> = { ...incident.scope };
  const cells = [...incident.evidence.cells, ...incident.evidence.series];
  const inScope = (name: string) => (typeof scope[name] === 'string' ? [scope[name] as string] : undefined);
  const region = inScope('region') ?? unique(cells.map((cell) => cell.region));
  const target =
    inScope('target') ?? (incident.target ? [incident.target] : unique(cells.map((cell) => cell.target)));
  const probe = incident.probe ? [incident.probe] : unique(cells.map((cell) => cell.probe));
  const labels: Record<string, string[]> = {};
  for (const name of target)
    for (const [label, value] of Object.entries(labelsOf(name) ?? {}))
      labels[label] = unique([...(labels[label] ?? []), value]);
  return {
    severity: [incident.severity],
    scope: [scopeText(incident.scope)],
    scope_kind: [incident.scope.kind],
    region,
    country: inScope('country') ?? [],
    isp: inScope('isp') ?? [],
    pop: inScope('pop') ?? [],
    target,
    probe,
    metric: [incident.metric],
    blame: [incident.blame],
    incident: [incident.id],
    labels,
  };
}

const fits = (value: string, pattern: string): boolean =>
  pattern.includes('*') ? globbed(value, pattern.split('*')) : value === pattern;

/** No regular expression: a pattern of many stars must not take long. */
function globbed(value: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return value === first;
  const last = rest.pop() ?? '';
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}

/** One of the patterns; where all of them are negations, none of what they exclude. */
function fitsAny(value: string, wanted: readonly string[]): boolean {
  let [isAsked, isMet] = [false, false];
  for (const text of wanted) {
    if (text.startsWith('!')) {
      if (fits(value, text.slice(1))) return false;
    } else {
      isAsked = true;
      isMet ||= fits(value, text);
    }
  }
  return isMet || !isAsked;
}

/**
 * Whether an incident is meant. `some`: it concerns something that is meant, among others — for routes, so that nothing is missed.
 * `every`: it concerns nothing else — for what keeps quiet, so that a silence of one region hides no trouble of all.
 */
export function matches(match: Match, facets: Facets, how: 'some' | 'every'): boolean {
  // Conditions are few, and incidents times silences many.
  for (const name in match) {
    if (name === 'labels') continue;
    const wanted = match[name as FacetName];
    if (wanted !== undefined && !holds(facets[name as FacetName], wanted, how)) return false;
  }
  for (const label in match.labels)
    if (!holds(facets.labels[label] ?? [], match.labels[label] ?? [], how)) return false;
  return true;
}

function holds(values: readonly string[], wanted: readonly string[], how: 'some' | 'every'): boolean {
  if (values.length === 0) return false;
  return how === 'some'
    ? values.some((value) => fitsAny(value, wanted))
    : values.every((value) => fitsAny(value, wanted));
}

/** It has no condition. */
export const isEverything = (match: Match): boolean => matchText(match) === EVERYTHING;

const EVERYTHING = 'everything';

/** `severity=critical region=eu-west,us-east`, for people; `everything` for one without a condition. */
export function matchText(match: Match): string {
  const words = [
    ...FACETS.flatMap((name) => (match[name] ? [`${name}=${match[name].join(',')}`] : [])),
    ...Object.entries(match.labels ?? {}).map(([label, wanted]) => `labels.${label}=${wanted.join(',')}`),
  ];
  return words.length === 0 ? EVERYTHING : words.join(' ');
}
