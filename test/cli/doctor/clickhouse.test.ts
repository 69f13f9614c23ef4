/** The server that `--clickhouse` names: a real one, and what people name in its place. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ClickHouseServer,
  serverUnavailable,
  startClickHouseServer,
} from '../../support/clickhouse-server.ts';
import { look, NOBODY } from './look.ts';

/** A port that answers like an older ClickHouse. */
async function answering(text: string, status = 200): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((_request, response) => void response.writeHead(status).end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

describe('the doctor, of a ClickHouse server', () => {
  it('is not asked for where none is named', async () => {
    expect(await look('clickhouse')).toMatchObject({ state: 'skipped' });
  });

  it('finds that nobody is there, and which port is usually meant', async () => {
    expect(await look('clickhouse', { clickhouse: NOBODY })).toMatchObject({
      state: 'problem',
      finding: 'http://127.0.0.1:2 cannot be reached: ECONNREFUSED.',
      hint: expect.stringContaining('8123'),
    });
    expect(await look('clickhouse', { clickhouse: 'clickhouse:9000' })).toMatchObject({ state: 'problem' });
  });

  it('finds a server that is too old', async () => {
    const { close, url } = await answering(`23.8.2.7\t${Date.now()}\n`);
    expect(await look('clickhouse', { clickhouse: url })).toMatchObject({
      state: 'problem',
      finding: 'ClickHouse 23.8.2.7 is older than 25.3.',
    });
    close();
  });

  it('finds something else on the port', async () => {
    const { close, url } = await answering('<html>', 200);
    expect(await look('clickhouse', { clickhouse: url })).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining('not as ClickHouse over HTTP does'),
    });
    close();
  });
});

describe.skipIf(serverUnavailable())('the doctor, of a real ClickHouse server', () => {
  let server: ClickHouseServer;
  beforeAll(async () => {
    server = await startClickHouseServer();
  }, 60_000);
  afterAll(() => server?.close());

  it('is well', async () => {
    expect(await look('clickhouse', { clickhouse: server.url })).toMatchObject({
      state: 'ok',
      finding: expect.stringMatching(/^ClickHouse \d+\.\d+\S* at .* lets us in and may be written\.$/),
    });
  });

  it('finds a wrong password', async () => {
    const clickhouse = server.url.replace('//', '//default:wrong@');
    expect(await look('clickhouse', { clickhouse })).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining('does not let us in'),
      hint: expect.stringContaining('OUTRIDER_CLICKHOUSE'),
    });
  });

  it('finds a clock there that is not that of this machine', async () => {
    const nowMs = () => Date.now() + 3_700_000;
    expect(await look('clickhouse', { clickhouse: server.url, nowMs })).toMatchObject({
      state: 'warning',
      finding: expect.stringMatching(/its clock is 1 h.* behind/),
    });
  });

  it('finds a user who may not make tables', async () => {
    // What is asked by GET is read-only to ClickHouse, as users with the profile `readonly` are.
    const readonly = createServer(async (request, response) => {
      const answer = await fetch(`${server.url}${request.url}`);
      response.writeHead(answer.status).end(await answer.text());
    });
    await new Promise<void>((resolve) => readonly.listen(0, '127.0.0.1', resolve));
    const clickhouse = `http://127.0.0.1:${(readonly.address() as AddressInfo).port}`;
    expect(await look('clickhouse', { clickhouse })).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining('may not make tables'),
      hint: expect.stringMatching(/^GRANT .* TO default$/),
    });
    readonly.close();
    readonly.closeAllConnections();
  });
});
