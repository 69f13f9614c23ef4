/** What a probe does, in sentences: what was written, what follows from it, and from where it runs. */

import { probeOf } from '../../probes/registry.ts';
import { type ProbeSpec, parseDurationMs, type SloSpec } from '../../probes/spec.ts';
import { factLines, noteColumns, paragraph } from '../support/note.ts';

const DAY_MS = 86_400_000;

export interface Explained {
  readonly spec: ProbeSpec;
  /** URLs by the names of targets, as far as they are known. */
  readonly urls: ReadonlyMap<string, string>;
  /** Agents that run it now; undefined where no collector was asked. */
  readonly agents: readonly string[] | undefined;
}

/** A value that the type fills in stands with `(default)` behind it. */
export function explainProbe({ agents, spec, urls }: Explained): string {
  const type = probeOf(spec.type);
  const parsed = type?.params.safeParse(spec.params);
  const params = parsed?.success ? Object.entries(parsed.data as Record<string, unknown>) : [];
  const everyMs = parseDurationMs(spec.every) ?? 0;
  const runsADay = everyMs > 0 ? Math.round(DAY_MS / everyMs) * spec.targets.length : 0;
  const timeout = spec.timeout ?? `${(type?.defaults.timeoutMs ?? 0) / 1000}s (default)`;
  const written = new Set(Object.keys(spec.params));
  const facts: (readonly [string, string])[] = [
    ...spec.targets.map((name) => ['target', `${name}  ${urls.get(name) ?? '(not in this file)'}`] as const),
    ['every', `${spec.every}: ${runsADay.toLocaleString('en')} runs a day at each agent; timeout ${timeout}`],
    ['from', fromText(spec)],
    ...(agents === undefined ? [] : agentFacts(agents, runsADay)),
    ...(spec.slo ? [['promises', sloText(spec.slo)] as const] : []),
    ...(spec.secrets ? [['secrets', `${Object.keys(spec.secrets).join(', ')} (sealed)`] as const] : []),
    ...params.map(
      ([name, value]) =>
        ['param', `${name} = ${JSON.stringify(value)}${written.has(name) ? '' : ' (default)'}`] as const,
    ),
    ...(type ? [['measures', type.metrics.join(', ')] as const] : []),
  ];
  const count = spec.targets.length === 1 ? 'one target' : `${spec.targets.length} targets`;
  const head = paragraph(`${spec.name}: a ${spec.type} probe of ${count}${spec.paused ? ', paused' : ''}`);
  return `${head}\n${factLines(facts, noteColumns() - INDENT.length).replaceAll(/^/gm, INDENT)}`;
}

const INDENT = '  ';

function agentFacts(agents: readonly string[], runsADay: number): (readonly [string, string])[] {
  const who = agents.length === 0 ? 'none now: outrider schedule plan says why' : agents.join(', ');
  return [
    ['agents', who],
    ['runs', `${(runsADay * agents.length).toLocaleString('en')} a day in all`],
  ];
}

function fromText({ from }: ProbeSpec): string {
  const { at, count, different, per, ...keys } = from;
  const labels = Object.entries(keys).map(
    ([label, values]) => `${label} ${(values as unknown[]).join(' or ')}`,
  );
  const parts = [
    count === undefined ? 'every agent that can' : `${count} ${count === 1 ? 'agent' : 'agents'}`,
    ...(per === undefined ? [] : [`for each ${per}`]),
    ...(at === undefined ? [] : [`at ${at}`]),
    ...(labels.length > 0 ? [`with ${labels.join(' and ')}`] : []),
    ...(different === undefined ? [] : [`no two of one ${different.join(' or ')}`]),
  ];
  return parts.join(', ');
}

function sloText({ metric, objective, under, window }: SloSpec): string {
  const good = metric === undefined ? 'succeed' : `succeed with ${metric} under ${under}`;
  return `${objective} of its runs ${good}, over ${window}`;
}
