/** Checks a specification as a whole and collects every complaint before refusing it. */
import type { z } from 'zod';
import { PROBES, probeOf } from '../../probes/registry.ts';
import { type ProbeSpec, type Spec, specSchema, type TargetSpec } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import { RegistryError, type RegistryErrorCode, type SpecIssue } from './errors.ts';

interface Complaint extends SpecIssue {
  readonly code: RegistryErrorCode;
}

export interface CheckedSpec {
  readonly targets: readonly TargetSpec[];
  readonly probes: readonly ProbeSpec[];
}

/** Throws a `RegistryError` with all issues; its code is that of the first. `knownTargets` are those applied earlier. */
export function checkSpec(spec: unknown, knownTargets: ReadonlySet<string>): CheckedSpec {
  const parsed = specSchema.safeParse(spec);
  if (!parsed.success) throw refusal(zodComplaints(parsed.error, [], 'invalid_spec'));
  const complaints = [
    ...doubles(parsed.data.targets, 'targets'),
    ...doubles(parsed.data.probes, 'probes'),
    ...parsed.data.probes.flatMap((probe, index) => probeComplaints(probe, index, parsed.data, knownTargets)),
  ];
  if (complaints.length > 0) throw refusal(complaints);
  return parsed.data;
}

function refusal(complaints: readonly Complaint[]): RegistryError {
  const [first] = complaints;
  const more = complaints.length > 1 ? ` (and ${complaints.length - 1} more)` : '';
  return new RegistryError(
    first?.code ?? 'invalid_spec',
    `${pathText(first?.path ?? [])}${first?.message ?? 'not valid'}${more}`,
    {
      hint: first?.hint ?? '',
      issues: complaints.map(({ path, message, hint }) => ({ path, message, hint })),
    },
  );
}

function pathText(path: readonly (string | number)[]): string {
  return path.length === 0 ? '' : `${path.join('.')}: `;
}

function doubles(items: readonly { readonly name: string }[], kind: 'targets' | 'probes'): Complaint[] {
  return items.flatMap(({ name }, index) =>
    items.findIndex((other) => other.name === name) === index
      ? []
      : [
          {
            code: 'invalid_spec' as const,
            path: [kind, index, 'name'],
            message: `the name ${name} is used twice`,
            hint: 'Give each its own name.',
          },
        ],
  );
}

function probeComplaints(
  probe: ProbeSpec,
  index: number,
  spec: Spec,
  knownTargets: ReadonlySet<string>,
): Complaint[] {
  const complaints: Complaint[] = [];
  const names = new Set([...knownTargets, ...spec.targets.map(({ name }) => name)]);
  probe.targets.forEach((target, at) => {
    if (names.has(target) && probe.targets.indexOf(target) === at) return;
    complaints.push(
      names.has(target)
        ? {
            code: 'invalid_spec',
            path: ['probes', index, 'targets', at],
            message: `the target ${target} is named twice`,
            hint: 'Name it once.',
          }
        : {
            code: 'unknown_target',
            path: ['probes', index, 'targets', at],
            message: `there is no target ${target}`,
            hint: suggestion(target, [...names], 'Declare it under `targets`.'),
          },
    );
  });
  const type = probeOf(probe.type);
  if (!type) {
    return [
      ...complaints,
      {
        code: 'unknown_type',
        path: ['probes', index, 'type'],
        message: `there is no probe type ${probe.type}`,
        hint: suggestion(probe.type, Object.keys(PROBES), `Types: ${Object.keys(PROBES).join(', ')}.`),
      },
    ];
  }
  const params = type.params.safeParse(probe.params);
  if (!params.success)
    complaints.push(...zodComplaints(params.error, ['probes', index, 'params'], 'invalid_spec'));
  const promised = probe.slo?.metric;
  if (promised !== undefined && !type.metrics.some((metric) => metric === promised))
    complaints.push({
      code: 'invalid_spec',
      path: ['probes', index, 'slo', 'metric'],
      message: `a ${probe.type} probe does not measure ${promised}`,
      hint: suggestion(promised, type.metrics, `It measures ${type.metrics.join(', ')}.`),
    });
  return complaints;
}

function zodComplaints(
  error: z.ZodError,
  prefix: readonly (string | number)[],
  code: RegistryErrorCode,
): Complaint[] {
  return error.issues.map((issue) => ({
    code,
    path: [...prefix, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))],
    message: issue.message,
    hint: issue.code === 'unrecognized_keys' ? 'Check the spelling of the key.' : '',
  }));
}

function suggestion(word: string, known: readonly string[], otherwise: string): string {
  const near = suggest(word, known);
  return near === undefined ? otherwise : `Did you mean ${near}?`;
}
