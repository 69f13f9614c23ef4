import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlLiteral, sqlSettings } from '../../../collector/store/sql-literal.ts';
import type { Store } from '../../../collector/store/store.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

describe('a literal', () => {
  let test: TestStore;
  let store: Store;
  beforeAll(async () => {
    test = await openTestStore('embedded');
    store = test.store;
  });
  afterAll(() => test?.close());

  it('is the text that it was made of, whatever is in it', async () => {
    const text = fc.array(
      fc.oneof(fc.constantFrom("'", '\\', '\\n', '"', '`', '{x:String}', '\n'), fc.string()),
    );
    await fc.assert(
      fc.asyncProperty(text, async (parts) => {
        const value = parts.join('').replaceAll('\0', '');
        expect(await store.query(`SELECT ${sqlLiteral(value)} AS value`)).toEqual([{ value }]);
      }),
      { numRuns: 50 },
    );
  });

  it('is a number as it stands', () => {
    expect(sqlLiteral(12)).toBe('12');
    expect(sqlSettings({ max_threads: 1, token: "it's" })).toBe("max_threads = 1, token = 'it\\'s'");
  });
});
