/** Ingest and registry over a store, behind a real HTTP server: what agents connect to, without API and detection. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EvidenceIntake } from '../../collector/evidence/evidence-intake.ts';
import { type Ingest, type IngestOptions, startIngest } from '../../collector/ingest/ingest.ts';
import type { Membership } from '../../collector/members/membership.ts';
import { Publications } from '../../collector/publish/publications.ts';
import { createRegistry, type RunningRegistry } from '../../collector/registry/create-registry.ts';
import type { Store } from '../../collector/store/store.ts';
import type { Clock } from '../../probes/probe.ts';
import { LocalMembers, type LocalMembership } from './local-members.ts';
import { SILENT_LOG } from './silent-log.ts';

export const REAL_CLOCK: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

export interface LinkServer {
  readonly url: string;
  readonly ingest: Ingest;
  readonly registry: RunningRegistry;
  readonly publications: Publications;
  readonly membership: Membership;
  close(): Promise<void>;
}

export interface LinkServerOptions {
  readonly clock?: Clock;
  /** Without it the collector is alone. */
  readonly membership?: LocalMembership;
  /** What ingest inserts into, in place of the store. */
  readonly inserts?: IngestOptions['store'];
  /** Where agents have to show who they are. */
  readonly gate?: IngestOptions['gate'];
}

export async function startLinkServer(store: Store, options: LinkServerOptions = {}): Promise<LinkServer> {
  const clock = options.clock ?? REAL_CLOCK;
  const membership = options.membership ?? new LocalMembers().join('c1');
  const registry = await createRegistry({ store, clock, log: SILENT_LOG });
  const common = { registry, clock, log: SILENT_LOG, random: Math.random };
  const { incarnation } = membership;
  const publications = new Publications({ ...common, store, name: 'c1', incarnation });
  const evidence = new EvidenceIntake({ store, log: SILENT_LOG });
  const ingest = startIngest({
    ...{ ...common, membership, publications, evidence, gate: options.gate },
    store: options.inserts ?? store,
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => ingest.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ingest,
    registry,
    publications,
    membership,
    async close() {
      await publications.close();
      await ingest.close();
      await evidence.close();
      await registry.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
