import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOST, PageTricks } from './ssrf-page.ts';
import { OPEN_ENDS, PLACES, SCRIPTS } from './ssrf-scripts.ts';

let tricks: PageTricks;

beforeAll(async () => {
  tricks = await PageTricks.open();
});

afterAll(() => tricks.close());

describe('a page that is told to call what this agent must not reach', () => {
  it.each(SCRIPTS)('does not by %s', async (_trick, script) => {
    expect(await tricks.contactsOf(script)).toEqual([]);
  });

  it.fails.each(OPEN_ENDS)('still does by %s', async (_trick, script) => {
    expect(await tricks.contactsOf(script)).toEqual([]);
  });

  it('may use a web socket to what it may reach', async () => {
    const opened = await tricks.browser.withTab(AbortSignal.timeout(20_000), async ({ page }) => {
      await page.goto(`http://${HOST}/`);
      return page.evaluate(
        () =>
          new Promise((resolve) => {
            const socket = new WebSocket(`ws://${location.host}/socket`);
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('error');
          }),
      );
    });
    expect(opened).toBe('open');
  });

  it.each(PLACES)('does not by a web socket to %s', async (place) => {
    expect(await tricks.contactsOf(`new WebSocket('ws://INSIDE/')`, place)).toEqual([]);
  });
});
