/** Draws the phases of a run as text: one line a phase, its bar at its place in time. */
import type { Phase } from './probe.ts';

export interface WaterfallOptions {
  /** Columns that a line may take; 80 when absent, and never fewer than the smallest drawing needs. */
  readonly width?: number;
}

const WIDTH = 80;
const BAR_WIDTH_MIN = 10;
const NAME_WIDTH_MAX = 20;
const NOTE_WIDTH_MAX = 28;
/** Left eighths of a cell: a bar ends between two columns. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/**
 * Lines such as `connect │  ███      │    12.3 ms  127.0.0.1:80`, in the order of the phases, with a scale as the last. Empty
 * when there are no phases. Durations are milliseconds.
 */
export function renderWaterfall(phases: readonly Phase[], options: WaterfallOptions = {}): string[] {
  if (phases.length === 0) return [];
  const width = options.width ?? WIDTH;
  const names = phases.map(({ name }) => cut(printable(name), NAME_WIDTH_MAX));
  const times = phases.map(({ durationMs }) => formatMs(durationMs));
  const nameWidth = Math.max(...names.map((name) => name.length));
  const timeWidth = Math.max(...times.map((time) => time.length));
  // Name, a blank, the bar between its borders, a blank, the time; then two blanks and a note, where there is room.
  const fixed = nameWidth + 1 + 2 + 1 + timeWidth;
  const noteWanted = Math.max(
    0,
    ...phases.map(({ note }) => Math.min(printable(note ?? '').length, NOTE_WIDTH_MAX)),
  );
  const noteRoom = width - fixed - 2 - BAR_WIDTH_MIN;
  const noteWidth = noteRoom >= Math.min(noteWanted, 4) ? Math.min(noteWanted, noteRoom) : 0;
  const barWidth = Math.max(BAR_WIDTH_MIN, width - fixed - (noteWidth > 0 ? noteWidth + 2 : 0));
  const endMs = Math.max(...phases.map(({ startMs, durationMs }) => startMs + durationMs));

  const lines = phases.map((phase, index) => {
    const name = (names[index] ?? '').padEnd(nameWidth);
    const time = (times[index] ?? '').padStart(timeWidth);
    const note = cut(printable(phase.note ?? ''), noteWidth);
    return `${name} │${bar(phase, endMs, barWidth)}│ ${time}${note ? `  ${note}` : ''}`;
  });
  return [...lines, `${' '.repeat(nameWidth)} ${scale(endMs, barWidth + 2)}`];
}

/** At least a sliver, so that no phase disappears. */
function bar({ startMs, durationMs }: Phase, endMs: number, width: number): string {
  const perMs = endMs > 0 ? width / endMs : 0;
  const start = Math.min(Math.floor(Math.max(0, startMs) * perMs), width - 1);
  const eighths = Math.max(1, Math.round((startMs + durationMs) * perMs * 8) - start * 8);
  const cells = Math.min(eighths, (width - start) * 8);
  const drawn = '█'.repeat(Math.floor(cells / 8)) + (EIGHTHS[cells % 8] ?? '');
  return `${' '.repeat(start)}${drawn}`.padEnd(width);
}

/** `0 ms` under the left border, the end of the last phase under the right one. */
function scale(endMs: number, width: number): string {
  const end = formatMs(endMs);
  return `0 ms${end.padStart(Math.max(end.length + 1, width - 4))}`;
}

/** Three digits that matter: `0.25 ms`, `12.3 ms`, `1234 ms`. */
export function formatMs(ms: number): string {
  const digits = ms < 1 ? 2 : ms < 100 ? 1 : 0;
  return `${ms.toFixed(digits)} ms`;
}

function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width > 0 ? `${text.slice(0, width - 1)}…` : '';
}

/** Notes may quote a server: no control characters reach the terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ');
}
