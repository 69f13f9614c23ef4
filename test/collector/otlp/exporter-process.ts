/**
 * An exporter in a process of its own, to be killed: `node exporter-process.ts DIR URL NOW` tells the receiver at URL what is in the
 * embedded store of DIR, as of NOW (Unix milliseconds), and ends when nothing is left to tell.
 */
import { IncidentTable } from '../../../collector/incidents/incident-table.ts';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { startOtlp } from '../../../collector/otlp/start-otlp.ts';
import { openStore } from '../../../collector/store/open-store.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

const [dataDir = '', url = '', now = ''] = process.argv.slice(2);
let skippedMs = 0;
const store = await openStore({ dataDir });
const incidents = await new IncidentTable(store, () => Number(now)).load();
const otlp = startOtlp({
  store,
  detection: { incidents: () => incidents },
  turn: { storeOffsetMs: 0, lease: () => 'detect/1', leaseRefused: () => undefined },
  receiver: { url, headers: {} },
  sender: { name: 'c1', version: '0.0.0' },
  clock: { wallMs: () => Number(now), monotonicMs: () => performance.now() + skippedMs },
  log: SILENT_LOG,
  random: Math.random,
  tickMs: 0,
});
await otlp.tick();
skippedMs = OTLP_LIMITS.settleMs.value;
await otlp.tick();
await otlp.close();
await store.close();
