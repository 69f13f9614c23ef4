/** Whose fault it looks like, and the incident in one sentence. */
import type { Blame } from '../../probes/outcome.ts';
import { formatDuration } from '../../probes/spec.ts';
import {
  type Evidence,
  type IncidentScope,
  type PlaceEvidence,
  SILENCE_METRIC,
  type Size,
} from './incident.ts';
import type { FaultPlace } from './leaves/fault-place.ts';
import type { SecondLook } from './second-look.ts';
import { FAILURE_METRIC } from './series.ts';

/** Share of the growth that the phases before the request must have for the network to be blamed. */
const NETWORK_SHARE = 0.3;

const NETWORK_PHASES: ReadonlySet<string> = new Set(['dns_ms', 'connect_ms', 'tls_ms']);

/**
 * Failures vote by their own blame. Where they do not know (a request that was never answered), and for latency, elimination
 * decides: what is well from other regions is not broken in itself.
 */
export function blameOf(scope: IncidentScope, metric: string, evidence: Evidence): Blame {
  const { secondLook } = evidence;
  if (secondLook && secondLook.stand !== 'outvoted') {
    const said = blameBySecondLook(secondLook, scope, metric, evidence);
    if (said !== undefined) return said;
  }
  return blameByFirstTries(scope, metric, evidence);
}

/** What agents saw who were asked at once, where that says more of the extent than first tries do. */
function blameBySecondLook(
  { verdict }: SecondLook,
  scope: IncidentScope,
  metric: string,
  evidence: Evidence,
): Blame | undefined {
  if (scope.kind !== 'agent' && scope.kind !== 'region') return undefined;
  const { region } = scope;
  switch (verdict) {
    case 'agent':
      return 'agent';
    case 'network':
      return 'network';
    case 'region': {
      // Others of the region see it too: it is not the agent. The neighbour does not.
      const unaffected = [{ kind: 'region', name: 'the neighbour', share: 0 }] as const;
      return scope.kind === 'agent'
        ? blameByFirstTries({ kind: 'region', region }, metric, { ...evidence, unaffected })
        : undefined;
    }
    case 'wider':
      // Nothing is known to be well any more that would tell the network from the target.
      return blameByFirstTries({ kind: 'region', region }, metric, { ...evidence, unaffected: [] });
    default:
      return undefined;
  }
}

function blameByFirstTries(scope: IncidentScope, metric: string, evidence: Evidence): Blame {
  // Without a neighbour that is well, the only agent of a region cannot be told from its region.
  if (scope.kind === 'agent') return evidence.unaffected.length > 0 ? 'agent' : 'unknown';
  // What is well by another network, or by another way, is well in itself.
  if (scope.kind === 'isp' || scope.kind === 'route') return 'network';
  if (metric === SILENCE_METRIC) return scope.kind === 'region' ? 'network' : 'unknown';
  if (metric === FAILURE_METRIC) return blameOfFailures(scope, evidence);
  return blameOfLatency(scope, evidence);
}

function blameOfFailures(scope: IncidentScope, { failures, unaffected }: Evidence): Blame {
  const votes = { target: 0, network: 0 };
  let unknown = 0;
  for (const { blame, count } of failures) {
    if (blame === 'target' || blame === 'network') votes[blame] += count;
    else unknown += count;
  }
  const known = votes.target + votes.network;
  if (known > 0 && known >= unknown) return votes.target >= votes.network ? 'target' : 'network';
  if (scope.kind === 'target' || scope.kind === 'pop') return 'target';
  if ((scope.kind === 'region' || scope.kind === 'country') && unaffected.length > 0) return 'network';
  return known > 0 ? (votes.target >= votes.network ? 'target' : 'network') : 'unknown';
}

/** Connections that take longer are the network's; a first byte that comes late on quick connections is the target's. */
function blameOfLatency(scope: IncidentScope, { phases }: Evidence): Blame {
  let network = 0;
  let total = 0;
  for (const { metric, before, after } of phases) {
    const growth = Math.max(0, after - before);
    total += growth;
    if (NETWORK_PHASES.has(metric)) network += growth;
  }
  if (scope.kind === 'global') return 'unknown';
  if (total === 0) return scope.kind === 'target' || scope.kind === 'pop' ? 'target' : 'unknown';
  return network >= NETWORK_SHARE * total ? 'network' : 'target';
}

const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

function amount(value: number | null, unit: string): string {
  if (value === null) return 'nothing';
  if (unit === 'ratio') return `${(value * 100).toFixed(0)}%`;
  return `${number(value)} ${unit}`;
}

/** Whose part of the way it is. Where everybody falls silent at once, it is most likely who listens. */
export function faultPlaceOf({ kind }: IncidentScope, isSilence: boolean): FaultPlace {
  return kind === 'global' && isSilence ? 'OURSELVES' : (kind.toUpperCase() as Uppercase<typeof kind>);
}

