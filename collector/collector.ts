/** The collector: store, registry, ingest, detection, calibration and API, on one port. */
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import type { Clock } from '../probes/probe.ts';
import type { Access } from './access/access.ts';
import { createLinkGate } from './access/link-gate.ts';
import { startAccess } from './access/start-access.ts';
import { createApi } from './api/create-api.ts';
import { type LiveCalibration, startCalibration } from './calibrate/start-calibration.ts';
import { Confirmer } from './confirm/confirmer.ts';
import type { TrafficWeights } from './detect/impact.ts';
import { Drain } from './drain.ts';
import { CollectorError } from './errors.ts';
import { EvidenceIntake } from './evidence/evidence-intake.ts';
import { IncidentKeeper } from './evidence/keep-incidents.ts';
import { type LiveDetection, startDetection } from './incidents/start-detection.ts';
import { type Ingest, startIngest } from './ingest/ingest.ts';
import { chooseAddress, isLoopback, lackOf, listen, urlOf } from './listen.ts';
import { joinMembers } from './members/join-members.ts';
import type { RunningMembership } from './members/membership.ts';
import type { WebhookReceiver } from './notify/plan.ts';
import type { NotifySettings } from './notify/settings.ts';
import { startNotifier } from './notify/start-notifier.ts';
import { openServer } from './open-server.ts';
import type { OtlpReceiver } from './otlp/post-otlp.ts';
import { type LiveOtlp, startOtlp } from './otlp/start-otlp.ts';
import { Publications } from './publish/publications.ts';
import { createRegistry, type RunningRegistry } from './registry/create-registry.ts';
import { promisesOf } from './registry/promises.ts';
import { openStore, type StoreOptions } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import type { TlsFiles } from './tls-files.ts';

export interface CollectorOptions {
  /** `127.0.0.1` when absent; one that is not loopback needs `auth` and `tls`. */
  readonly host?: string;
  /** Who asks has to show a token, an agent its key. Default false. */
  readonly auth?: boolean;
  /** Files of certificate and key, read again when they change; plain HTTP when absent. */
  readonly tls?: TlsFiles;
  /** 0 takes a free one. */
  readonly port: number;
  /** For the embedded engine, and for what must outlive a crash. Made when it does not exist. */
  readonly dataDir: string;
  /** A ClickHouse server, or a cluster of them, in place of the embedded engine. */
  readonly clickhouse?: NonNullable<StoreOptions['clickhouse']>;
  /** Listen on this address whatever lacks. */
  readonly insecureListen?: string;
  /** What people call it, the same after a restart; host name and port when absent. */
  readonly name?: string;
  /** Where the other collectors on the store reach it; where it listens when absent. */
  readonly advertiseUrl?: string;
  readonly webhooks?: readonly WebhookReceiver[];
  /** Who is told of what. */
  readonly notify?: NotifySettings;
  /** The file that those are from. */
  readonly routesFile?: string;
  /** Where incidents and rollups are exported to. */
  readonly otlp?: OtlpReceiver;
  /** How much of the traffic is where. */
  readonly traffic?: TrafficWeights;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Of Outrider, as shown by the API. */
  readonly version: string;
}

export interface Collector {
  /** `http://127.0.0.1:7077`. */
  readonly url: string;
  readonly port: number;
  readonly store: Store;
  readonly access: Access;
  readonly registry: RunningRegistry;
  readonly ingest: Ingest;
  readonly detection: LiveDetection;
  readonly calibration: LiveCalibration;
  readonly membership: RunningMembership;
  readonly drain: Drain;
  /** Lets agents go, commits what was received, closes the store. Idempotent. */
  close(): Promise<void>;
}

const SYSTEM_CLOCK: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** How long a collector that stops tries to tell the others so before it lets its agents go. */
const TELL_MS = 1000;

/**
 * What has to be ended, in this order: first nothing new comes in, then what came is brought to its end. The others may ask
 * for agents until they know that there are none.
 */
const END_ORDER = [
  'publications',
  'ingest',
  'evidence',
  'calibration',
  'keeper',
  'detection',
  'otlp',
  'notifier',
  'confirmer',
  'members',
  'server',
  'registry',
  'access',
  'store',
] as const;
type Ends = Partial<Record<(typeof END_ORDER)[number], () => Promise<unknown>>>;

