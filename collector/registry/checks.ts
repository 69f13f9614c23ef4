/** Which checks an agent is to run: a pure function of the agent, the probes and the targets. */
import { createHash } from 'node:crypto';
import { type Expression, parseExpression, type Term, valueMatches } from '../../probes/location.ts';
import { probeOf } from '../../probes/registry.ts';
import { type ProbeSpec, parseDurationMs, type Selector, type TargetSpec } from '../../probes/spec.ts';
import type { Assignment, Capabilities } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';

/** What of an agent decides about its checks. */
export interface Candidate {
  readonly id: string;
  readonly labels: AgentLabels;
  readonly capabilities: Capabilities;
}

/** An assignment before its begin is known. */
export interface Check {
  readonly key: string;
  readonly assignment: Omit<Assignment, 'effectiveFromMs'>;
  /** Of everything that the agent is told: equal ones are the same check. */
  readonly fingerprint: string;
}

/** A check among those of one agent. */
export function checkKey(probe: string, target: string): string {
  return `${probe}\n${target}`;
}

export function everyMsOf(probe: ProbeSpec): number {
  return parseDurationMs(probe.every) ?? 0;
}

export function timeoutMsOf(probe: ProbeSpec): number {
  const own = probe.timeout === undefined ? undefined : parseDurationMs(probe.timeout);
  return own ?? probeOf(probe.type)?.defaults.timeoutMs ?? 0;
}

/** Whether the agent is one of those selected: every given key must match one of its values. */
export function selects(selector: Selector, agent: Candidate): boolean {
  const { id, labels } = agent;
  const holds = <Value>(values: readonly Value[] | undefined, value: Value) =>
    values === undefined || values.includes(value);
  return (
    holds(selector.agent, id) &&
    holds(selector.region, labels.region) &&
    holds(selector.country, labels.country) &&
    holds(selector.city, labels.city) &&
    holds(selector.asn, labels.asn) &&
    holds(selector.isp, labels.isp) &&
    holds(selector.provider, labels.provider) &&
    holds(selector.network, labels.network) &&
    (selector.tag === undefined || selector.tag.some((tag) => labels.tags.includes(tag))) &&
    (selector.at === undefined || isAt(expressionOf(selector, selector.at), agent))
  );
}

/** Read once: a selector is held against every agent of the fleet. */
const expressions = new WeakMap<Selector, Expression>();

function expressionOf(selector: Selector, at: string): Expression {
  const known = expressions.get(selector) ?? parseExpression(at);
  expressions.set(selector, known);
  return known;
}

function isAt(expression: Expression, agent: Candidate): boolean {
  return expression.some((terms) => terms.every((term) => holdsAt(term, agent) !== term.not));
}

function holdsAt({ label, value }: Term, { id, labels }: Candidate): boolean {
  switch (label) {
    case undefined: {
      const { region, country, city, isp, provider, network, tags } = labels;
      const named = !value.includes('*') && id.toLowerCase() === value;
      return (
        named ||
        [region, country, city, isp, provider, network, ...tags].some((text) => valueMatches(value, text))
      );
    }
    case 'tag':
      return labels.tags.some((tag) => valueMatches(value, tag));
    case 'agent':
      return id.toLowerCase() === value;
    case 'asn':
      return String(labels.asn) === value;
    case 'group':
      // Groups are written out before (`expandGroups`): one that is left has gone.
      return false;
    default:
      return valueMatches(value, labels[label]);
  }
}

/** Words by which a selector may mean a single agent, in lower case: its id decides where they are concerned. */
export function namedBy(selector: Selector): string[] {
  const terms = selector.at === undefined ? [] : expressionOf(selector, selector.at).flat();
  const words = terms.filter(({ label }) => label === undefined || label === 'agent');
  return [...(selector.agent ?? []).map((id) => id.toLowerCase()), ...words.map(({ value }) => value)];
}

/** Whether the agent is able to run the probe: it knows the type, and has the browser, module or program that is needed. */
export function capable(probe: ProbeSpec, { capabilities }: Candidate): boolean {
  const type = probeOf(probe.type);
  if (!type || !capabilities.probeTypes.includes(probe.type)) return false;
  const needed = type.requires?.(probe.params);
  if (needed !== undefined && !capabilities.probeTypes.includes(needed)) return false;
  return type.lane !== 'browser' || capabilities.browser !== '';
}

/** The checks of one probe at an agent that runs it: one a target. */
export function checksOf(probe: ProbeSpec, targets: ReadonlyMap<string, TargetSpec>): Check[] {
  const type = probeOf(probe.type);
  const params = type?.params.safeParse(probe.params);
  if (!type || !params?.success) return [];
  return probe.targets.flatMap((name) => {
    const target = targets.get(name);
    if (!target) return [];
    const assignment = {
      probe: probe.name,
      type: probe.type,
      target: { name: target.name, url: target.url, labels: target.labels },
      everyMs: everyMsOf(probe),
      timeoutMs: timeoutMsOf(probe),
      params: params.data,
      ...(probe.secrets && { secrets: probe.secrets }),
    };
    return [{ key: checkKey(probe.name, name), assignment, fingerprint: fingerprintOf(assignment) }];
  });
}

/** JSON with its keys sorted: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function fingerprintOf(assignment: Check['assignment']): string {
  return createHash('sha256').update(canonicalJson(assignment)).digest('base64url');
}
