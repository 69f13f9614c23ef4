/**
 * The reference origin: a small real short-video service on loopback. It serves the clips and what was uploaded, and
 * takes uploads by every protocol of `upload-routes.ts`. `service.ts` has the other routes; here are the server and its life.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AccessLine, accessLine } from './access-log.ts';
import { ArrivingMessage, arrivalLog, type ReceivedLine } from './arrivals.ts';
import { loadClips } from './clips.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { InjectedError, readInjected } from './injected.ts';
import { type LimitValues, limitValues, ORIGIN_LIMITS } from './limits.ts';
import { UploadLocks } from './locks.ts';
import { type Processing, readProcessing } from './processing.ts';
import { Publication } from './publication.ts';
import { s3Route } from './s3-upload.ts';
import { type Exchange, sendError } from './send.ts';
import { Service } from './service.ts';
import { TUS_PATH, tusServer } from './tus-upload.ts';
import { uploadRoutes } from './upload-routes.ts';
import { UploadShelf } from './upload-shelf.ts';

export interface OriginOptions {
  /** A free one when absent. */
  readonly port?: number;
  readonly host?: '127.0.0.1';
  /** Uploads are kept in `uploads/` below it; those of an earlier process are deleted at the start. */
  readonly dataDir: string;
  /** From the end of an upload until it is ready to play, where `renditions` does not say; 200 when absent. */
  readonly transcodeMs?: number;
  /** The same for each rendition by its name. One named `source` after `transcodeMs` when absent. */
  readonly renditions?: Readonly<Record<string, number>>;
  /** Milliseconds more until a region (a proxy's) sees a rendition. */
  readonly propagation?: Readonly<Record<string, number>>;
  /** How long a region that asks too early keeps its 404; 0 when absent. */
  readonly negativeMs?: number;
  /** Serves S3 below /s3/, with a bucket `videos` and the credentials S3RVER:S3RVER. */
  readonly s3?: boolean;
  readonly clock?: Clock;
  /** Called with a line for each request that is over, as the log of a CDN has it. */
  readonly onAccess?: (line: AccessLine) => void;
  /** Called with a line for each piece of a body as it arrives: the truth about what was sent when. */
  readonly onReceived?: (line: ReceivedLine) => void;
  /** Replaces limits, for tests. */
  readonly limits?: Partial<LimitValues<typeof ORIGIN_LIMITS>>;
}

export interface Origin {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** What is held of uploads, and how many were deleted to keep to the limits. */
  uploads(): { readonly uploads: number; readonly bytes: number; readonly deleted: number };
  /** Takes no more connections, lets answers on their way end for a moment, then cuts the rest. */
  close(): Promise<void>;
}

const SWEEP_EVERY_MS = 30_000;
/** Longer than a client keeps an idle connection: the origin shall not be the one that closes as a request comes. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Starts the origin.
 * @throws the error of `listen`, e.g. EADDRINUSE, or of the file system when `dataDir` cannot be made
 */
export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const { host = '127.0.0.1', port = 0, transcodeMs = 200, clock = systemClock } = options;
  const limits = limitValues(ORIGIN_LIMITS, options.limits);
  const directory = join(options.dataDir, 'uploads');
  const [clips, shelf] = await Promise.all([loadClips(), UploadShelf.open({ directory, clock, limits })]);
  const processing: Processing = {
    renditions: options.renditions ?? { source: transcodeMs },
    propagation: options.propagation ?? {},
    negativeMs: options.negativeMs ?? 0,
    fails: false,
  };
  const injectedBy = (url: URL) => readInjected(url.searchParams, limits.injectedDelayMs);
  const tus = tusServer({
    shelf,
    limits,
    // Behaviour injected into the creation goes on in the transfer.
    locationFor: (url, host, id) => `http://${host}${TUS_PATH}/${id}${injectedBy(url).query}`,
    processingFor: (url) => readProcessing(url.searchParams, processing),
    commitDelay: (url, signal) => sleep(injectedBy(url).commitMs, clock, signal),
  });
  const s3Directory = join(options.dataDir, 's3');
  const s3 = options.s3
    ? await s3Route({ shelf, directory: s3Directory, bytesMax: limits.uploadBytes, processing })
    : undefined;
  const service = new Service({
    clips,
    uploads: uploadRoutes({ shelf, locks: new UploadLocks(clock), tus, s3, processing, limits }),
    publication: new Publication(shelf, clock, limits.negativePaths),
    warmPathsMax: limits.warmPaths,
  });
  const inFlight = new Set<AbortController>();
  let closing = false;
  const logArrivals = options.onReceived && arrivalLog(options.onReceived);
  const serverOptions = { keepAliveTimeout: KEEP_ALIVE_MS, IncomingMessage: ArrivingMessage };
  const server = createServer(serverOptions, (request, response) => {
    logArrivals?.(request);
    const leaving = new AbortController();
    inFlight.add(leaving);
    response.on('close', () => {
      inFlight.delete(leaving);
      leaving.abort();
      options.onAccess?.(accessLine(request, response, Date.now()));
      // A connection that was busy when closing began is idle now, and would be kept alive.
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    void handle(service, limits, clock, request, response, leaving.signal);
  });
  server.maxConnections = limits.connections;
  await listen(server, port, host);
  const sweeper = setInterval(() => void shelf.sweep(), SWEEP_EVERY_MS);
  sweeper.unref();

  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    uploads: () => shelf.counts(),
    async close() {
      closing = true;
      clearInterval(sweeper);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const patience = new AbortController();
      await Promise.race([closed, sleep(limits.closeMs, systemClock, patience.signal)]);
      patience.abort();
      for (const leaving of inFlight) leaving.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers one request; whatever goes wrong inside becomes a 500 or a cut connection, and harms no other. */
async function handle(
  service: Service,
  limits: LimitValues<typeof ORIGIN_LIMITS>,
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  try {
    const url = requestUrl(request);
    if (!url) return sendError(response, 400, 'bad_url', 'The request target is not a URL.');
    const injected = readInjected(url.searchParams, limits.injectedDelayMs);
    await sleep(injected.delayMs, clock, signal);
    if (signal.aborted) return;
    const exchange: Exchange = { request, response, url, injected, clock, signal };
    await service.answer(exchange, url.origin);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else if (error instanceof InjectedError) sendError(response, 400, 'bad_parameter', error.message);
    else sendError(response, 500, 'internal', error instanceof Error ? error.message : String(error));
  }
}

/** The URL as the client has it, by its Host header: URLs in answers must lead through the same proxy. */
function requestUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '/';
  const host = request.headers.host ?? `127.0.0.1:${request.socket.localPort}`;
  const absolute = target.startsWith('/') ? `http://${host}${target}` : target;
  const url = URL.canParse(absolute) ? new URL(absolute) : undefined;
  return url?.protocol === 'http:' ? url : undefined;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