/**
 * Starts every part in the order in which they need each other. Rejects with a `CollectorError` or a `StoreError`, and leaves
 * nothing open then.
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const { auth = false, tls } = options;
  const host = chooseAddress(options.host, options.insecureListen, { auth, tls: tls !== undefined });
  const dataDir = await makeDataDir(options.dataDir);
  const ends: Ends = {};
  const stop = new AbortController();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= end(ends, stop);
    return closing;
  };
  try {
    return await startParts(options, { host, dataDir, ends, signal: stop.signal, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Start {
  readonly host: string;
  readonly dataDir: string;
  readonly ends: Ends;
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

async function startParts(options: CollectorOptions, start: Start): Promise<Collector> {
  const { log, clock = SYSTEM_CLOCK, random = Math.random, clickhouse, webhooks, notify } = options;
  const { host, dataDir, ends, signal, close } = start;
  // The port comes first: one that is taken is the commonest reason to end here.
  let listener: ReturnType<typeof getRequestListener> | undefined;
  const { close: closeServer, server } = await openServer(options, (request, response) => {
    if (listener) void listener(request, response);
    else response.writeHead(503, { 'retry-after': '1' }).end('the collector starts\n');
  });
  ends.server = closeServer;
  const port = await listen(server, host, options.port);
  const store = await openStore({ dataDir, ...(clickhouse && { clickhouse }) });
  ends.store = () => store.close();
  const scheme = options.tls ? 'https' : 'http';
  const url = options.advertiseUrl ?? advertised(host, port, scheme);
  const name = options.name ?? `${hostname()}-${port}`;
  const {
    access,
    audit,
    close: endAccess,
    keys,
    pass,
  } = await startAccess({ store, dataDir, name, required: options.auth ?? false, clock, log });
  ends.access = endAccess;
  let ingest: Ingest | undefined;
  const membership = await joinMembers({
    store,
    name,
    url,
    version: options.version,
    auth: access.required,
    clock,
    log,
    peerHeaders: pass.headers,
    agents: () => ingest?.gauges().sessions ?? 0,
    onFenced: () => ingest?.fenced(),
  });
  ends.members = () => membership.close();
  const registry = await createRegistry({ store, clock, log, peers: membership });
  ends.registry = () => registry.close();
  const confirmer = new Confirmer({ store, registry, clock, log });
  ends.confirmer = () => confirmer.close();
  const detection = await startDetection({
    store,
    registry,
    ...(options.traffic && { settings: { trafficWeights: options.traffic } }),
    promised: () => promisesOf(registry.probes().map(({ spec }) => spec)),
    turn: membership,
    confirmer,
    clock,
    log,
  });
  ends.detection = () => detection.close();
  const keeper = new IncidentKeeper({ store, detection, turn: membership, clock, log });
  ends.keeper = () => keeper.close();
  const notifier = startNotifier({
    store,
    registry,
    detection,
    turn: membership,
    clock,
    log,
    random,
    ...(webhooks && { webhooks }),
    ...(notify && { settings: notify }),
    applied: () => registry.declared().language,
    ...(options.routesFile === undefined ? {} : { routesFile: options.routesFile }),
  });
  ends.notifier = () => notifier.close();
  let otlp: LiveOtlp | undefined;
  if (options.otlp) {
    const sender = { name: membership.name, version: options.version };
    const exported = { store, detection, turn: membership, receiver: options.otlp, sender };
    otlp = startOtlp({ ...exported, clock, log, random });
    ends.otlp = () => otlp?.close() ?? Promise.resolve();
  }
  const calibration = startCalibration({
    store,
    turn: membership,
    clock,
    log,
    announce: (one) => notifier.announce(one),
  });
  ends.calibration = () => calibration.close();
  const { incarnation } = membership;
  const publications = new Publications({ store, registry, name, incarnation, clock, log, random });
  ends.publications = () => publications.close();
  const evidence = new EvidenceIntake({ store, log });
  ends.evidence = () => evidence.close();
  const gate = access.required ? createLinkGate(access, keys, () => membership.incarnation) : undefined;
  ingest = startIngest({ store, registry, membership, publications, evidence, gate, clock, log, random });
  keys.onRevoked = (agent) => ingest?.expel(agent);
  ends.ingest = () => endIngest({ membership, ingest, registry });
  const drain = new Drain({ membership, ingest, registry, log });

  const exposed = !isLoopback(host);
  const lacks = lackOf({ auth: access.required, tls: options.tls !== undefined });
  if (exposed && lacks !== undefined) warnExposed(log, { host, port, lacks });
  const api = createApi({
    store,
    registry,
    membership,
    access,
    keys,
    audit,
    drain,
    detection,
    calibration,
    ...(otlp && { otlp }),
    confirmer,
    notifier,
    evidence,
    publications,
    ingest,
    clock,
    log,
    startedMs: clock.wallMs(),
    version: options.version,
    signal,
    anyHost: exposed,
    hosts: [new URL(url).hostname],
  });
  listener = getRequestListener(api.fetch);
  await membership.appear();
  server.on('upgrade', (request, socket, head) => ingest.upgrade(request, socket, head));
  const parts = { store, access, registry, ingest, detection, calibration, membership, drain };
  return { url: urlOf(host, port, scheme), port, ...parts, close };
}

/** One that listens on every address is reached by the name of its machine. */
function advertised(host: string, port: number, scheme: 'http' | 'https'): string {
  return host === '0.0.0.0' || host === '::'
    ? `${scheme}://${hostname()}:${port}`
    : urlOf(host, port, scheme);
}

/** Lets agents go and commits what they sent; then the others need not ask this collector any more. */
async function endIngest(parts: {
  readonly membership: RunningMembership;
  readonly ingest: Ingest;
  readonly registry: RunningRegistry;
}): Promise<void> {
  const { membership, ingest, registry } = parts;
  const told = membership.state === 'active' ? membership.enter('draining') : Promise.resolve();
  await Promise.race([told.catch(() => undefined), sleep(TELL_MS)]);
  const committed = await ingest.close();
  const written = await registry.settled().then(
    () => true,
    () => false,
  );
  await membership.close(committed && written);
}

async function end(ends: Ends, stop: AbortController): Promise<void> {
  stop.abort();
  for (const part of END_ORDER) await ends[part]?.();
}

function warnExposed(
  log: Logger,
  { host, lacks, port }: { readonly host: string; readonly port: number; readonly lacks: string },
): void {
  const means = lacks.includes('access control')
    ? 'whoever reaches this address may read and change everything'
    : 'whoever listens on the way reads tokens and can use them';
  log.warn({ host, port }, `INSECURE: there is no ${lacks}, and ${means}`);
}

async function makeDataDir(path: string): Promise<string> {
  const directory = resolve(path);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return directory;
  } catch (error) {
    throw new CollectorError(
      'data_dir',
      `The data directory ${directory} cannot be made: ${error instanceof Error ? error.message : String(error)}`,
      'Choose a directory that you may write, with `--data-dir`.',
      error,
    );
  }
}
