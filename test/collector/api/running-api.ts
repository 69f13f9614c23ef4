/** The real API over a real store and a real registry, served on loopback, with a clock that the test moves. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { pino } from 'pino';
import { Access } from '../../../collector/access/access.ts';
import { AgentKeys } from '../../../collector/access/agent-keys.ts';
import { Audit } from '../../../collector/access/audit.ts';
import { createApi } from '../../../collector/api/create-api.ts';
import type { Detection } from '../../../collector/api/deps.ts';
import { type LiveCalibration, startCalibration } from '../../../collector/calibrate/start-calibration.ts';
import { Confirmer } from '../../../collector/confirm/confirmer.ts';
import type { Incident, IncidentEvent } from '../../../collector/detect/incident.ts';
import { Drain } from '../../../collector/drain.ts';
import { EvidenceIntake } from '../../../collector/evidence/evidence-intake.ts';
import { IncidentList, type IncidentListener } from '../../../collector/incidents/incident-list.ts';
import { type IngestGauges, newCounters } from '../../../collector/ingest/counters.ts';
import { startIngest } from '../../../collector/ingest/ingest.ts';
import { joinMembers } from '../../../collector/members/join-members.ts';
import type { LiveNotifier } from '../../../collector/notify/live-notifier.ts';
import { notifySchema } from '../../../collector/notify/settings.ts';
import { startNotifier } from '../../../collector/notify/start-notifier.ts';
import { Publications } from '../../../collector/publish/publications.ts';
import { createRegistry, type RunningRegistry } from '../../../collector/registry/create-registry.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import type { Hello } from '../../../protocol/frame.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { labelsOf, rowOf } from '../../support/records.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

export const SPEC = {
  version: 1,
  targets: [{ name: 'origin', url: 'http://video.sandbox.test/' }],
  probes: [{ name: 'front-page', type: 'http', targets: ['origin'], every: '2s', timeout: '5s' }],
};

/** Nobody listens there. */
const NOBODY = {
  version: 1,
  receivers: [{ name: 'nobody', type: 'webhook', url: { env: 'OUTRIDER_TEST_NOWHERE' } }],
  routes: [{ name: 'all', receivers: ['nobody'] }],
};

/** The list that detection keeps, into which a test puts what the detector would have found. */
class IncidentShelf implements Detection {
  readonly #list = new IncidentList(pino({ level: 'silent' }));
  listeners = 0;
  readonly counters = {
    detector: {
      observed: 0,
      duplicates: 0,
      late: 0,
      future: 0,
      not_judged: 0,
      series_over_limit: 0,
      budget_over_limit: 0,
      rounds: 0,
    },
    incidents: { opened: 4, resolved: 3, incidents_over_limit: 0 },
    judging: 1,
    ticks: 10,
    ticks_failed: 1,
    unwritten: 0,
  };

  put(kind: IncidentEvent['kind'], incident: Incident): void {
    this.#list.apply({ kind, incident });
  }
  incidents(): readonly Incident[] {
    return this.#list.all();
  }
  get(id: string): Incident | undefined {
    return this.#list.get(id);
  }
  subscribe(listener: IncidentListener): () => void {
    this.listeners += 1;
    const unsubscribe = this.#list.subscribe(listener);
    return () => {
      this.listeners -= 1;
      unsubscribe();
    };
  }
}

export function incidentOf(more: Partial<Incident> = {}): Incident {
  const startedMs = Date.UTC(2026, 10, 21, 11, 58, 0);
  return {
    id: 'inc-1-region-eu-west',
    scope: { kind: 'region', region: 'eu-west' },
    status: 'open',
    metric: 'ttfb_ms',
    probe: 'front-page',
    target: 'origin',
    severity: 'critical',
    blame: 'network',
    startedMs,
    detectedMs: startedMs + 11_000,
    resolvedMs: null,
    mergedInto: null,
    summary: 'TTFB in eu-west rose from 20 ms to 420 ms.',
    size: { before: 20, after: 420, unit: 'ms', ratio: 21 },
    evidence: {
      confirmed: true,
      evidence: 1e6,
      threshold: 1e5,
      agents: ['eu-west-1'],
      agentsHeard: 3,
      silentAgents: [],
      cells: [],
      series: [],
      unaffected: [{ kind: 'region', name: 'us-east', share: 0 }],
      failures: [],
      phases: [],
    },
    ...more,
  };
}

export function helloOf(agent: string, region: string): Hello {
  return {
    type: 'hello',
    versions: [1],
    agent,
    boot: `${agent}-boot`,
    labels: labelsOf(region),
    capabilities: { probeTypes: ['http', 'upload', 'playback', 'video-start'], browser: 'Chromium 156' },
    software: '0.1.0',
    scheduleRevision: 0,
    spooledBoots: [],
    sentMs: 0,
  };
}

