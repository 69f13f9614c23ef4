/** What the collector knows of agents, targets and probes, and who runs what. `createRegistry` is in `create-registry.ts`. */
import type { LocationQuery, ProbeSpec, TargetSpec } from '../../probes/spec.ts';
import type { AskedTrigger, Assignment, Capabilities, Health, Watch } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { AgentFacts } from './diagnosis.ts';
import type { FieldChange } from './field-changes.ts';
import type { Language, SpecKind } from './language.ts';
import type { FleetAnswer } from './remote-agent.ts';
import type { RunOrder, RunReceipt } from './run-order.ts';

/** `silent`: not heard for three health intervals and never said goodbye. `stopped`: it said goodbye. */
export type AgentConnection = 'connected' | 'silent' | 'stopped';

export interface AgentView {
  readonly id: string;
  readonly labels: AgentLabels;
  readonly capabilities: Capabilities;
  readonly software: string;
  readonly boot: string;
  readonly state: AgentConnection;
  /** Unix milliseconds. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Since when it has been connected without a break, here or at another collector; absent unless a session is open. */
  readonly connectedSinceMs?: number | undefined;
  /** The run of a collector at which its session is, or was last; empty when that is not known. */
  readonly collector: string;
  /** When it said that it stops; only of a stopped agent. */
  readonly stoppedAtMs?: number | undefined;
  readonly health?: Health | undefined;
  /** When it said so; Unix milliseconds. */
  readonly healthMs?: number | undefined;
  /** Of the schedule that it was sent last, and when; 0 while none was. */
  readonly revision: number;
  readonly toldMs: number;
  /** When another process last tried to use its id; absent when none did. */
  readonly rivalMs?: number | undefined;
  /** Checks that it is to run. */
  readonly assignments: number;
}

export interface ProbeView {
  readonly spec: ProbeSpec;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Ids of the agents that run it now. */
  readonly agents: readonly string[];
  readonly updatedMs: number;
}

export interface TargetView {
  readonly spec: TargetSpec;
  readonly updatedMs: number;
}

export interface AppliedChange {
  readonly kind: SpecKind;
  readonly name: string;
  readonly action: 'create' | 'update' | 'unchanged' | 'delete';
  /** What an update changes; empty otherwise. */
  readonly fields: readonly FieldChange[];
}

export interface Applied {
  /** Of the specifications after it: nobody changed anything since while it stays. */
  readonly revision: number;
  readonly changes: readonly AppliedChange[];
}

export interface Declared {
  readonly revision: number;
  readonly language: Language;
}

export interface ApplyOptions {
  /** Only say what it would do. */
  readonly dryRun?: boolean;
  /** Delete what is of the kinds that the specification has and not in it. */
  readonly prune?: boolean;
  /** Only if specifications are at this revision; `RegistryError('conflict')` otherwise. */
  readonly revision?: number | undefined;
  /** Names that routes may have as receivers; any when absent. */
  readonly receivers?: readonly string[];
}

export interface AskedRun {
  readonly requestId: string;
  readonly probe: string;
  readonly askedMs: number;
  /** Agents that were told; each answers with one result a target, with this request id. */
  readonly agents: readonly string[];
  /** Results to expect: agents × targets. */
  readonly expected: number;
}

/** What agents are to watch for another that published it. */
export interface WatchTask {
  /** Of the run that published it; they answer with results of this request id. */
  readonly run: string;
  readonly probe: string;
  readonly target: string;
  readonly agents: readonly string[];
  readonly watch: Watch;
}

/** What agents are to run once, at once, because something looked bad. */
export interface ConfirmTask {
  /** Their results have this request id. */
  readonly run: string;
  readonly probe: string;
  readonly target: string;
  readonly agents: readonly string[];
}

/**
 * Where a result may be that has no row yet. `running`: in a lane. `spool`: on the agent's disk. `in_flight`: sent, and not
 * acknowledged. `unheard`: due since the agent last said what it holds.
 */
export const PENDING_PLACES = ['running', 'spool', 'in_flight', 'unheard'] as const;
export type PendingPlace = (typeof PENDING_PLACES)[number];

/**
 * The equation of an agent: expected = stored + pending + missed + dropped + unaccounted, over the slots in
 * [since, now − grace) that the collector itself counts. `unaccounted` is 0 unless something was lost. What an agent holds
 * is known by number only: a lost result does not show before the agent holds less than what is open.
 */
