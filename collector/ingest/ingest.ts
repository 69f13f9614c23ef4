/** Takes results from agents into the store, and acknowledges what is committed. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../probes/probe.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { AGENT_PATH, type Health, type Hello, SUBPROTOCOL } from '../../protocol/frame.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { RegistryError } from '../registry/errors.ts';
import type { RegistryLink } from '../registry/link.ts';
import { resultLine } from '../store/result-block.ts';
import type { Store } from '../store/store.ts';
import { type IngestCounters, type IngestGauges, type IngestStats, newCounters } from './counters.ts';
import { InsertQueue } from './insert-queue.ts';
import { createJournal } from './journal.ts';
import { INGEST_LIMITS } from './limits.ts';
import { LoopDelay } from './loop-delay.ts';
import { Progress } from './progress.ts';
import { type Admission, Session, type SessionHost } from './session.ts';

export interface IngestOptions {
  readonly store: Pick<Store, 'query' | 'insertResults'>;
  readonly registry: RegistryLink;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where the block that is being inserted is kept against a crash. */
  readonly dataDir: string;
  /** Uniform in [0, 1). */
  random(): number;
}

export interface Ingest extends IngestStats {
  /** Takes over a request to upgrade to a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells agents to go, commits what was received, closes every session. */
  close(): Promise<void>;
}

/** First inserts what an earlier collector left in the middle. Rejects with a `StoreError` when the store will not have it. */
export async function startIngest(options: IngestOptions): Promise<Ingest> {
  const ingest = new SessionBoard(options);
  await ingest.start();
  return ingest;
}

