/** Checks a specification as a whole and collects every complaint before refusing it. */
import type { z } from 'zod';
import { expandGroups, type Groups, groupsIn } from '../../probes/agent-groups.ts';
import { PROBES, probeOf } from '../../probes/registry.ts';
import { type ProbeSpec, problemOf } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import { RegistryError, type RegistryErrorCode, type SpecIssue } from './errors.ts';
import { KEY_OF_KIND, type Language, languageSchema, NAMED_KINDS, specsOf } from './language.ts';

const WRITTEN_OUT_HINT = 'Give the agents a tag, and name that.';

interface Complaint extends SpecIssue {
  readonly code: RegistryErrorCode;
}

/** What is there already and may be named. */
export interface Known {
  readonly targets: ReadonlySet<string>;
  readonly groups: Groups;
  /** Of the collector's own file; absent where they are not to be checked. */
  readonly receivers?: readonly string[];
}

/** Throws a `RegistryError` with all issues; its code is that of the first. */
export function checkSpec(spec: unknown, known: Known): Language {
  const parsed = languageSchema.safeParse(spec);
  if (!parsed.success) throw refusal(zodComplaints(parsed.error, [], 'invalid_spec'));
  const language = parsed.data;
  const groups = new Map([
    ...known.groups,
    ...language.agent_groups.map(({ name, agents }) => [name, agents] as const),
  ]);
  const targets = [...known.targets, ...language.targets.map(({ name }) => name)];
  const complaints = [
    ...NAMED_KINDS.flatMap((kind) => doubles(specsOf(language, kind), KEY_OF_KIND[kind])),
    ...doubles(language.routes ?? [], 'routes'),
    ...language.probes.flatMap((probe, index) => [
      ...probeComplaints(probe, index, new Set(targets)),
      ...groupComplaints(probe, index, groups),
    ]),
    ...receiverComplaints(language, known.receivers),
  ];
  if (complaints.length > 0) throw refusal(complaints);
  return language;
}

/** Whether all that is named is there and can be written out, of everything that would hold. Throws a `RegistryError`. */
export function checkWhole(language: Language): void {
  const targets = new Set(language.targets.map(({ name }) => name));
  const groups = new Map(language.agent_groups.map(({ name, agents }) => [name, agents]));
  const complaints = language.probes.flatMap(({ from, name, targets: named }) => {
    const lost = [
      ...named.filter((target) => !targets.has(target)).map((target) => `target ${target}`),
      ...(from.at === undefined ? [] : groupsIn(from.at))
        .filter((group) => !groups.has(group))
        .map((group) => `agent group ${group}`),
    ];
    // A group may have grown under a probe that was checked long ago, and that would then mean nobody.
    const problem = lost.length > 0 ? undefined : problemOf(() => expandGroups(from, groups));
    if (problem !== undefined) {
      const message = `the probe ${name} could not be told where it runs: ${problem}`;
      return [{ code: 'invalid_spec' as const, path: [], message, hint: WRITTEN_OUT_HINT }];
    }
    return lost.map((what) => ({
      code: 'invalid_spec' as const,
      path: [],
      message: `the ${what} would be deleted, but the probe ${name} needs it`,
      hint: `Delete or change ${name} with it.`,
    }));
  });
  if (complaints.length > 0) throw refusal(complaints);
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

function doubles(items: readonly { readonly name: string }[], kind: string): Complaint[] {
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

function groupComplaints({ from }: ProbeSpec, index: number, groups: Groups): Complaint[] {
  if (from.at === undefined) return [];
  const lost = groupsIn(from.at).filter((name) => !groups.has(name));
  const path = ['probes', index, 'from'];
  if (lost.length > 0)
    return lost.map((name) => ({
      code: 'invalid_spec',
      path,
      message: `there is no agent group ${name}`,
      hint: suggestion(name, [...groups.keys()], 'Declare it under `agent_groups`.'),
    }));
  const problem = problemOf(() => expandGroups(from, groups));
  return problem === undefined
    ? []
    : [{ code: 'invalid_spec', path, message: problem, hint: WRITTEN_OUT_HINT }];
}

function receiverComplaints({ routes = [] }: Language, receivers: Known['receivers']): Complaint[] {
  if (receivers === undefined) return [];
  return routes.flatMap((route, index) =>
    route.receivers
      .filter((name) => !receivers.includes(name))
      .map((name) => ({
        code: 'unknown_receiver' as const,
        path: ['routes', index, 'receivers', route.receivers.indexOf(name)],
        message: `there is no receiver ${name}`,
        hint: suggestion(
          name,
          receivers,
          'Receivers stand in the file that `collector start --routes` names, at the collector.',
        ),
      })),
  );
}

function probeComplaints(probe: ProbeSpec, index: number, names: ReadonlySet<string>): Complaint[] {
  const complaints: Complaint[] = [];
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
