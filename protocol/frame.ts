/**
 * The frames of the link, as plain values. `codec.ts` turns them into binary and back.
 * Agent → collector: hello, proof, results, health, goodbye, watch_request, evidence. Collector → agent: challenge, welcome,
 * schedule, ack, run_now, drain, health_ack, watch_answer, evidence_ack.
 */
import type { WatchOrder, WatchReport } from '../probes/watch-order.ts';
import type { AgentLabels } from './identity.ts';
import type { RecordBatch } from './record.ts';

/** One check that an agent runs: a probe on one target. */
export interface Assignment {
  readonly probe: string;
  readonly type: string;
  readonly target: {
    readonly name: string;
    readonly url: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Parameters of the probe, as its zod schema parses them. */
  readonly params: unknown;
  /** Secrets of the probe by name, sealed to keys of agents; see `sealed-secret.ts`. */
  readonly secrets?: Readonly<Record<string, readonly string[]>>;
  /** First slot at or after this instant, Unix milliseconds: from here on the collector expects results. */
  readonly effectiveFromMs: number;
}

export interface Capabilities {
  /** Probe types that the agent can run. */
  readonly probeTypes: readonly string[];
  /** `Chromium 156…`, or empty on a light agent. */
  readonly browser: string;
}

export interface Hello {
  readonly type: 'hello';
  /** Protocol versions spoken, highest preferred. */
  readonly versions: readonly number[];
  readonly agent: string;
  readonly boot: string;
  readonly labels: AgentLabels;
  readonly capabilities: Capabilities;
  readonly software: string;
  /** Last schedule held on disk; 0 for none. */
  readonly scheduleRevision: number;
  /** Boots that the spool still holds results of, this boot included. */
  readonly spooledBoots: readonly string[];
  /** Unix milliseconds at the agent, when sent. */
  readonly sentMs: number;
}

/** Who are you? Comes between hello and welcome, where the collector has access control. */
export interface Challenge {
  readonly type: 'challenge';
  /** 32 bytes, never used again. */
  readonly nonce: Uint8Array;
  /** The run of the collector that asks. */
  readonly collector: string;
  readonly session: string;
  readonly binding: Binding;
  /** This agent has a key: an enrolment token is of no use. */
  readonly enrolled: boolean;
}

/** What of the connection is signed too: RFC 9266, or nothing where TLS ends elsewhere. */
export const BINDINGS = ['', 'tls-exporter'] as const;
export type Binding = (typeof BINDINGS)[number];

export interface Proof {
  readonly type: 'proof';
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes; see `link-proof.ts`. */
  readonly signature: Uint8Array;
  /** One-time token of an agent that is not enrolled yet; otherwise empty. */
  readonly enrolmentToken: string;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly version: number;
  readonly session: string;
  /** Unix milliseconds at the collector, when sent. */
  readonly serverMs: number;
  /** `sentMs` of the Hello, returned for the clock estimate. */
  readonly helloSentMs: number;
  /** Highest seq committed for each boot asked for. */
  readonly held: Readonly<Record<string, number>>;
  /** Results that may be in flight unacknowledged. */
  readonly credit: number;
  readonly schedule: Schedule;
  /** It understands a WatchRequest, which would end the session with an earlier collector. */
  readonly watches?: boolean;
  /** The same for an EvidenceReport. */
  readonly evidence?: boolean;
}

export interface Schedule {
  readonly type: 'schedule';
  readonly revision: number;
  readonly assignments: readonly Assignment[];
}

export interface Results {
  readonly type: 'results';
  readonly batch: RecordBatch;
}

/** Committed in the store: every result of `boot` up to and including `seq`. */
export interface Ack {
  readonly type: 'ack';
  readonly boot: string;
  readonly seq: number;
  readonly credit: number;
}

export interface RunNow {
  readonly type: 'run_now';
  readonly requestId: string;
  readonly trigger: AskedTrigger;
  readonly assignment: Assignment;
  /** With the trigger `publish`, and only then: what is done in place of the probe's own run. */
  readonly watch?: Watch;
}

/** What made a run beside the schedule happen. */
export const ASKED_TRIGGERS = ['manual', 'confirm', 'retest', 'publish'] as const;
export type AskedTrigger = (typeof ASKED_TRIGGERS)[number];

/** What one watcher is to do; times are by the clock of the collector. */
export type Watch = Omit<WatchOrder, 'from'>;

/** An agent has published something, and asks when others can play it. */
export interface WatchRequest {
  readonly type: 'watch_request';
  /** Of the run that published it: its `sessionId`, and the `requestId` of those who watch. */
  readonly run: string;
  readonly probe: string;
  readonly target: string;
  readonly watch: Watch;
  readonly from: WatchOrder['from'];
}

/** Answers a WatchRequest: a report for each of its `from`. */
export interface WatchAnswer {
  readonly type: 'watch_answer';
  readonly run: string;
  readonly reports: readonly WatchReport[];
}

/** What one failed run can show for itself; the JSON of an `Evidence` as `text`. */
export interface EvidenceReport {
  readonly type: 'evidence';
  /** See `sessionIdOf`. */
  readonly run: string;
  readonly probe: string;
  readonly target: string;
  /** The slot, Unix milliseconds. */
  readonly atMs: number;
  readonly text: string;
  /** Pieces of evidence that the agent gave up since it started. */
  readonly givenUp: number;
}

/** Answers an EvidenceReport. `retryAfterMs` is 0 once it is in the store, else it is to be sent again. */
export interface EvidenceAck {
  readonly type: 'evidence_ack';
  readonly run: string;
  readonly retryAfterMs: number;
}

/** The spool of an agent. */
export interface SpoolHealth {
  readonly bytes: number;
  readonly bytesMax: number;
  /** How long the oldest result that is not acknowledged has been stored; 0 when there is none. */
  readonly oldestAgeMs: number;
  readonly ageMaxMs: number;
  /** Results sent and not acknowledged: part of `Health.pending`. */
  readonly inFlight: number;
  /** The highest seq given out by this boot. */
  readonly lastSeq: number;
  /** The disk took no write the last time: results are kept in memory, and dropped soon. */
  readonly refusing: boolean;
}

export interface LaneHealth {
  readonly running: number;
  readonly waiting: number;
}

/** How the agent gets along with its collectors. */
export interface LinkHealth {
  /** Sessions that a collector welcomed since this boot began, the present one included. */
  readonly sessions: number;
  /** Place of the present collector in the agent's list, from 1. */
  readonly collector: number;
  readonly collectors: number;
}

/** How an agent is, every few seconds. What older agents do not say is absent. */
export interface Health {
  readonly type: 'health';
  readonly sentMs: number;
  /** Results spooled and not acknowledged. */
  readonly pending: number;
  /** Runs under way or waiting in a lane. */
  readonly running: number;
  /** Results given up since the spool was made, by reason, e.g. `spool_full`, `spool_age`, `disk_full`. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly scheduleRevision: number;
  readonly eventLoopDelayMs: number;
  readonly cpuRatio: number;
  readonly rssBytes: number;
  readonly clockOffsetMs: number;
  readonly lastError: string;
  readonly spool?: SpoolHealth;
  /** The latest start of a scheduled run after its slot, since the last Health; milliseconds. */
  readonly latenessMs?: number;
  readonly light?: LaneHealth;
  readonly browser?: LaneHealth;
  readonly link?: LinkHealth;
}

/** The collector is going away: finish what is in flight and reconnect after `retryAfterMs`. */
export interface Drain {
  readonly type: 'drain';
  readonly retryAfterMs: number;
}

/**
 * The agent stops on purpose: no slot at or after `stoppedAtMs` was or will be run by this boot. The collector closes the session
 * with `GOODBYE` once that is in the store; an agent that does not see it reports later what it slept through.
 */
export interface Goodbye {
  readonly type: 'goodbye';
  readonly stoppedAtMs: number;
  readonly reason: string;
}

/** Answers Health, and carries the time for the clock estimate. */
export interface HealthAck {
  readonly type: 'health_ack';
  readonly echoSentMs: number;
  readonly serverMs: number;
}

export type AgentFrame = Hello | Proof | Results | Health | Goodbye | WatchRequest | EvidenceReport;
export type CollectorFrame =
  | Challenge
  | Welcome
  | Schedule
  | Ack
  | RunNow
  | Drain
  | HealthAck
  | WatchAnswer
  | EvidenceAck;
export type Frame = AgentFrame | CollectorFrame;

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = 'outrider.v1';
export const AGENT_PATH = '/v1/agent';
