/** Reads a YAML file of targets and probes; every mistake at once, each with line, column and a suggestion. */
import { readFileSync } from 'node:fs';
import { isMetricName } from '../../probes/metrics.ts';
import { PROBES, probeOf } from '../../probes/registry.ts';
import { type Spec, specSchema } from '../../probes/spec.ts';
import {
  type Diagnostic,
  didYouMean,
  fromIssues,
  type Locate,
  quoted,
  readYaml,
} from '../../probes/yaml-source.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export const SPEC_FILE_LIMITS = {
  bytes: {
    value: 4 * 1024 * 1024,
    reason: 'Thousands of probes; anything larger is not a probe file.',
    past: 'The file is refused.',
  },
  aliases: {
    value: 100,
    reason: 'Nested aliases multiply: a kilobyte can stand for gigabytes.',
    past: 'The file is refused.',
  },
  diagnostics: {
    value: 50,
    reason: 'More than a screenful helps nobody; the rest is counted.',
    past: 'The rest is said as a number.',
  },
} as const;

/** What the schema alone cannot know: probe types, their parameters, names of targets, repeated names. */
function fromMeaning(raw: { targets?: unknown; probes?: unknown }, locate: Locate): Diagnostic[] {
  const list = (value: unknown): Record<string, unknown>[] =>
    Array.isArray(value) ? value.map((entry) => (typeof entry === 'object' && entry ? entry : {})) : [];
  const diagnostics: Diagnostic[] = [];
  for (const kind of ['targets', 'probes'] as const) {
    const seen = new Set<unknown>();
    for (const [i, entry] of list(raw[kind]).entries()) {
      if (entry.name !== undefined && seen.has(entry.name))
        diagnostics.push({
          ...locate([kind, i, 'name']),
          message: `${kind}[${i}].name: ${String(entry.name)} stands twice`,
        });
      seen.add(entry.name);
    }
  }
  const known = Object.keys(PROBES);
  for (const [i, entry] of list(raw.probes).entries()) {
    if (typeof entry.type !== 'string') continue;
    const probe = probeOf(entry.type);
    if (!probe) {
      diagnostics.push({
        ...locate(['probes', i, 'type']),
        message: `probes[${i}].type: there is no probe type ${JSON.stringify(entry.type)}${didYouMean(entry.type, known)}`,
      });
      continue;
    }
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
    const parsed = probe.params.safeParse(entry.params ?? {});
    if (!parsed.success)
      diagnostics.push(...fromIssues(parsed.error.issues, probe.params, ['probes', i, 'params'], locate));
  }
  return diagnostics;
}

/** The spec in a YAML text, or the diagnostics in the order of the lines. */
export function parseSpec(text: string): { spec: Spec } | { diagnostics: Diagnostic[] } {
  const source = readYaml(text, SPEC_FILE_LIMITS.aliases.value);
  if ('diagnostics' in source) return source;
  const { locate, raw } = source;
  const parsed = specSchema.safeParse(raw);
  const diagnostics = [
    ...(parsed.success ? [] : fromIssues(parsed.error.issues, specSchema, [], locate)),
    ...(typeof raw === 'object' && raw ? fromMeaning(raw, locate) : []),
  ].sort((a, b) => a.line - b.line || a.column - b.column);
  return parsed.success && diagnostics.length === 0 ? { spec: parsed.data } : { diagnostics };
}

/** Reads and checks a file; throws a `CliError` (exit 65) that lists every mistake as `file:line:column`. */
export function readSpecFile(path: string): Spec {
  const text = readText(path);
  const result = parseSpec(text);
  if ('spec' in result) return result.spec;
  const shown = result.diagnostics.slice(0, SPEC_FILE_LIMITS.diagnostics.value);
  const lines = quoted(path, text, shown);
  if (result.diagnostics.length > shown.length)
    lines.push(`… and ${result.diagnostics.length - shown.length} more`);
  const count = result.diagnostics.length === 1 ? 'a mistake' : `${result.diagnostics.length} mistakes`;
  throw new CliError(`${path} has ${count}; nothing was applied`, {
    why: lines.join('\n'),
    hint: 'mend the lines above and run the command again',
    exit: EXIT.badConfig,
  });
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path === '-' ? 0 : path);
  } catch (cause) {
    throw new CliError(`${path} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a YAML file, or - for standard input',
      exit: EXIT.badConfig,
      cause,
    });
  }
  if (bytes.length > SPEC_FILE_LIMITS.bytes.value) {
    throw new CliError(`${path} is larger than 4 MiB`, {
      hint: 'split it: apply takes several files one after the other',
      exit: EXIT.badConfig,
    });
  }
  return bytes.toString('utf8');
}
