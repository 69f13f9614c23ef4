import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../../cli/support/api-client.ts';
import { FLEET_LIMITS, untilSettled } from '../../../cli/up/fleet.ts';

/** Results that the collector still waits for, one number an answer; the last one stays. */
let pending: number[];
let asked: number;

const server = createServer((_request, response) => {
  asked += 1;
  response.end(JSON.stringify({ total: { pending: pending.length > 1 ? pending.shift() : pending[0] } }));
});
let client: ApiClient;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  server.close();
});

describe('a fleet whose agents have gone', () => {
  it('waits until the collector has accounted for everything', async () => {
    [pending, asked] = [[3, 1, 0], 0];
    await untilSettled(client, FLEET_LIMITS.settleMs.value);
    expect(asked).toBe(3);
  });

  it('does not wait past its limit for a result that never comes', async () => {
    [pending, asked] = [[1], 0];
    const withinMs = FLEET_LIMITS.settleMs.value / 10;
    const startMs = performance.now();
    await untilSettled(client, withinMs);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(withinMs);
    expect(asked).toBeGreaterThan(0);
  });
});
