/** The doctor with the real browser of this machine. */
import { describe, expect, it } from 'vitest';
import { look } from '../cli/doctor/look.ts';

describe('the doctor, of the browser', () => {
  it('starts it, sees that it plays H.264, and leaves none of it behind', async () => {
    expect(await look('browser')).toMatchObject({
      state: 'ok',
      finding: expect.stringMatching(/^\S.* at \/\S+ starts, and plays H\.264\.$/),
    });
  });
});
