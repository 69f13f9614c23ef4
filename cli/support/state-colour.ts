/** The words for how something stands, in the colours that people expect of them; the word alone says it, too. */
import { styleText } from 'node:util';

const HEADERS = new Set(['state', 'status', 'severity', 'outcome', 'verdict']);

const COLOURS: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'gray'>> = {
  ...{ ok: 'green', connected: 'green', active: 'green', resolved: 'green', well: 'green', good: 'green' },
  ...{
    degraded: 'red',
    open: 'red',
    critical: 'red',
    problem: 'red',
    fail: 'red',
    failed: 'red',
    burning: 'red',
  },
  ...{ silent: 'yellow', warning: 'yellow', missed: 'yellow', draining: 'yellow', pending: 'yellow' },
  ...{ unknown: 'gray', stopped: 'gray', paused: 'gray', ended: 'gray', expired: 'gray', revoked: 'gray' },
};

/** A state in its colour, whatever blanks are behind it. */
export function stateText(state: string, text = state): string {
  const colour = COLOURS[state];
  return colour === undefined ? text : styleText(colour, text, { validateStream: false });
}

/** How the cells of a column are coloured; nothing for one that is not of states. */
export function statePaint(
  header: string,
  cells: readonly unknown[],
): { readonly paint?: (text: string, row: number) => string } {
  return HEADERS.has(header) ? { paint: (text, row) => stateText(String(cells[row]), text) } : {};
}