export interface RunningApi {
  readonly url: string;
  /** With all its routes. */
  readonly app: ReturnType<typeof createApi>;
  readonly clock: { nowMs: number };
  readonly store: TestStore['store'];
  readonly registry: RunningRegistry;
  readonly shelf: IncidentShelf;
  /** Looks when the test says so. */
  readonly calibration: LiveCalibration;
  /** Looks when the test says so. */
  readonly notifier: LiveNotifier;
  readonly publications: Publications;
  readonly counters: ReturnType<typeof newCounters>;
  readonly gauges: { -readonly [Name in keyof IngestGauges]: number };
  /** Frames that the agents were sent. */
  readonly sent: { readonly agent: string; readonly type: string }[];
  /** Ids of the runs that they were asked for. */
  readonly requests: string[];
  readonly access: Access;
  readonly keys: AgentKeys;
  readonly audit: Audit;
  /** Ends the streams as a stopping collector does; the server still answers. */
  stop(): void;
  /** Closes the listening socket and every connection; `listen` opens it again on the same port. */
  hangUp(): Promise<void>;
  listen(): Promise<void>;
  connect(agent: string, region: string): Promise<void>;
  /** Commits results of the first agent of a region, or of many, as one block. */
  insert(region: string, records: readonly Partial<ResultRecord>[]): Promise<void>;
  insertMany(results: readonly (readonly [region: string, record: Partial<ResultRecord>])[]): Promise<void>;
  get(path: string): Promise<{ status: number; body: never }>;
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: never }>;
  close(): Promise<void>;
}

export async function startApi(
  options: {
    readonly tickMs?: number;
    readonly startMs?: number;
    readonly notify?: unknown;
    readonly auth?: boolean;
  } = {},
): Promise<RunningApi> {
  const held = await openTestStore('embedded');
  const { store } = held;
  const clock = { nowMs: options.startMs ?? Date.UTC(2026, 10, 21, 12, 0, 0) };
  const times = { wallMs: () => clock.nowMs, monotonicMs: () => clock.nowMs };
  const log = pino({ level: 'silent' });
  const membership = await joinMembers({
    store,
    name: 'test',
    url: 'http://127.0.0.1:7077',
    version: '0.1.0',
    clock: times,
    log,
  });
  await membership.appear();
  const registry = await createRegistry({ store, clock: times, log });
  const common = { store, registry, clock: times, log, random: Math.random };
  const { name, incarnation } = membership;
  const publications = new Publications({ ...common, name, incarnation });
  const confirmer = new Confirmer(common);
  const evidence = new EvidenceIntake({ store, log });
  const ingest = startIngest({ ...common, membership, publications, evidence });
  const shelf = new IncidentShelf();
  const calibration = startCalibration({
    store,
    turn: membership,
    clock: times,
    log,
    tickMs: 0,
  });
  const notifier = startNotifier({
    ...common,
    detection: shelf,
    // The test's clock counts, not the store's, which goes by the machine's.
    turn: {
      lease: (name) => membership.lease(name),
      leaseRefused: (lease) => membership.leaseRefused(lease),
      storeOffsetMs: 0,
    },
    settings: notifySchema.parse(options.notify ?? NOBODY),
    applied: () => registry.declared().language,
    tickMs: 0,
  });
  const counters = newCounters();
  const gauges = {
    sessions: 0,
    arriving: 0,
    queuedRows: 0,
    queuedBytes: 0,
    openBlocks: 0,
    creditGranted: 0,
    oldestQueuedMs: 0,
    eventLoopDelayMs: 0,
  };
  const access = new Access({ store, clock: times, log, required: options.auth ?? false });
  const keys = new AgentKeys({ store, access, log });
  const audit = new Audit({ store, collector: name, log });
  await access.start();
  await keys.start();
  const stopping = new AbortController();
  const app = createApi({
    store,
    registry,
    detection: shelf,
    calibration,
    confirmer,
    notifier,
    evidence,
    publications,
    membership,
    access,
    keys,
    audit,
    drain: new Drain({ membership, ingest, registry, log }),
    ingest: {
      counters,
      gauges: () => gauges,
      release: (agents, withinMs) => ingest.release(agents, withinMs),
    },
    clock: times,
    startedMs: clock.nowMs - 3_600_000,
    version: '0.1.0',
    log,
    signal: stopping.signal,
    tickMs: options.tickMs ?? 50,
  });
  const server = createServer(getRequestListener(app.fetch));
  const listen = (port: number) =>
    new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const sent: { agent: string; type: string }[] = [];
  const requests: string[] = [];
  let seq = 0;

  const insertMany: RunningApi['insertMany'] = async (results) => {
    const rows = results.map(([region, record]) => {
      seq += 1;
      const agent = `${region}-1`;
      return rowOf(
        seq,
        { scheduledMs: clock.nowMs - 1000, ...record },
        { agent, boot: `${agent}-boot`, labels: labelsOf(region) },
      );
    });
    await store.insertResults(resultBlock(`block-${seq}`, rows), { ingestedMs: clock.nowMs });
  };
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: (isJson ? JSON.parse(text) : text) as never };
  };
  const hangUp = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url,
    app,
    clock,
    store,
    registry,
    shelf,
    calibration,
    notifier,
    publications,
    counters,
    gauges,
    sent,
    requests,
    access,
    keys,
    audit,
    stop: () => stopping.abort(),
    hangUp,
    listen: () => listen(port),
    async connect(agent, region) {
      await registry.connected(helloOf(agent, region), {
        send: (frame) => {
          sent.push({ agent, type: frame.type });
          if (frame.type === 'run_now') requests.push(frame.requestId);
        },
      });
    },
    insert: (region, records) => insertMany(records.map((record) => [region, record])),
    insertMany,
    get: (path) => send('GET', path),
    send,
    async close() {
      stopping.abort();
      if (server.listening) await hangUp();
      await calibration.close();
      await notifier.close();
      await publications.close();
      await confirmer.close();
      await membership.close(await ingest.close());
      await registry.close();
      await audit.close();
      await keys.close();
      await access.close();
      await held.close();
    },
  };
}
