/** Takes results from agents into the store, and acknowledges what is committed. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../probes/probe.ts';
import type { WatchReport } from '../../probes/watch-order.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import {
  type EvidenceReport,
  type Health,
  type Hello,
  SUBPROTOCOL,
  type WatchRequest,
} from '../../protocol/frame.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { LinkGate } from '../access/link-gate.ts';
import type { EvidenceIntake } from '../evidence/evidence-intake.ts';
import type { Membership, ReleaseState } from '../members/membership.ts';
import type { Publications } from '../publish/publications.ts';
import type { RegistryLink } from '../registry/link.ts';
import type { Store } from '../store/store.ts';
import { Admissions } from './admissions.ts';
import { BlockQueue } from './block-queue.ts';
import { type IngestCounters, type IngestGauges, type IngestStats, newCounters } from './counters.ts';
import { type Credit, CreditPool, refreshCredits } from './credit.ts';
import { dayRanges } from './day-ranges.ts';
import { drainSessions } from './drain-sessions.ts';
import { INGEST_LIMITS } from './limits.ts';
import { LoopDelay } from './loop-delay.ts';
import { type BootProgress, Progress } from './progress.ts';
import { ProgressLookup } from './progress-lookup.ts';
import { type Admission, type ReceivedBatch, Session, type SessionHost } from './session.ts';
import { refusalOf, refuseUpgrade } from './upgrade.ts';

export interface IngestOptions {
  readonly store: Pick<Store, 'query' | 'insertResults' | 'life' | 'shards'>;
  readonly registry: RegistryLink;
  readonly membership: Membership;
  /** Has others watch for what an agent published. */
  readonly publications: Pick<Publications, 'watch'>;
  /** Takes what failed runs have to show. */
  readonly evidence: Pick<EvidenceIntake, 'take'>;
  /** Where agents have to show who they are. */
  readonly gate?: LinkGate | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Uniform in [0, 1). */
  random(): number;
}

export interface Ingest extends IngestStats {
  /** Takes over a request to upgrade to a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /**
   * Lets agents go to another collector. Settles with what became of each, in their order: `released` when nothing of it is
   * under way here any more, `busy` when that took longer than `withinMs`, `in_use` when another process with its id is
   * connected here and lives.
   */
  release(
    agents: readonly { readonly agent: string; readonly boot: string }[],
    withinMs: number,
  ): Promise<readonly ReleaseState[]>;
  /** Ends the session of an agent that may not be here any more. */
  expel(agent: string): void;
  /** This incarnation was fenced, as somebody else has found out: the collector begins anew. */
  fenced(): void;
  /**
   * Takes no agent any more, asks those that are here to go, and resolves when they are gone and everything is committed,
   * however long the store needs. Idempotent.
   */
  drain(): Promise<void>;
  /** Lets agents go and commits what was received, within a time. True when everything is committed. Idempotent. */
  close(): Promise<boolean>;
}

export function startIngest(options: IngestOptions): Ingest {
  return new SessionBoard(options);
}

class SessionBoard implements Ingest, SessionHost {
  readonly clock: Clock;
  readonly counters: IngestCounters = newCounters();
  readonly gate: LinkGate | undefined;
  readonly #options: IngestOptions;
  readonly #queue: BlockQueue;
  readonly #progress: Progress;
  readonly #admissions: Admissions;
  readonly #credits = new CreditPool();
  readonly #sessions = new Set<Session>();
  /** Those that are not welcomed yet. */
  #arriving = 0;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LINK_LIMITS.frameBytes.value,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  readonly #loop = new LoopDelay();
  readonly #sweepTimer: NodeJS.Timeout;
  #paused = false;
  /** It is being registered anew. */
  #renewing = false;
  #draining: Promise<void> | undefined;
  #closing: Promise<boolean> | undefined;

