import { describe, expect, it } from 'vitest';
import { terminalOf } from '../../../cli/support/terminal.ts';

const screen = { isTTY: true, columns: 100 };

describe('a terminal', () => {
  it('is coloured when it is a screen, unless NO_COLOR says otherwise', () => {
    expect(terminalOf(screen, {})).toEqual({ isScreen: true, colours: true, columns: 100 });
    expect(terminalOf(screen, { NO_COLOR: '1', FORCE_COLOR: '1' }).colours).toBe(false);
    expect(terminalOf(screen, { NO_COLOR: '' }).colours).toBe(true);
  });

  it('is a pipe without colours and without an end, unless told otherwise', () => {
    expect(terminalOf({}, {})).toEqual({
      isScreen: false,
      colours: false,
      columns: Number.POSITIVE_INFINITY,
    });
    expect(terminalOf({}, { FORCE_COLOR: '1', COLUMNS: '80' })).toEqual({
      isScreen: false,
      colours: true,
      columns: 80,
    });
    expect(terminalOf({}, { FORCE_COLOR: '0', COLUMNS: 'wide' })).toMatchObject({ colours: false });
  });

  it('that does not say how wide it is, is as wide as usual, and never so narrow that nothing fits', () => {
    expect(terminalOf({ isTTY: true, columns: 0 }, {}).columns).toBe(80);
    expect(terminalOf({ isTTY: true, columns: 0 }, { COLUMNS: '132' }).columns).toBe(132);
    expect(terminalOf({ isTTY: true }, {}).columns).toBe(80);
    expect(terminalOf({ isTTY: true, columns: 3 }, {}).columns).toBe(20);
  });
});