class SessionBoard implements Ingest, SessionHost {
  readonly clock: Clock;
  readonly counters: IngestCounters = newCounters();
  readonly #options: IngestOptions;
  readonly #queue: InsertQueue;
  readonly #progress: Progress;
  readonly #sessions = new Set<Session>();
  /** The one session of each agent. */
  readonly #byAgent = new Map<string, Session>();
  /** Those whose boots `#progress` keeps. */
  readonly #opened = new Set<Session>();
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LINK_LIMITS.frameBytes.value,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  readonly #loop = new LoopDelay();
  #sweepTimer: NodeJS.Timeout | undefined;
  #paused = false;
  #closing = false;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.#progress = new Progress(options.store);
    this.#queue = new InsertQueue({
      insert: (block) => options.store.insertResults(block),
      journal: createJournal(options.dataDir),
      clock: options.clock,
      log: options.log,
      counters: this.counters,
      random: options.random,
      onRoom: () => this.#resume(),
    });
  }

  async start(): Promise<void> {
    await this.#queue.recover();
    this.#sweepTimer = setInterval(() => this.#sweep(), LINK_LIMITS.healthEveryMs.value);
    this.#sweepTimer.unref();
  }

  gauges(): IngestGauges {
    return {
      sessions: this.#sessions.size,
      queuedRows: this.#queue.rows,
      queuedBytes: this.#queue.bytes,
      oldestQueuedMs: this.#queue.oldestMs,
      eventLoopDelayMs: this.#loop.delayMs,
    };
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusal(request);
    if (refusal) {
      refuseUpgrade(socket, refusal);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data) => {
        this.counters.framesReceived += 1;
        this.counters.bytesReceived += (data as Buffer).length;
      });
      const session = new Session(webSocket, this);
      this.#sessions.add(session);
      this.counters.sessionsOpened += 1;
      if (this.#paused) session.pause();
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#sweepTimer);
    this.#loop.close();
    for (const session of this.#sessions)
      session.send({ type: 'drain', retryAfterMs: INGEST_LIMITS.drainRetryMs.value });
    await this.#untilEmpty(INGEST_LIMITS.drainMs.value);
    const committed = await this.#queue.close(INGEST_LIMITS.lastFlushMs.value);
    if (!committed)
      this.#options.log.warn(
        { rows: this.#queue.rows },
        'stopped with rows that are not committed: agents hold them and send them again',
      );
    for (const session of this.#sessions) session.end('unavailable', 'the collector stops');
    await this.#untilEmpty(2 * INGEST_LIMITS.aliveMs.value);
    for (const session of this.#sessions) session.cut();
  }

  // --- what sessions ask ---

  async admit(session: Session, hello: Hello): Promise<Admission> {
    await this.#takePlace(session, hello);
    const { registry, log } = this.#options;
    try {
      const boots = [...new Set([...hello.spooledBoots, hello.boot])];
      const known = await this.#progress.open(hello.agent, boots);
      this.#opened.add(session);
      const schedule = await registry.connected(hello, session);
      const named = new Map([...known].filter(([boot]) => boots.includes(boot)));
      return { boots: named, schedule };
    } catch (error) {
      log.warn({ err: error, agent: hello.agent }, 'an agent could not be taken in');
      const why = error instanceof RegistryError ? error.message : 'the store does not answer';
      throw new ProtocolError('unavailable', why);
    } finally {
      if (session.ended) this.#leave(session);
    }
  }

  /**
   * Of two sessions of one agent the newer wins when it is the same process, which knows best that its older connection is
   * dead. Another process takes over only from one that does not answer any more: two that live under one id would throw each
   * other out for ever, and their numbers would mix.
   */
  async #takePlace(session: Session, hello: Hello): Promise<void> {
    for (;;) {
      const older = this.#byAgent.get(hello.agent);
      if (!older) break;
      const other = older.boot !== hello.boot;
      if (other && (await older.alive(INGEST_LIMITS.aliveMs.value))) {
        this.#options.log.warn(
          { agent: hello.agent },
          'two processes use one agent id: the newer is refused',
        );
        throw new ProtocolError('replaced', `another process with the id ${hello.agent} is connected`);
      }
      // While it was asked, a third may have taken its place.
      if (this.#byAgent.get(hello.agent) !== older) continue;
      older.end('replaced', 'a newer session of this agent has taken over');
      break;
    }
    this.#byAgent.set(hello.agent, session);
  }

  accept(session: Session, boot: string, records: readonly ResultRecord[]): void {
    const { registry } = this.#options;
    const agent = session.agent;
    const ingestedMs = this.clock.wallMs();
    const labels = registry.labelsOf(agent);
    const kept = records.filter(({ scheduledMs }) => inRange(scheduledMs, ingestedMs));
    this.counters.resultsOutOfRange += records.length - kept.length;
    const lastSeq = records.at(-1)?.seq ?? 0;
    const lines = kept.map((record) => resultLine({ agent, labels, boot, record, ingestedMs }));
    this.#queue.append(lines, () => {
      this.#progress.committed(agent, boot, lastSeq);
      this.#byAgent.get(agent)?.committed(boot, lastSeq);
    });
    if (this.#queue.bytes > INGEST_LIMITS.queueBytes.value) this.#pause();
  }

  health(session: Session, health: Health): void {
    this.#options.registry.heard(session.agent, health);
  }

  goodbye(session: Session, stoppedAtMs: number): void {
    const latestMs = this.clock.wallMs() + INGEST_LIMITS.clockAheadMs.value;
    this.#options.registry.goodbye(session.agent, Math.min(stoppedAtMs, latestMs));
  }

  heard(session: Session): void {
    this.#options.registry.heard(session.agent);
  }

  /** The queue shared out among the agents: together they cannot have more in flight than it holds. */
  credit(): number {
    const share = Math.floor(INGEST_LIMITS.queueRows.value / Math.max(1, this.#sessions.size));
    return Math.max(INGEST_LIMITS.creditMin.value, Math.min(LINK_LIMITS.creditResults.value, share));
  }

  counted(what: 'received' | 'duplicate' | 'gap', count: number): void {
    if (what === 'received') this.counters.resultsReceived += count;
    else if (what === 'duplicate') this.counters.resultsDuplicate += count;
    else this.counters.sequenceGaps += count;
  }

  ended(session: Session, code: number): void {
    this.#sessions.delete(session);
    this.counters.sessionsClosed[code] = (this.counters.sessionsClosed[code] ?? 0) + 1;
    if (session.agent) this.#leave(session);
  }

  /** Undoes what `admit` did; for a session that ended during it, once it is done. */
  #leave(session: Session): void {
    if (this.#byAgent.get(session.agent) === session) this.#byAgent.delete(session.agent);
    this.#options.registry.disconnected(session.agent, session);
    if (this.#opened.delete(session)) this.#progress.close(session.agent);
  }

  // --- upkeep ---

  /** Why a request is not upgraded: status line and sentence; undefined when it is. */
  #refusal(request: IncomingMessage): { readonly status: string; readonly why: string } | undefined {
    const path = (request.url ?? '').split('?')[0];
    if (path !== AGENT_PATH) return { status: '404 Not Found', why: `agents connect to ${AGENT_PATH}` };
    // Agents are not browsers: a page that someone has open must not speak for an agent.
    if (request.headers.origin !== undefined) return { status: '403 Forbidden', why: 'not for browsers' };
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(SUBPROTOCOL))
      return { status: '400 Bad Request', why: `the subprotocol ${SUBPROTOCOL} is needed` };
    if (this.#closing) return { status: '503 Service Unavailable', why: 'the collector stops' };
    if (this.#sessions.size >= INGEST_LIMITS.sessions.value)
      return { status: '503 Service Unavailable', why: 'too many sessions' };
    return undefined;
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

  /** Cuts sessions whose peer is gone. While nothing is read, nothing can be heard. */
  #sweep(): void {
    if (this.#paused) return;
    const nowMs = this.clock.monotonicMs();
    for (const session of this.#sessions)
      if (nowMs - session.heardMs > INGEST_LIMITS.silentMs.value) session.cut();
  }

  async #untilEmpty(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (this.#sessions.size > 0 && performance.now() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function inRange(scheduledMs: number, nowMs: number): boolean {
  return (
    scheduledMs >= nowMs - INGEST_LIMITS.pastMs.value && scheduledMs <= nowMs + INGEST_LIMITS.futureMs.value
  );
}

function refuseUpgrade(
  socket: Duplex,
  { status, why }: { readonly status: string; readonly why: string },
): void {
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`,
  );
}
