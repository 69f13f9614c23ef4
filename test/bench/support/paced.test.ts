import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Paced } from './paced.ts';

describe('work at an even pace', () => {
  it('begins at its rate whatever a piece takes, and is waited for at the end', async () => {
    let begun = 0;
    const paced = new Paced(100, async () => {
      begun += 1;
      await sleep(200);
    });
    await sleep(150);
    // One at a time would be the first alone.
    expect(begun).toBeGreaterThan(1);
    await paced.stop();
    expect(paced.done).toBe(begun);
    expect(begun).toBeLessThanOrEqual(60);
    expect(paced.fault).toBeUndefined();
  });

  it('keeps the first error, and goes on', async () => {
    let begun = 0;
    const paced = new Paced(200, async () => {
      begun += 1;
      if (begun % 2 === 1) throw new Error(`piece ${begun}`);
    });
    while (begun < 4) await sleep(5);
    await paced.stop();
    expect(paced.fault?.message).toBe('piece 1');
    expect(paced.done).toBe(Math.floor(begun / 2));
  });
});
