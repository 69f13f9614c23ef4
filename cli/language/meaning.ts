/** What the schema alone cannot know of a file: probe types and their parameters, names that stand twice, places that nobody declared. */
import { groupsIn } from '../../probes/agent-groups.ts';
import { LocationError, parseExpression } from '../../probes/location.ts';
import { isMetricName } from '../../probes/metrics.ts';
import { PROBES, probeOf } from '../../probes/registry.ts';
import { locationSchema } from '../../probes/spec.ts';
import { type Diagnostic, didYouMean, fromIssues, type Locate } from '../../probes/yaml-source.ts';

type Entry = Readonly<Record<string, unknown>>;

/** Keys whose entries have names. */
const NAMED_KEYS = ['targets', 'probes', 'regions', 'agent_groups', 'routes', 'maintenance'] as const;

const listOf = (value: unknown): Entry[] =>
  Array.isArray(value)
    ? value.map((entry) => (typeof entry === 'object' && entry ? (entry as Entry) : {}))
    : [];

const namesOf = (value: unknown): string[] => listOf(value).map(({ name }) => String(name));

/** Every such mistake. `raw`: the file as it is written, whether it fits the schema or not. */
export function fromMeaning(raw: Entry, locate: Locate): Diagnostic[] {
  return [
    ...NAMED_KEYS.flatMap((key) => doubles(raw, key, locate)),
    ...listOf(raw.probes).flatMap((probe, i) => [
      ...typeMistakes(probe, i, locate),
      ...targetMistakes(probe, i, locate),
      ...placeMistakes(probe, i, raw, locate),
    ]),
  ];
}

function doubles(raw: Entry, key: (typeof NAMED_KEYS)[number], locate: Locate): Diagnostic[] {
  const seen = new Set<unknown>();
  return listOf(raw[key]).flatMap(({ name }, i) => {
    const isSecond = name !== undefined && seen.has(name);
    seen.add(name);
    return isSecond
      ? [{ ...locate([key, i, 'name']), message: `${key}[${i}].name: ${String(name)} stands twice` }]
      : [];
  });
}

function typeMistakes(entry: Entry, i: number, locate: Locate): Diagnostic[] {
  if (typeof entry.type !== 'string') return [];
  const probe = probeOf(entry.type);
  if (!probe)
    return [
      {
        ...locate(['probes', i, 'type']),
        message: `probes[${i}].type: there is no probe type ${JSON.stringify(entry.type)}${didYouMean(entry.type, Object.keys(PROBES))}`,
      },
    ];
  const diagnostics: Diagnostic[] = [];
  const promised = (entry.slo as { metric?: unknown } | null | undefined)?.metric;
  if (
    typeof promised === 'string' &&
    isMetricName(promised) &&
    !probe.metrics.some((metric) => metric === promised)
  )
    diagnostics.push({
      ...locate(['probes', i, 'slo', 'metric']),
      message: `probes[${i}].slo.metric: a ${entry.type} probe does not measure ${JSON.stringify(promised)}${didYouMean(promised, probe.metrics)}`,
    });
  const params = entry.params ?? {};
  const parsed = probe.params.safeParse(params);
  if (!parsed.success)
    diagnostics.push(
      ...fromIssues(parsed.error.issues, probe.params, ['probes', i, 'params'], locate, { value: params }),
    );
  return diagnostics;
}

/** Whether a target is there is for the collector to say: it may have been applied before. */
function targetMistakes({ targets }: Entry, i: number, locate: Locate): Diagnostic[] {
  if (!Array.isArray(targets)) return [];
  return targets.flatMap((target, j) =>
    targets.indexOf(target) === j
      ? []
      : [
          {
            ...locate(['probes', i, 'targets', j]),
            message: `probes[${i}].targets[${j}]: ${String(target)} stands twice`,
          },
        ],
  );
}

/** Regions and groups that are spoken of, where the file declares any: it is whole then. */
function placeMistakes({ from }: Entry, i: number, raw: Entry, locate: Locate): Diagnostic[] {
  const parsed = locationSchema.safeParse(from ?? {});
  if (!parsed.success) return [];
  const { at, region = [] } = parsed.data;
  const place = locate(['probes', i, 'from']);
  const regions = namesOf(raw.regions);
  const groups = namesOf(raw.agent_groups);
  const spoken = [...region, ...(at === undefined ? [] : regionsIn(at))];
  const unknown = (kind: string, names: readonly string[], known: readonly string[]): Diagnostic[] =>
    known.length === 0
      ? []
      : names
          .filter((name) => !name.includes('*') && !known.includes(name))
          .map((name) => ({
            ...place,
            message: `probes[${i}].from: there is no ${kind} ${JSON.stringify(name)}${didYouMean(name, known)}`,
          }));
  return [
    ...unknown('region', spoken, regions),
    ...unknown('agent group', at === undefined ? [] : safely(() => groupsIn(at)), groups),
  ];
}

const regionsIn = (at: string): string[] =>
  safely(() =>
    parseExpression(at)
      .flat()
      .filter(({ label }) => label === 'region')
      .map(({ value }) => value),
  );

function safely(read: () => string[]): string[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof LocationError) return [];
    throw error;
  }
}
