import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedEngine } from '../../../collector/store/embedded-engine.ts';
import type { Engine } from '../../../collector/store/engine.ts';
import { STORE_LIMITS } from '../../../collector/store/limits.ts';
import { createStatements, type Statements } from '../../../collector/store/statements.ts';

let folder: string;
let engine: Engine;
let statements: Statements;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-statements-'));
  engine = await openEmbeddedEngine(folder);
  statements = createStatements(engine);
});
afterAll(async () => {
  await engine?.close();
  rmSync(folder, { recursive: true, force: true });
});

const ENDLESS = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))';
const timeS = "SELECT toFloat64(getSetting('max_execution_time')) AS seconds";

describe('rows', () => {
  it('are taken with half a character in them, which becomes a whole one: whatever was cut wherever', async () => {
    await statements.command(
      'CREATE TABLE cut (text String, list Array(String), map Map(String, String), at DateTime64(3)) ENGINE = Memory',
    );
    const half = '😀'.slice(0, 1);
    const row = { text: `a${half}`, list: [half, 'b'], map: { c: half }, at: 1_000 };
    await statements.insertRows('cut', [row, { ...row, text: '😀' }]);
    expect(await statements.query('SELECT * FROM cut')).toEqual([
      { text: 'a\ufffd', list: ['\ufffd', 'b'], map: { c: '\ufffd' }, at: expect.any(String) },
      { text: '😀', list: ['\ufffd', 'b'], map: { c: '\ufffd' }, at: expect.any(String) },
    ]);
  });
});

describe('a query of our own', () => {
  it('has an end to the time that it may take, which the engine knows', async () => {
    expect(await statements.query(timeS)).toEqual([{ seconds: STORE_LIMITS.queryMs.value / 1000 }]);
  });

  it('is stopped by the engine past that time, and the next one is not harmed', async () => {
    const shorter = { max_execution_time: 0.2 };
    expect(await statements.queryWith(shorter, timeS)).toEqual([{ seconds: 0.2 }]);
    await expect(statements.queryWith(shorter, ENDLESS)).rejects.toMatchObject({ code: 'timeout' });
    expect(await statements.query('SELECT 7 AS a')).toEqual([{ a: 7 }]);
  });
});
