/** What an agent can run: which of the probes it has, and what it tells collectors of them. */
import type { Probe } from '../probes/probe.ts';
import type { AgentDeps } from './agent-deps.ts';

/** Those of the types that the configuration names; all where it names none. */
export function allowedProbes(
  probes: Readonly<Record<string, Probe>>,
  types: readonly string[],
): Record<string, Probe> {
  return Object.fromEntries(
    Object.entries(probes).filter(([type]) => types.length === 0 || types.includes(type)),
  );
}

/**
 * Without a browser its probes are known, and end as `browser_missing`, but nobody need ask for them. Types that need something
 * beside them are told with each that is there: `own`, `own:sign-in`.
 */
export function probeTypesOf(
  probes: Readonly<Record<string, Probe>>,
  { browser, own }: Pick<AgentDeps, 'browser' | 'own'>,
): string[] {
  return Object.entries(probes).flatMap(([type, probe]) => {
    if (browser === undefined && probe.lane === 'browser') return [];
    if (!probe.requires) return [type];
    const there = own?.capabilities.filter((one) => one.startsWith(`${type}:`)) ?? [];
    return there.length === 0 ? [] : [type, ...there];
  });
}