export interface AgentLedger {
  readonly agent: string;
  readonly region: string;
  readonly state: AgentConnection;
  readonly expected: number;
  /** Slots with a row that ended ok or fail. */
  readonly stored: number;
  /** Slots without a row that the agent or the insert queue still holds. */
  readonly pending: number;
  readonly pendingByPlace: Readonly<Partial<Record<PendingPlace, number>>>;
  /** Slots with a row that says missed, and those of a silent agent that nobody reported. */
  readonly missed: number;
  readonly missedByReason: Readonly<Record<string, number>>;
  /** Those among the missed that have no row: of a silent agent, under `agent_down`. */
  readonly inferred: number;
  /** Slots whose results the agent says that it gave up since then. */
  readonly dropped: number;
  readonly droppedByReason: Readonly<Record<string, number>>;
  readonly unaccounted: number;
  /** Rows beyond the first of a slot, or of an (agent, boot, seq). 0 unless something is wrong. */
  readonly duplicates: number;
  /** Rows of slots that were not expected, e.g. run from a cached schedule after the probe was deleted. */
  readonly extra: number;
}

export interface Ledger {
  /** As asked for, or when the first slot was expected, whichever is later. Unix milliseconds. */
  readonly sinceMs: number;
  readonly agents: readonly AgentLedger[];
  readonly total: Omit<AgentLedger, 'agent' | 'region' | 'state'>;
}

/** An agent with its ledger, what it did in the last hour, and what it was told to run. */
export interface AgentReport extends AgentFacts {
  readonly ledgerSinceMs: number;
  readonly checks: readonly Assignment[];
}

/** Methods that change something reject with a `RegistryError`; the promise settles once the change is in the store. */
export interface Registry {
  /** Grows with every change of any agent's schedule. */
  readonly revision: number;
  /** Validates (`languageSchema`, the parameters of each probe type, names) and creates or updates; deletes only with `prune`. */
  apply(spec: unknown, options?: ApplyOptions): Promise<Applied>;
  /** Everything that was applied, as one file would say it; another object after each change. */
  declared(): Declared;
  /** A location in plain places: agent groups are written out. */
  placesOf(location: LocationQuery): LocationQuery;
  pause(probe: string): Promise<void>;
  resume(probe: string): Promise<void>;
  deleteProbe(probe: string): Promise<void>;
  probes(): readonly ProbeView[];
  probe(name: string): ProbeView | undefined;
  targets(): readonly TargetView[];
  target(name: string): TargetView | undefined;
  agents(): readonly AgentView[];
  agent(id: string): AgentView | undefined;
  /** What the agent was told to run, as the store has it. */
  assignments(agent: string): Promise<readonly Assignment[]>;
  /** Asks connected agents that run the probe (narrowed by the selector) for one run now, beside the schedule. */
  runNow(probe: string, from?: LocationQuery, trigger?: Exclude<AskedTrigger, 'publish'>): Promise<AskedRun>;
  /** Has these agents watch, here or at other collectors; gives those that were told. */
  watch(task: WatchTask): Promise<readonly string[]>;
  /** Has these agents run one check now, here or at other collectors, with the trigger `confirm`; gives those that were told. */
  confirm(task: ConfirmTask): Promise<readonly string[]>;
  /** A run asked for by `runNow`, `watch` or `confirm`, remembered for an hour. */
  askedRun(requestId: string): AskedRun | undefined;
  /** Slots from `sinceMs` (default: 24 hours ago). */
  ledger(options?: { readonly sinceMs?: number; readonly agent?: string }): Promise<Ledger>;
  /** Everything that is known of an agent, its ledger from `sinceMs` on; undefined when there is none of this id. */
  facts(agent: string, options?: { readonly sinceMs?: number }): Promise<AgentReport | undefined>;
}

/** What the other collectors on the store ask of this one. */
export interface RegistryPeers {
  /** The agents connected to this collector, and those that were, of which anything changed after `since`. */
  fleetSince(since: number): FleetAnswer;
  /** Tells agents connected here to run something now, and remembers who asked for it. */
  orderRuns(order: RunOrder): RunReceipt;
}
