/** The port of the collector: HTTP, or HTTPS with files that are read again when they change. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Logger } from 'pino';
import { followTls, readTls, type TlsFiles } from './tls-files.ts';

/** How long open requests may take to end when the collector stops. */
const REQUESTS_END_MS = 2000;

/** Not listening yet. Rejects with `CollectorError('tls')`. */
export async function openServer(
  { log, tls }: { readonly log: Logger; readonly tls?: TlsFiles },
  listener: RequestListener,
): Promise<{ readonly server: Server; readonly close: () => Promise<void> }> {
  if (!tls) {
    const server = createServer(listener);
    return { server, close: () => closeServer(server) };
  }
  const pair = await readTls(tls);
  const server = createTlsServer(pair, listener);
  const unfollow = followTls(server, tls, pair, log);
  return {
    server,
    close: () => {
      unfollow();
      return closeServer(server);
    },
  };
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
