import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClickHouseServer, serverUnavailable, startClickHouseServer } from './clickhouse-server.ts';

const unavailable = serverUnavailable();
let server: ClickHouseServer | undefined;
afterEach(() => server?.close());

const ask = async (sql: string) => {
  const answer = await fetch(`${server?.url}/?query=${encodeURIComponent(sql)}`, { method: 'POST' });
  return (await answer.text()).trim();
};

describe.skipIf(unavailable)(
  `the ClickHouse server for tests${unavailable ? ` (${unavailable})` : ''}`,
  () => {
    it('is a real one over HTTP, with ordinary blocks', async () => {
      server = await startClickHouseServer();
      expect(await ask('SELECT version()')).toMatch(/^\d+\.\d+\./);
      expect(
        Number(await ask("SELECT value FROM system.settings WHERE name = 'max_block_size'")),
      ).toBeGreaterThan(1000);
      expect(await ask('SELECT FROM WHERE')).toContain('SYNTAX_ERROR');
    });

    it('comes back after a kill on the same port with the same data, and deletes its data when it is closed', async () => {
      const first = await startClickHouseServer();
      server = first;
      await ask('CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a');
      await ask('INSERT INTO kept VALUES (7)');
      await first.kill();
      await expect(fetch(first.url)).rejects.toThrow();
      server = await startClickHouseServer({ port: Number(new URL(first.url).port), dataDir: first.dataDir });
      expect(await ask('SELECT a FROM kept')).toBe('7');
      await server.close();
      expect(existsSync(first.dataDir)).toBe(true);
      await first.close();
      expect(existsSync(first.dataDir)).toBe(false);
    });

    it('says what went wrong when it cannot start', async () => {
      await expect(startClickHouseServer({ dataDir: '/proc/nowhere' })).rejects.toThrow('did not start');
    });
  },
);
