/** `/healthz`: the process answers. `/readyz`: it can also do its work, which is to commit and to read results. */
import { Hono } from 'hono';
import type { IngestStats } from '../ingest/counters.ts';
import type { RunningMembership } from '../members/membership.ts';
import type { Store } from '../store/store.ts';

const STORE_ANSWER_MS = 2000;
/** Rows are committed within a second; ten say that the store does not keep up or does not take them. */
const COMMIT_DELAY_MAX_MS = 10_000;

interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Why not, one sentence; empty when it is. */
  readonly reason: string;
}

async function checkStore(store: Store): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, STORE_ANSWER_MS, `The store has not answered within ${STORE_ANSWER_MS} ms.`);
  });
  const answer = store.query('SELECT 1 AS one').then(
    () => '',
    (error: Error) => `The store does not answer: ${error.message}`,
  );
  const reason = await Promise.race([answer, late]);
  clearTimeout(timer);
  return { name: 'store', ok: reason === '', reason };
}

function checkIngest(ingest: IngestStats): Check {
  const { oldestQueuedMs, queuedRows } = ingest.gauges();
  const ok = oldestQueuedMs < COMMIT_DELAY_MAX_MS;
  const seconds = Math.round(oldestQueuedMs / 1000);
  return {
    name: 'ingest',
    ok,
    reason: ok ? '' : `${queuedRows} results wait to be committed, the oldest for ${seconds} s.`,
  };
}

function checkStopping(signal: AbortSignal): Check {
  return { name: 'running', ok: !signal.aborted, reason: signal.aborted ? 'The collector is stopping.' : '' };
}

function checkMembership({ state }: Pick<RunningMembership, 'state'>): Check {
  const ok = state === 'active';
  return { name: 'membership', ok, reason: ok ? '' : `The collector takes no agents: it is ${state}.` };
}

export function healthRoutes(deps: {
  readonly store: Store;
  readonly ingest: IngestStats;
  readonly membership: Pick<RunningMembership, 'state'>;
  readonly signal: AbortSignal;
}): Hono {
  const { store, ingest, membership, signal } = deps;
  const app = new Hono();
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', async (context) => {
    const checks = [
      checkStopping(signal),
      checkMembership(membership),
      checkIngest(ingest),
      await checkStore(store),
    ];
    const reasons = checks.filter((check) => !check.ok).map((check) => check.reason);
    const ready = reasons.length === 0;
    return context.json({ status: ready ? 'ready' : 'not ready', reasons, checks }, ready ? 200 : 503);
  });
  return app;
}