function place(scope: IncidentScope): string {
  switch (scope.kind) {
    case 'agent':
      return `agent ${scope.agent}`;
    case 'isp':
      return `network ${scope.isp}${scope.region === undefined ? '' : ` in ${scope.region}`}`;
    case 'country':
      return `country ${scope.country}`;
    case 'pop':
      return `edge ${scope.pop}`;
    case 'route':
      return `the way from ${scope.region} to edge ${scope.pop}`;
    case 'region':
      return scope.region;
    case 'target':
      return `target ${scope.target}, in every region`;
    case 'global':
      return 'every region';
  }
}

const times = (rate: number): string => (rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2));

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;

/** A budget that goes too fast in a few words; with a place, as a sentence. */
export function budgetText(burn: {
  readonly probe: string;
  readonly target: string;
  readonly longRate: number;
  readonly longMs: number;
  readonly runs: number;
  readonly failures: number;
  readonly scope?: IncidentScope;
  readonly startedMs?: number;
  readonly unaffected?: readonly { readonly name: string }[];
}): string {
  const { probe, target, longRate, longMs, runs, failures, scope, startedMs, unaffected = [] } = burn;
  const what = `${probe} on ${target} uses up its error budget ${times(longRate)} times too fast`;
  const counts = `${failures} of ${runs} runs in ${formatDuration(longMs)} were bad (${percent(failures / Math.max(1, runs))})`;
  if (!scope) return `${what}: ${counts}`;
  const since = startedMs === undefined ? '' : ` since ${clock(startedMs)}`;
  const well = unaffected.slice(0, 3).map(({ name }) => name);
  const beside = well.length === 0 ? '' : `; ${well.join(', ')} not affected`;
  return `${place(scope)}: ${what}${since}; ${counts}${beside}.`;
}

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)}Z`;

/** One sentence for people: where, what, how much, since when, for whom, and what is well beside it. */
export function summarise(incident: {
  readonly scope: IncidentScope;
  readonly metric: string;
  readonly probe: string | null;
  readonly target: string | null;
  readonly blame: Blame;
  readonly startedMs: number;
  readonly size: Size;
  readonly evidence: Evidence;
}): string {
  const { scope, metric, size, evidence } = incident;
  const where = place(scope);
  const since = `since ${clock(incident.startedMs)}`;
  if (metric === SILENCE_METRIC)
    return `${where}: ${evidence.silentAgents.length} agents fell silent together ${since}${scope.kind === 'global' ? '; looks like ourselves: the collector, or what all agents reach it by' : ''}.`;
  const checks = `${incident.probe ?? 'several probes'}${incident.target ? ` on ${incident.target}` : ''}`;
  const what = metric === FAILURE_METRIC ? 'failures' : metric;
  const change = `${what} of ${checks} went from ${amount(size.before, size.unit)} to ${amount(size.after, size.unit)}`;
  const who = scope.kind === 'agent' ? '' : ` at ${evidence.agents.length} of ${evidence.agentsHeard} agents`;
  const well = evidence.unaffected.map((one) => one.name);
  const beside =
    well.length === 0
      ? ''
      : `; ${well.slice(0, 3).join(', ')}${well.length > 3 ? ' and others' : ''} not affected`;
  const others = (evidence.place?.alternatives ?? []).map(place);
  const ambiguous =
    others.length === 0 ? '' : `; what is known cannot tell it from ${others.slice(0, 2).join(' or ')}`;
  const told = toldWords(evidence.place);
  const again = evidence.secondLook?.text ? `; ${evidence.secondLook.text}` : '';
  const [suspect] = evidence.changes ?? [];
  const after = suspect ? `; ${suspect.kind} ${suspect.name} was ${ago(suspect.leadMs)}` : '';
  return `${where}: ${change}${who} ${since}${beside}${ambiguous}${told}${after}${again}; looks like ${blameWords(incident.blame)}.`;
}

/** What runs of agents that lie in one of two places only have said. */
function toldWords({ rather, ruledOut = [] }: Partial<PlaceEvidence> = {}): string {
  if (rather) return `; agents that were asked to tell speak for ${place(rather)}`;
  if (ruledOut.length === 0) return '';
  return `; agents that were asked to tell rule out ${ruledOut.map(place).slice(0, 2).join(' and ')}`;
}

const ago = (leadMs: number): string =>
  leadMs < 0
    ? 'just then'
    : leadMs < 60_000
      ? `${Math.round(leadMs / 1000)} s before`
      : `${Math.round(leadMs / 60_000)} min before`;

function blameWords(blame: Blame): string {
  switch (blame) {
    case 'target':
      return 'the target';
    case 'network':
      return 'the network';
    case 'agent':
      return 'the agent itself';
    case 'unknown':
      return 'a shared cause that the evidence does not name';
  }
}
