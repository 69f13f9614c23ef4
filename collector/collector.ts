/** The collector: store, registry, ingest, detection and API, on one port. */
import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import type { Clock } from '../probes/probe.ts';
import { createApi } from './api/create-api.ts';
import { CollectorError } from './errors.ts';
import { type LiveDetection, startDetection } from './incidents/start-detection.ts';
import type { WebhookReceiver } from './incidents/webhook.ts';
import { type Ingest, startIngest } from './ingest/ingest.ts';
import { chooseAddress, isLoopback, listen, urlOf } from './listen.ts';
import { solitaryMembership } from './members/solitary.ts';
import { createRegistry, type RunningRegistry } from './registry/create-registry.ts';
import { openStore } from './store/open-store.ts';
import type { ServerOptions } from './store/server-engine.ts';
import type { Store } from './store/store.ts';

export interface CollectorOptions {
  /** Loopback address; `127.0.0.1` when absent. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** For the embedded engine, and for what must outlive a crash. Made when it does not exist. */
  readonly dataDir: string;
  /** A ClickHouse server in place of the embedded engine. */
  readonly clickhouse?: ServerOptions;
  /** Listen on this address although anybody who reaches it may do anything. */
  readonly insecureListen?: string;
  readonly webhooks?: readonly WebhookReceiver[];
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
  readonly registry: RunningRegistry;
  readonly ingest: Ingest;
  readonly detection: LiveDetection;
  /** Lets agents go, commits what was received, closes the store. Idempotent. */
  close(): Promise<void>;
}

const SYSTEM_CLOCK: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** How long open requests may take to end when the collector stops. */
const REQUESTS_END_MS = 2000;

/** What has to be ended, in this order: first nothing new comes in, then what came is brought to its end. */
const END_ORDER = ['ingest', 'server', 'detection', 'registry', 'store'] as const;
type Ends = Partial<Record<(typeof END_ORDER)[number], () => Promise<unknown>>>;

/**
 * Starts every part in the order in which they need each other. Rejects with a `CollectorError` or a `StoreError`, and leaves
 * nothing open then.
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const host = chooseAddress(options.host, options.insecureListen);
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
  const { log, clock = SYSTEM_CLOCK, random = Math.random, clickhouse, webhooks } = options;
  const { host, dataDir, ends, signal, close } = start;
  // The port comes first: one that is taken is the commonest reason to end here.
  let listener: ReturnType<typeof getRequestListener> | undefined;
  const server = createServer((request, response) => {
    if (listener) void listener(request, response);
    else response.writeHead(503, { 'retry-after': '1' }).end('the collector starts\n');
  });
  const port = await listen(server, host, options.port);
  ends.server = () => closeServer(server);
  const store = await openStore({ dataDir, ...(clickhouse && { clickhouse }) });
  ends.store = () => store.close();
  const registry = await createRegistry({ store, clock, log });
  ends.registry = () => registry.close();
  const detection = await startDetection({
    store,
    registry,
    clock,
    log,
    random,
    ...(webhooks && { webhooks }),
  });
  ends.detection = () => detection.close();
  const membership = solitaryMembership('collector');
  const ingest = startIngest({ store, registry, membership, clock, log, random });
  ends.ingest = () => ingest.close();

  const exposed = !isLoopback(host);
  if (exposed) warnExposed(log, host, port);
  const api = createApi({
    store,
    registry,
    detection,
    ingest,
    clock,
    log,
    startedMs: clock.wallMs(),
    version: options.version,
    signal,
    anyHost: exposed,
  });
  listener = getRequestListener(api.fetch);
  server.on('upgrade', (request, socket, head) => ingest.upgrade(request, socket, head));
  return { url: urlOf(host, port), port, store, registry, ingest, detection, close };
}

async function end(ends: Ends, stop: AbortController): Promise<void> {
  stop.abort();
  for (const part of END_ORDER) await ends[part]?.();
}

function warnExposed(log: Logger, host: string, port: number): void {
  log.warn(
    { host, port },
    'INSECURE: there is no access control, and whoever reaches this address may read and change everything',
  );
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

/** Takes no further connection; requests under way may end, for a moment. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), REQUESTS_END_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
