/**
 * What is waited for, on stderr, once it takes longer than people wait in peace. On a terminal one line that counts, and goes
 * when the waiting is over; elsewhere one line, later, so that a log says why nothing happens. `OUTRIDER_PROGRESS=off` silences it.
 */

/** Response times beyond a second interrupt a person's thought (Nielsen, Usability Engineering, 1993). */
const SHOWN_AFTER_MS = 1000;
/** Nobody watches a log; what takes a moment is no news in it. */
const LOGGED_AFTER_MS = 5000;
const EVERY_MS = 1000;
const CLEAR_LINE = '\r\u001b[K';

interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** The one that is shown, if any: several at once would write over each other. */
let shown: ProgressLine | undefined;

/** Takes the line away for a moment; what writes to the terminal calls it first. */
export function clearProgress(): void {
  shown?.clear();
}

class ProgressLine {
  readonly #sink: Sink;
  readonly #text: (seconds: number) => string;
  readonly #startedMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #isDrawn = false;

  constructor(sink: Sink, text: (seconds: number) => string) {
    this.#sink = sink;
    this.#text = text;
    this.#timer = setTimeout(() => this.#begin(), sink.isTTY ? SHOWN_AFTER_MS : LOGGED_AFTER_MS);
    this.#timer.unref();
  }

  clear(): void {
    if (this.#isDrawn) this.#sink.write(CLEAR_LINE);
    this.#isDrawn = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.clear();
    if (shown === this) shown = undefined;
  }

  #begin(): void {
    if (shown !== undefined) return;
    shown = this;
    this.#draw();
    if (this.#sink.isTTY) this.#timer = setInterval(() => this.#draw(), EVERY_MS).unref();
  }

  #draw(): void {
    const text = this.#text(Math.round((performance.now() - this.#startedMs) / 1000));
    this.#sink.write(this.#sink.isTTY ? `${CLEAR_LINE}${text}` : `${text}\n`);
    this.#isDrawn = this.#sink.isTTY === true;
  }
}

/** Shows what `text` says, given the seconds so far, until `work` has ended. */
export async function withProgress<T>(
  text: (seconds: number) => string,
  work: () => Promise<T>,
  sink: Sink = process.stderr,
): Promise<T> {
  if (process.env.OUTRIDER_PROGRESS === 'off') return work();
  const line = new ProgressLine(sink, text);
  try {
    return await work();
  } finally {
    line.stop();
  }
}
