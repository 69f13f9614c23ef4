import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { settledLedger } from '../../../cli/simulate/fleet-ledger.ts';
import { SIMULATE_LIMITS } from '../../../cli/simulate/limits.ts';
import { ApiClient } from '../../../cli/support/api-client.ts';

const row = (agent: string, more: object = {}) => ({
  ...{ agent, expected: 10, stored: 10, pending: 0, missed: 0 },
  ...{ dropped: 0, unaccounted: 0, duplicates: 0, extra: 0 },
  ...more,
});

const pageOf = (data: readonly object[], next: string | null = null): string =>
  JSON.stringify({ data, pagination: { next } });

/** A client of a collector whose ledger is as `listener` says. */
async function clientOf(listener: RequestListener): Promise<ApiClient> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const asked = { name: 'sim', sinceMs: 0, slots: 20, withinMs: SIMULATE_LIMITS.settleMs.value };

describe('the ledger of a simulated fleet', () => {
  it('is the sum of its own agents over all pages', async () => {
    const client = await clientOf((request, response) => {
      const second = new URL(request.url ?? '/', 'http://x').searchParams.get('after') === 'sim-1';
      response.end(
        second ? pageOf([row('sim-2', { missed: 2 })]) : pageOf([row('real-1'), row('sim-1')], 'sim-1'),
      );
    });
    expect(await settledLedger(client, asked)).toMatchObject({ expected: 20, stored: 20, missed: 2 });
  });

  it('is asked for again until nothing is open, over an error of a busy collector', async () => {
    let answers = 0;
    const client = await clientOf((_request, response) => {
      answers += 1;
      if (answers === 1) response.writeHead(503).end();
      else response.end(pageOf([row('sim-1'), row('sim-2')]));
    });
    expect(await settledLedger(client, asked)).toMatchObject({ pending: 0, stored: 20 });
    expect(answers).toBe(2);
  });

  it('is taken as it is when it has not settled within the limit', async () => {
    const open = row('sim-2', { stored: 7, pending: 2, unaccounted: 1 });
    const client = await clientOf((_request, response) => response.end(pageOf([row('sim-1'), open])));
    const withinMs = SIMULATE_LIMITS.settleMs.value / 600;
    expect(await settledLedger(client, { ...asked, withinMs })).toMatchObject({
      ...{ expected: 20, stored: 17, pending: 2, unaccounted: 1 },
    });
  });

  it('is an error when the collector never answered', async () => {
    const client = await clientOf((_request, response) => response.writeHead(503).end());
    await expect(settledLedger(client, { ...asked, withinMs: 100 })).rejects.toMatchObject({ exit: 69 });
  });
});