  constructor(options: IngestOptions) {
    const { registry, log, membership, store } = options;
    this.#options = options;
    this.clock = options.clock;
    this.gate = options.gate;
    this.#progress = new Progress(membership, new ProgressLookup(store, this.counters));
    this.#admissions = new Admissions({ progress: this.#progress, registry, log, counters: this.counters });
    this.#queue = new BlockQueue({
      ...options,
      counters: this.counters,
      onCommitted: (ends) => this.#committed(ends),
      onFenced: () => void this.#beginAnew(),
    });
    this.#sweepTimer = setInterval(() => this.#sweep(), INGEST_LIMITS.sweepMs.value);
    this.#sweepTimer.unref();
  }

  gauges(): IngestGauges {
    return {
      sessions: this.#sessions.size,
      arriving: this.#arriving,
      queuedRows: this.#queue.rows,
      queuedBytes: this.#queue.bytes,
      openBlocks: this.#queue.blocks,
      creditGranted: this.#credits.granted,
      oldestQueuedMs: this.#queue.oldestMs,
      eventLoopDelayMs: this.#loop.delayMs,
    };
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = refusalOf(request, {
      sessions: this.#sessions.size,
      arriving: this.#arriving,
      isOpen: !this.#draining && !this.#closing && !this.#renewing,
      random: this.#options.random,
    });
    if (refusal) {
      if (refusal.retryAfterS !== undefined) this.counters.admissionsRefused += 1;
      refuseUpgrade(socket, refusal);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const peer = { socket: request.socket, address: request.socket.remoteAddress ?? '' };
      const session = new Session(webSocket, this, peer);
      this.#sessions.add(session);
      this.#arriving += 1;
      this.counters.sessionsOpened += 1;
      if (this.#paused) session.pause();
    });
  }

  release(
    agents: readonly { readonly agent: string; readonly boot: string }[],
    withinMs: number,
  ): Promise<readonly ReleaseState[]> {
    return this.#admissions.release(agents, withinMs);
  }

  expel(agent: string): void {
    // Those that wait to be let in, too.
    for (const session of this.#sessions) {
      if (session.agent === agent) session.end('unauthorised', 'the key of this agent was revoked');
    }
  }

  fenced(): void {
    if (!this.#renewing) this.#queue.disown();
  }

  drain(): Promise<void> {
    this.#draining ??= this.#letGo().then(() => this.#queue.empty());
    return this.#draining;
  }

  close(): Promise<boolean> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  // --- what sessions ask ---

  admit(session: Session, hello: Hello): Promise<Admission> {
    return this.#admissions.admit(session, hello);
  }

  accept(session: Session, batch: ReceivedBatch, from: number): void {
    const { owner, boot, view } = batch;
    const nowMs = this.clock.wallMs();
    const { pastMs, futureMs } = INGEST_LIMITS;
    const ranges = dayRanges(view, from, nowMs - pastMs.value, nowMs + futureMs.value);
    const labels = this.#options.registry.labelsOf(session.agent);
    const taken = this.#queue.append({ ...batch, labels }, ranges);
    const notTaken = ranges[taken];
    const end = notTaken?.from ?? view.count;
    const kept = ranges.slice(0, taken).reduce((sum, range) => sum + range.to - range.from, 0);
    this.counters.resultsOutOfRange += end - from - kept;
    const lastSeq = view.firstSeq + end - 1;
    boot.accepted = Math.max(boot.accepted, lastSeq);
    // What was thrown away is settled with what was taken before it.
    if (owner.tail && !owner.tail.isDone) owner.tail.ends.set(boot, boot.accepted);
    else this.#progress.committed(boot, boot.accepted);
    if (this.#queue.bytes > INGEST_LIMITS.queueBytes.value) this.#pause();
    if (!notTaken) return;
    this.counters.openBlocksExceeded += 1;
    throw new ProtocolError(
      'unavailable',
      'the results go back and forth between days: too many blocks are open',
    );
  }

  health(session: Session, health: Health): void {
    this.#options.registry.heard(session.agent, health);
  }

  goodbye(session: Session, stoppedAtMs: number): Promise<void> {
    const latestMs = this.clock.wallMs() + INGEST_LIMITS.clockAheadMs.value;
    return this.#options.registry.goodbye(session.agent, Math.min(stoppedAtMs, latestMs));
  }

  evidence(session: Session, report: EvidenceReport): Promise<number> {
    return this.#options.evidence.take(session.agent, report);
  }

  watch(session: Session, request: WatchRequest): Promise<readonly WatchReport[]> {
    return this.#options.publications.watch(session.agent, request);
  }

  heard(session: Session): void {
    this.#options.registry.heard(session.agent);
  }

  welcomed(): Credit {
    this.#arriving -= 1;
    return this.#credits.open();
  }

  ended(session: Session, code: number): void {
    this.#sessions.delete(session);
    if (!session.welcomed) this.#arriving -= 1;
    this.counters.sessionsClosed[code] = (this.counters.sessionsClosed[code] ?? 0) + 1;
    if (session.agent) this.#admissions.leave(session);
  }

  // --- what the queue says ---

  #committed(ends: ReadonlyMap<BootProgress, number>): void {
    for (const [boot, seq] of ends) {
      this.#progress.committed(boot, seq);
      this.#admissions.get(boot.agent)?.committed(boot.boot, boot.committed);
      this.#progress.settle(boot.agent);
    }
    this.#resume();
  }

  /** The others took this collector for dead. Agents hold all that was not acknowledged, and come again. */
  async #beginAnew(): Promise<void> {
    const { log, membership } = this.#options;
    log.warn('what was under way is given up, agents hold all of it: the collector begins anew');
    this.#renewing = true;
    this.#progress.clear();
    for (const session of this.#sessions) session.end('unavailable', 'the collector begins anew');
    this.#resume();
    const incarnation = await this.#renew();
    if (incarnation === undefined) return;
    this.#queue.begin(incarnation);
    this.#renewing = false;
    log.info({ incarnation: membership.incarnation }, 'the collector goes on under a new name');
  }

  /** Undefined when the collector closes first. */
  async #renew(): Promise<string | undefined> {
    const { log, membership, random } = this.#options;
    while (!this.#closing) {
      try {
        return await membership.renew();
      } catch (error) {
        log.warn({ err: error }, 'the collector could not begin anew; it is tried again');
        const waitMs = INGEST_LIMITS.retryMinMs.value * (1 + random());
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
    return undefined;
  }

  // --- upkeep ---

  #letGo(): Promise<void> {
    return drainSessions(this.#sessions, this.#options.random);
  }

  async #close(): Promise<boolean> {
    await this.#letGo();
    const committed = await this.#queue.close(INGEST_LIMITS.lastFlushMs.value);
    if (!committed)
      this.#options.log.warn(
        { rows: this.#queue.rows },
        'stopped with rows that are not committed: agents hold them and send them again',
      );
    clearInterval(this.#sweepTimer);
    this.#loop.close();
    for (const session of this.#sessions) session.cut();
    return committed;
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.counters.backpressurePauses += 1;
    for (const session of this.#sessions) session.pause();
  }

  #resume(): void {
    if (!this.#paused || this.#queue.bytes > INGEST_LIMITS.queueBytes.value / 2) return;
    this.#paused = false;
    for (const session of this.#sessions) session.resume();
  }

  #sweep(): void {
    this.#admissions.report();
    const nowMs = this.clock.monotonicMs();
    for (const session of this.#sessions) session.sweep(nowMs, !this.#paused);
    refreshCredits(this.#sessions);
  }
}
