/** A file of a fleet's results through the very detector that runs live. */
import { Detector } from '../../collector/detect/detector.ts';
import { HeardFleet } from '../../collector/detect/heard-fleet.ts';
import type { Incident, IncidentEvent } from '../../collector/detect/incident.ts';
import { openRules } from '../../collector/detect/metric-rules.ts';
import { Playback } from '../../collector/detect/replay.ts';
import { csvError, openCsv } from './csv-file.ts';
import { ResultRows } from './result-rows.ts';
import { RunJoiner } from './run-joiner.ts';

/** Of so many rows before anything is said of their order. */
const ORDER_ROWS_MIN = 1000;
/** Share of rows that are late from which a file is not in the order of time at all. */
const DISORDER_SHARE = 0.2;

/** Stragglers of the last rounds are waited for as those of any other. */
const LAST_GRACE_MS = 15_000;

export interface Replayed {
  /** As last told, in the order in which they were found. */
  readonly incidents: readonly Incident[];
  /** For people: what was read, and what was left out and why. */
  readonly notes: readonly string[];
}

/** Feeds a detector with history, and keeps what it says of each incident. */
export class HistoryReplay {
  readonly detector: Detector;
  readonly #fleet = new HeardFleet();
  readonly #playback: Playback;
  readonly #incidents = new Map<string, Incident>();
  #endMs = Number.NEGATIVE_INFINITY;

  constructor(detector: Detector) {
    this.detector = detector;
    this.#playback = new Playback(detector, (nowMs) =>
      detector.observeFleet(nowMs, this.#fleet.at(Math.min(nowMs, this.#endMs))),
    );
  }

  take(run: Parameters<Playback['take']>[0]): void {
    this.#playback.take(run);
    this.#fleet.note(run);
    this.#endMs = Math.max(this.#endMs, run.seenMs);
    this.#keep(this.#playback.drain());
  }

  /** Lets the last rounds close: nobody is silent because the history ends. */
  end(): readonly Incident[] {
    if (Number.isFinite(this.#endMs)) this.#keep(this.#playback.until(this.#endMs + LAST_GRACE_MS));
    return [...this.#incidents.values()].sort((a, b) => a.detectedMs - b.detectedMs);
  }

  #keep(events: readonly IncidentEvent[]): void {
    for (const { incident } of events) this.#incidents.set(incident.id, incident);
  }
}

/** Rejects with a `CliError` that names line and column, exit code 65. */
export async function replayResults(path: string): Promise<Replayed> {
  const file = await openCsv(path);
  const rows = new ResultRows(file);
  const joiner = new RunJoiner();
  const history = new HistoryReplay(new Detector({ metrics: openRules() }));
  let read = 0;
  for await (const batch of file.rows()) {
    for (const one of batch) {
      for (const run of joiner.take(rows.read(one))) history.take(run);
      read += 1;
    }
    if (read > ORDER_ROWS_MIN && joiner.late > DISORDER_SHARE * read)
      throw csvError(
        path,
        batch[0]?.line ?? 1,
        'rows are not in the order of ts',
        'sort the file by its column ts',
      );
  }
  for (const run of joiner.rest()) history.take(run);
  const incidents = history.end();
  return { incidents, notes: notesOf(read, history.detector, joiner.late, rows.leftOut) };
}

function notesOf(read: number, { counters }: Detector, late: number, leftOut: readonly string[]): string[] {
  const notes = [`${read} rows, ${counters.observed} runs, ${counters.rounds} rounds judged`];
  const count = (n: number, what: string) => n > 0 && notes.push(`${n} ${what}`);
  count(counters.duplicates, 'runs stand twice');
  count(late, 'rows came half a minute late or later');
  count(counters.late, 'runs too late to be judged');
  count(counters.series_over_limit, 'runs of more series than are judged');
  if (leftOut.length > 0) notes.push(`no labels, for their many values: ${leftOut.join(', ')}`);
  return notes;
}
