/** One stretch of judging: begun from history, fed with what comes, ended when another collector judges. */
import { probeOf } from '../../probes/registry.ts';
import { readChanges } from '../changes/change-table.ts';
import { CHANGE_LIMITS } from '../changes/limits.ts';
import { Detector, type DetectorOptions } from '../detect/detector.ts';
import type { Incident, IncidentEvent } from '../detect/incident.ts';
import type { FleetAgent } from '../detect/observation.ts';
import { Playback } from '../detect/replay.ts';
import type { DetectSettings } from '../detect/settings.ts';
import type { Store } from '../store/store.ts';
import { ResultReader } from './result-reader.ts';
import { readSeasons } from './seasons.ts';

export class Watch {
  readonly detector: Detector;
  readonly #playback: Playback;
  readonly #reader: ResultReader;
  readonly #store: Pick<Store, 'query'>;

  private constructor(
    store: Pick<Store, 'query'>,
    reader: ResultReader,
    settings: Partial<DetectSettings> | undefined,
    season: NonNullable<DetectorOptions['season']>,
  ) {
    this.detector = new Detector({
      judged: (type) => probeOf(type)?.judged,
      season,
      ...(settings ? { settings } : {}),
    });
    this.#playback = new Playback(this.detector);
    this.#reader = reader;
    this.#store = store;
  }

  /**
   * Judges the last hours again, up to `nowMs`. What was known stays as it is; only what changed meanwhile is news. Rejects with
   * a `StoreError`.
   */
  static async begin(
    store: Pick<Store, 'query'>,
    known: readonly Incident[],
    nowMs: number,
    settings: Partial<DetectSettings> | undefined,
  ): Promise<{ readonly watch: Watch; readonly news: readonly IncidentEvent[]; readonly rows: number }> {
    const fromMs = await ResultReader.historyFrom(store, nowMs);
    const season = await readSeasons(store, fromMs);
    const watch = new Watch(store, new ResultReader(store, fromMs), settings, season);
    watch.detector.know(known);
    watch.detector.announce(await readChanges(store, fromMs));
    const rows = await watch.#readAll(nowMs);
    // What looked bad hours ago is not looked at again.
    watch.detector.takeSuspicions();
    return { watch, news: watch.#news(watch.#playback.until(nowMs), known), rows };
  }

  /** Judges what has come since. Rejects with a `StoreError`; the next look does its work. */
  async look(nowMs: number, agents: readonly FleetAgent[]): Promise<readonly IncidentEvent[]> {
    this.detector.announce(await readChanges(this.#store, nowMs - CHANGE_LIMITS.rereadMs.value));
    await this.#readAll(nowMs);
    this.detector.observeFleet(nowMs, agents);
    return this.#playback.until(nowMs);
  }

  async #readAll(nowMs: number): Promise<number> {
    let rows = 0;
    for await (const page of this.#reader.read(nowMs)) {
      rows += page.length;
      for (const run of page) this.#playback.take(run);
    }
    return rows;
  }

  /** Of what happened while history was played: ends of incidents that were open, and new ones that still are. */
  #news(events: readonly IncidentEvent[], known: readonly Incident[]): IncidentEvent[] {
    const status = new Map(known.map((incident) => [incident.id, incident.status]));
    const ended = events.filter(
      ({ kind, incident }) => kind === 'resolved' && status.get(incident.id) === 'open',
    );
    const begun = this.detector
      .open()
      .filter((incident) => !status.has(incident.id))
      .map((incident): IncidentEvent => ({ kind: 'opened', incident }));
    return [...ended, ...begun];
  }
}
