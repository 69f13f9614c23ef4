import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STORE_LIMITS } from '../../../collector/store/limits.ts';
import type { Store } from '../../../collector/store/store.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const OPTIONS = { limitRows: 100, timeoutMs: 5000 };

describeEngines('a query of a person', (engine) => {
  let test: TestStore;
  let store: Store;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'outrider-readonly-'));
    writeFileSync(join(folder, 'secret.txt'), 'the secret\n');
    test = await openTestStore(engine);
    store = test.store;
    await store.insertRows('changes', [
      { at: Date.now(), revision: 1, kind: 'probe', name: 'a', action: 'create', detail: '' },
    ]);
  });
  afterAll(async () => {
    await test?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gets its columns, types and rows', async () => {
    expect(await store.queryReadonly("SELECT 1 AS a, 'x' AS b, [1, 2] AS c, NULL AS d;\n", OPTIONS)).toEqual({
      columns: [
        { name: 'a', type: 'UInt8' },
        { name: 'b', type: 'String' },
        { name: 'c', type: 'Array(UInt8)' },
        { name: 'd', type: 'Nullable(Nothing)' },
      ],
      rows: [[1, 'x', [1, 2], null]],
      truncated: false,
    });
  });

  it.each([
    'SELECT count() FROM region_latency',
    'WITH 1 AS x SELECT x',
    '(SELECT 1) UNION ALL (SELECT 2)',
    'SHOW TABLES',
    'DESCRIBE TABLE results',
    'EXISTS TABLE results',
    'EXPLAIN SELECT * FROM runs',
    'SELECT 1 -- a comment at the end',
    "SELECT 'INTO OUTFILE; SETTINGS x FORMAT CSV file(' AS text",
    'SELECT `format` FROM (SELECT 1 AS `format`)',
    "SELECT name AS file, action AS url FROM changes WHERE name IN ('a')",
    'SELECT sum(number) FROM numbers(1000)',
    "SELECT formatDateTime(at, '%F') FROM changes FINAL".replace(' FINAL', ''),
    'SELECT /* file( */ 1',
    'SELECT $$it;is$$',
  ])('may ask %s', async (sql) => {
    await expect(store.queryReadonly(sql, OPTIONS)).resolves.toMatchObject({ truncated: false });
  });

  const secret = () => join(folder, 'secret.txt');
  it.each<[string, () => string]>([
    ['insert', () => "INSERT INTO changes SELECT now(), 1, '', '', '', ''"],
    ['insert behind WITH', () => "WITH 1 AS x INSERT INTO changes SELECT now(), 1, '', '', '', ''"],
    ['drop', () => 'DROP TABLE changes'],
    ['drop behind a first statement', () => 'SELECT 1; DROP TABLE changes'],
    ['create a temporary table', () => 'CREATE TEMPORARY TABLE x (a Int8)'],
    ['set', () => 'SET readonly = 0'],
    ['lift its own limits', () => 'SELECT 1 SETTINGS readonly = 0, max_execution_time = 0'],
    ['choose the format', () => 'SELECT 1 FORMAT CSV'],
    ['kill others', () => 'KILL QUERY WHERE 1'],
    ['stop the server', () => 'SYSTEM SHUTDOWN'],
    ['read a file as a table', () => `SELECT * FROM file('${secret()}', 'LineAsString')`],
    ['read a file, spelled oddly', () => `SELECT * FROM FiLe /* x */ -- y\n ('${secret()}', 'LineAsString')`],
    ['read a file, name in backquotes', () => `SELECT * FROM \`file\`('${secret()}', 'LineAsString')`],
    ['read a file, name in double quotes', () => `SELECT * FROM "file"('${secret()}', 'LineAsString')`],
    ['read a file, name with an escape', () => `SELECT * FROM \`fil\\x65\`('${secret()}', 'LineAsString')`],
    ['read a file by a scalar function', () => `SELECT file('${secret()}')`],
    [
      'read a file in a subquery',
      () => `SELECT 1 WHERE 1 IN (SELECT 1 FROM file('${secret()}', 'LineAsString'))`,
    ],
    ['read a file by a quoted name', () => `SELECT * FROM \`${secret()}\``],
    ['describe a file', () => `DESCRIBE TABLE file('${secret()}', 'LineAsString')`],
    ['read a folder', () => `SELECT * FROM filesystem('${folder}')`],
    ['open a URL', () => "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')"],
    ['ask another server', () => "SELECT * FROM remote('127.0.0.1:1', system.one)"],
    ['open a bucket', () => "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV')"],
    ['open a database file', () => `SELECT * FROM sqlite('${folder}/x.db', 'a')`],
    ['run a program', () => "SELECT * FROM executable('id', 'TSV', 'a String')"],
    ['write a file', () => `SELECT 1 INTO OUTFILE '${folder}/out.txt'`],
    [
      'write a file by a function',
      () => `INSERT INTO FUNCTION file('${folder}/out.csv', 'CSV', 'a Int8') SELECT 1`,
    ],
    ['wait', () => 'SELECT sleep(3)'],
    ['say nothing', () => ' ;; '],
    ['leave a quote open', () => "SELECT 'abc"],
    ['leave a comment open', () => 'SELECT 1 /* abc'],
    ['be endless', () => `SELECT '${'x'.repeat(70_000)}'`],
  ])('may not %s', async (_what, sql) => {
    const refusal = await store.queryReadonly(sql(), OPTIONS).then(
      (answer) => answer,
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ name: 'StoreError' });
    expect((refusal as { code: string }).code).toMatch(/^(refused|query)$/);
    expect(JSON.stringify(refusal)).not.toContain('the secret');
    expect(readdirSync(folder)).toEqual(['secret.txt']);
    expect(await store.query('SELECT count() AS rows FROM changes')).toEqual([{ rows: 1 }]);
  });

  it('is stopped when its time is over, and the next one is not harmed', async () => {
    const endless = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))';
    await expect(store.queryReadonly(endless, { limitRows: 10, timeoutMs: 300 })).rejects.toMatchObject({
      code: 'timeout',
    });
    await expect(store.queryReadonly('SELECT 7 AS a', OPTIONS)).resolves.toMatchObject({ rows: [[7]] });
  });

  it('is stopped when it takes too much memory', async () => {
    const hungry = 'SELECT length(groupArray(number)) FROM numbers(1000000000)';
    await expect(store.queryReadonly(hungry, { limitRows: 10, timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'query',
      clickhouseCode: 241,
    });
  });

  it('gets as many rows as it may and is told that there are more', async () => {
    const answer = await store.queryReadonly('SELECT number FROM numbers(1000000)', {
      limitRows: 25,
      timeoutMs: 5000,
    });
    expect(answer.rows).toHaveLength(25);
    expect(answer).toMatchObject({ truncated: true, cutBy: 'rows' });
    const exact = await store.queryReadonly('SELECT number FROM numbers(25)', {
      limitRows: 25,
      timeoutMs: 5000,
    });
    expect(exact).toMatchObject({ truncated: false });
    expect(exact.rows).toHaveLength(25);
  });

  it('gets rows up to the size that an answer may have, and is told that there are more', async () => {
    const rows = 400;
    const block = `(SELECT repeat(char(65 + number % 26), 20000) AS text FROM numbers(${rows}))`;
    const blocks = (count: number) =>
      store.queryReadonly(Array.from({ length: count }, () => block).join(' UNION ALL '), {
        limitRows: 10_000,
        timeoutMs: 20_000,
      });
    const past = Math.ceil(STORE_LIMITS.personResultBytes.value / (rows * 20_000));
    const cut = await blocks(2 * past);
    expect(cut).toMatchObject({ truncated: true, cutBy: 'bytes' });
    expect(cut.rows.length).toBeLessThan(2 * past * rows);
    const whole = await blocks(2);
    expect(whole.truncated).toBe(false);
    expect(whole.rows).toHaveLength(2 * rows);
  });

  it('gets no more of a constant column, of which the engine counts one value', async () => {
    const count = Math.ceil((STORE_LIMITS.personResultBytes.value * 2) / 20_000);
    const answer = await store.queryReadonly(`SELECT repeat('x', 20000) AS text FROM numbers(${count})`, {
      limitRows: 10_000,
      timeoutMs: 20_000,
    });
    expect(answer).toMatchObject({ truncated: true, cutBy: 'bytes' });
    expect(answer.rows.length).toBeLessThan(count * 0.6);
  });

  it('hears the complaint of the engine about a column that does not exist', async () => {
    await expect(store.queryReadonly('SELECT nothing_such FROM results', OPTIONS)).rejects.toMatchObject({
      code: 'query',
      message: expect.stringContaining('nothing_such'),
    });
  });

  it('leaves the store writable', async () => {
    await store.insertRows('changes', [
      { at: Date.now(), revision: 2, kind: 'probe', name: 'b', action: 'create', detail: '' },
    ]);
    expect(await store.query('SELECT count() AS rows FROM changes')).toEqual([{ rows: 2 }]);
    expect(existsSync(join(folder, 'out.txt'))).toBe(false);
  });
});
