import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STORE_LIMITS } from '../../../collector/store/limits.ts';
import { checkQuestion, refusedFunctions } from '../../../collector/store/readonly-sql.ts';

const REFUSED = refusedFunctions(['file', 'url', 'numbers', 'remote', 'values', 'someFutureTableFunction']);
const check = (sql: string) => checkQuestion(sql, REFUSED);

describe('the functions that are refused', () => {
  it('are all table functions of the engine but the harmless ones, those of later versions too', () => {
    expect([...REFUSED]).toEqual(
      expect.arrayContaining(['file', 'url', 'remote', 'somefuturetablefunction', 'sleep']),
    );
    expect(REFUSED.has('numbers')).toBe(false);
    expect(REFUSED.has('values')).toBe(false);
  });
});

describe('a question', () => {
  it.each([
    ['SELECT 1', 'SELECT 1\n'],
    ['  select 1 ;; \n', '  select 1\n'],
    ['SELECT 1 -- and so on', 'SELECT 1 -- and so on\n'],
    ['SELECT 1 # and so on', 'SELECT 1 # and so on\n'],
  ])('%j is passed on as %j', (sql, passed) => {
    expect(check(sql)).toBe(passed);
  });

  it.each([
    'SELECT file FROM t',
    'SELECT a AS file, (1)',
    'SELECT file, (SELECT 1)',
    'SELECT \'file(1)\', "url", `remote`',
    'SELECT count() FROM numbers(10)',
    'SELECT * FROM t WHERE settings = 1',
    "SELECT format('{}', 1)",
    'SELECT $tag$ file(; $tag$',
    "SELECT $$\\x{263a}$$, '\\x41', '\\\\x6q'",
    'SELECT 1 /* ; DROP TABLE x */',
    'SELECT 1e3, 0xff, .5, a.1',
    "SELECT 'it''s', 'it\\'s'",
    'SELECT x -> x + 1, [1, 2][1], {a:UInt8}',
    'SELECT a ? b : c',
  ])('may be %s', (sql) => {
    expect(check(sql)).toContain('SELECT');
  });

  it.each([
    ["SELECT * FROM file('x')", /file/],
    ["SELECT * FROM FILE ('x')", /FILE/],
    ["SELECT * FROM file/**/('x')", /file/],
    ["SELECT * FROM `url`\n('x')", /url/],
    ['SELECT * FROM "remote"(1)', /remote/],
    ['SELECT * FROM `fi\\x6ce`(1)', /escape/],
    ["SELECT 'a\\x6q'", /two hexadecimal digits/],
    ["SELECT 'a\\x6'", /two hexadecimal digits/],
    ['SELECT SLEEP(1)', /SLEEP/],
    ['SELECT * FROM someFutureTableFunction(1)', /someFuture/],
    ['SELECT 1; SELECT 2', /more than one/],
    ['SELECT 1 INTO OUTFILE x', /OUTFILE/],
    ['SELECT 1 FORMAT CSV', /FORMAT/],
    ['SELECT 1 SETTINGS max_threads = 1', /settings/],
    ['INSERT INTO t VALUES (1)', /INSERT/],
    ['((DROP TABLE t))', /DROP/],
    ['"SELECT" 1', /SELECT/],
    ['', /empty/],
    [' -- nothing', /empty/],
    ["SELECT 'open", /character 8/],
    ['SELECT `open', /character 8/],
    ['SELECT /* open', /character 8/],
    ['SELECT \u0000', /character 8/],
    [`SELECT ${'1,'.repeat(STORE_LIMITS.personSqlBytes.value)}1`, /longer/],
  ])('may not be %j', (sql, why) => {
    expect(() => check(sql)).toThrow(
      expect.objectContaining({
        name: 'StoreError',
        code: 'refused',
        message: expect.stringMatching(why),
        hint: expect.stringMatching(/./),
      }),
    );
  });

  it('is refused or passed on, and never anything else, in time', () => {
    const parts = fc.constantFrom(
      "'",
      '"',
      '`',
      '\\',
      '/*',
      '*/',
      '--',
      '$$',
      '$a$',
      '\n',
      ';',
      '(',
      ')',
      'file',
      'SELECT',
      ' ',
      'x',
      '#!',
      "''",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 60 }), (pieces) => {
        const sql = `SELECT ${pieces.join('')}`;
        try {
          expect(check(sql)).toContain('SELECT');
        } catch (error) {
          expect(error).toMatchObject({ name: 'StoreError', code: 'refused' });
        }
      }),
      { numRuns: 500 },
    );
    const startedMs = performance.now();
    for (const piece of ["'", '"', '$a$', '/*', '\\', '(', "''"]) {
      try {
        check(`SELECT ${piece.repeat(30_000)}`);
      } catch {}
    }
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });
});
