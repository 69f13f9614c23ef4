/** Ingest and registry over a store, behind a real HTTP server: what agents connect to, without API and detection. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Ingest, startIngest } from '../../collector/ingest/ingest.ts';
import { createRegistry, type RunningRegistry } from '../../collector/registry/create-registry.ts';
import type { Store } from '../../collector/store/store.ts';
import type { Clock } from '../../probes/probe.ts';
import { SILENT_LOG } from './silent-log.ts';

export const REAL_CLOCK: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

export interface LinkServer {
  readonly url: string;
  readonly ingest: Ingest;
  readonly registry: RunningRegistry;
  close(): Promise<void>;
}

export async function startLinkServer(
  store: Store,
  options: { readonly dataDir: string; readonly clock?: Clock },
): Promise<LinkServer> {
  const clock = options.clock ?? REAL_CLOCK;
  const registry = await createRegistry({ store, clock, log: SILENT_LOG });
  const ingest = await startIngest({
    store,
    registry,
    clock,
    log: SILENT_LOG,
    dataDir: options.dataDir,
    random: Math.random,
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => ingest.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ingest,
    registry,
    async close() {
      await ingest.close();
      await registry.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
