/** `GET /ledger`: expected = stored + pending + missed + dropped, per agent and in all. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import type { AgentLedger, Ledger, Registry } from '../registry/registry.ts';
import { ledgerAnswer, type TotalsJson } from './answers/fleet.ts';
import { iso } from './instant.ts';
import { noSuchAgent } from './no-such-agent.ts';
import { operation } from './operation.ts';
import { parseQuery, sinceMs } from './params.ts';

type Counts = Omit<AgentLedger, 'agent' | 'region' | 'state'>;

export function countsJson(counts: Counts): Omit<TotalsJson, 'since'> {
  return {
    expected: counts.expected,
    stored: counts.stored,
    pending: counts.pending,
    pending_by_place: counts.pendingByPlace,
    missed: counts.missed,
    missed_by_reason: counts.missedByReason,
    missed_inferred: counts.inferred,
    dropped: counts.dropped,
    dropped_by_reason: counts.droppedByReason,
    unaccounted: counts.unaccounted,
    duplicates: counts.duplicates,
    extra: counts.extra,
  };
}

/** The totals of a ledger as the API gives them, here and in the overview. */
export function ledgerTotals(ledger: Ledger): TotalsJson {
  return { since: iso(ledger.sinceMs), ...countsJson(ledger.total) };
}

const querySchema = z.strictObject({ since: z.string().optional(), agent: z.string().optional() });

export function ledgerRoutes(registry: Registry, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'expected = stored + pending + missed + dropped, per agent and in all.',
      query: querySchema,
      answer: ledgerAnswer,
    }),
    async (context) => {
      const { since, agent } = parseQuery(context, querySchema);
      if (agent !== undefined && !registry.agent(agent)) throw noSuchAgent(registry, agent);
      const ledger = await registry.ledger({
        ...(since === undefined ? {} : { sinceMs: sinceMs(since, clock.wallMs()) }),
        ...(agent === undefined ? {} : { agent }),
      });
      const data = ledger.agents.map((row) => ({
        agent: row.agent,
        region: row.region,
        state: row.state,
        ...countsJson(row),
      }));
      return context.json({
        data,
        total: ledgerTotals(ledger),
        pagination: { limit: data.length, next: null },
      });
    },
  );
  return app;
}
