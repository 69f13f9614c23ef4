/** `GET /slos`: what is promised, how much of each error budget is left, and how fast it goes. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import { formatDuration } from '../../probes/spec.ts';
import { checkKey } from '../detect/budgets.ts';
import type { Incident } from '../detect/incident.ts';
import { promisesOf } from '../registry/promises.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import { slosAnswer } from './answers/promises.ts';
import type { Detection } from './deps.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';
import { limitParam, parseQuery } from './params.ts';
import { readSlos, type SloStanding } from './slo-queries.ts';

const listSchema = z.strictObject({
  probe: z.string().optional(),
  target: z.string().optional(),
  limit: limitParam(100),
  after: z.string().optional(),
});

/** A number without the noise of its division. */
const tidy = (value: number): number => Number(value.toPrecision(6));

export function sloJson(
  { probe, target, slo, period, remaining, burns }: SloStanding,
  open: readonly Incident[],
) {
  const { successRatio, periodMs, latency } = slo;
  const totalS = tidy(((1 - successRatio) * periodMs) / 1000);
  const concerns = ({ evidence }: Incident) =>
    evidence.budgets?.some((burn) => burn.endedMs === null && checkKey(burn) === checkKey({ probe, target }));
  return {
    probe,
    target,
    objective_ratio: successRatio,
    window: formatDuration(periodMs),
    metric: latency?.metric ?? null,
    under_ms: latency?.underMs ?? null,
    runs: period.runs,
    bad: period.failures,
    good_ratio: period.runs === 0 ? null : tidy(1 - period.failures / period.runs),
    budget: {
      remaining_ratio: remaining === undefined ? null : tidy(remaining),
      /** Of an outage of everything, as long as it may still be. */
      remaining_seconds: remaining === undefined ? null : tidy(remaining * totalS),
      total_seconds: totalS,
    },
    burn: burns.map(({ longMs, shortMs, longRate, shortRate, ...window }) => ({
      window: formatDuration(longMs),
      short_window: formatDuration(shortMs),
      rate: tidy(longRate),
      short_rate: tidy(shortRate),
      ...window,
    })),
    /** The open incident that tells of it. */
    incident: open.find(concerns)?.id ?? null,
  };
}

export function sloRoutes(
  store: Pick<Store, 'query'>,
  registry: Pick<Registry, 'probes'>,
  detection: Pick<Detection, 'incidents'>,
  clock: Clock,
): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'What is promised, how much of each error budget is left, and how fast it goes.',
      query: listSchema,
      answer: slosAnswer,
    }),
    async (context) => {
      const { probe, target, limit, after } = parseQuery(context, listSchema);
      const wanted = promisesOf(registry.probes().map(({ spec }) => spec)).filter(
        (one) => (probe ?? one.probe) === one.probe && (target ?? one.target) === one.target,
      );
      const { data, pagination } = pageOf(wanted, limit, after);
      const open = detection.incidents().filter(({ status }) => status === 'open');
      const standings = await readSlos(store, data, clock.wallMs());
      return context.json({ data: standings.map((one) => sloJson(one, open)), pagination });
    },
  );
  return app;
}
