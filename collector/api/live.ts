/** `GET /overview` and `/stream`: the overview once, or every tick to everybody who listens; incidents at once, who sees to them with it. */
import { Hono } from 'hono';
import type { AttentionJson, ShownIncidentJson } from './answers/incidents.ts';
import { overviewAnswer } from './answers/overview.ts';
import type { ApiDeps } from './deps.ts';
import { ApiError } from './errors.ts';
import { incidentJson } from './incident-json.ts';
import { operation } from './operation.ts';
import type { OverviewSource } from './overview-source.ts';
import { EventHub } from './stream.ts';

/** Reads an overview each tick while somebody listens. A tick that fails sends `problem`, and the next one tries again. */
class Ticker {
  readonly #tick: () => Promise<void>;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isTicking = false;

  constructor(everyMs: number, tick: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#tick = tick;
  }

  set(isWanted: boolean): void {
    clearInterval(this.#timer);
    if (!isWanted) return;
    this.#timer = setInterval(() => void this.#run(), this.#everyMs);
    void this.#run();
  }

  /** One tick at a time: a slow store makes the stream slower, not the store busier. */
  async #run(): Promise<void> {
    if (this.#isTicking) return;
    this.#isTicking = true;
    await this.#tick();
    this.#isTicking = false;
  }
}

/** Tells when somebody sees to an incident, something keeps it quiet or ends to, or somebody was told of it. */
class AttentionWatch {
  #known = new Map<string, string>();

  /** Since the last overview; what is new in the list is no change. */
  changes(
    incidents: readonly ShownIncidentJson[],
  ): readonly (AttentionJson & { readonly incident: string })[] {
    const now = incidents.map(({ acknowledged, id, silenced, told }) => ({
      ...{ incident: id, acknowledged, silenced, told },
    }));
    const before = this.#known;
    this.#known = new Map(now.map((one) => [one.incident, JSON.stringify(one)]));
    return now.filter((one) => (before.get(one.incident) ?? JSON.stringify(one)) !== JSON.stringify(one));
  }
}

/** Streams of overviews, incidents and who sees to them to all readers. They end when `deps.signal` aborts. */
export function createHub(deps: ApiDeps, source: OverviewSource, tickMs: number): EventHub {
  const { detection, log, signal } = deps;
  const attention = new AttentionWatch();
  const ticker = new Ticker(tickMs, async () => {
    try {
      const overview = await source.read();
      hub.publish('overview', overview, { keep: true });
      for (const change of attention.changes(overview.incidents))
        hub.publish('attention', change, { keep: false });
    } catch (error) {
      log.warn({ err: error }, 'stream: no overview could be made');
      hub.publish('problem', { message: 'The collector cannot read its store now.' }, { keep: false });
    }
  });
  const hub: EventHub = new EventHub((isWanted) => {
    if (!isWanted) hub.forget();
    ticker.set(isWanted);
  });
  const unsubscribe = detection.subscribe(({ kind, incident }) => {
    hub.publish('incident', { kind, incident: incidentJson(incident) }, { keep: false });
  });
  const stop = () => {
    unsubscribe();
    hub.close();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return hub;
}

export function liveRoutes(source: OverviewSource, hub: EventHub): Hono {
  const app = new Hono();
  app.get(
    '/overview',
    operation({ summary: 'Regions, incidents and totals at a glance.', answer: overviewAnswer }),
    async (context) => context.json(await source.read()),
  );
  app.get(
    '/stream',
    operation({
      summary: 'The overview every few seconds, and incidents at once, as server-sent events.',
      answer: { mediaType: 'text/event-stream' },
    }),
    (context) => {
      if (hub.full) {
        throw new ApiError(
          'too_many_streams',
          'All event streams of this collector are taken.',
          'Close a dashboard, or poll /api/v1/overview.',
        );
      }
      const headers = {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      };
      // Who asks for the head alone reads none of it: a place would be held for nobody.
      if (context.req.method === 'HEAD') return context.body(null, 200, headers);
      return context.body(hub.open(), 200, headers);
    },
  );
  return app;
}
