import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { incidentJson } from '../../../collector/api/incident-json.ts';
import { INCIDENT_LIMITS } from '../../../collector/incidents/limits.ts';
import {
  signatureOf,
  type WebhookDeps,
  type WebhookReceiver,
  Webhooks,
} from '../../../collector/incidents/webhook.ts';
import { eventOf, incidentOf } from './incidents.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Receiver {
  readonly url: string;
  readonly received: Received[];
}

const servers: Server[] = [];
const senders: Webhooks[] = [];

/** A real server; `answer` says how to treat each request, by its number from 0. */
async function receiver(answer: (response: ServerResponse, i: number) => void): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response, received.length - 1);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/x?key=1`, received };
}

const ok = (response: ServerResponse): void => void response.writeHead(204).end();
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end('no');

interface Sender {
  readonly webhooks: Webhooks;
  /** Pauses that were asked for, which the sender does not really wait. */
  readonly pauses: number[];
}

function sender(receivers: readonly WebhookReceiver[], more: Partial<WebhookDeps> = {}): Sender {
  const pauses: number[] = [];
  let nowMs = 0;
  const webhooks = new Webhooks(receivers, {
    log: pino({ level: 'silent' }),
    random: () => 0.5,
    monotonicMs: () => nowMs,
    pause: async (ms) => {
      pauses.push(ms);
      nowMs += ms;
    },
    ...more,
  });
  senders.push(webhooks);
  return { webhooks, pauses };
}

afterEach(async () => {
  for (const webhooks of senders.splice(0)) await webhooks.close(0);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('a webhook', () => {
  it('posts the event and the incident as the API gives it, signed over the exact bytes', async () => {
    const { url, received } = await receiver(ok);
    const { webhooks } = sender([{ url, secret: 'k3y' }]);
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    const [request] = received as [Received];
    expect(JSON.parse(request.body)).toEqual({
      event: 'incident.opened',
      incident: JSON.parse(JSON.stringify(incidentJson(incidentOf()))),
    });
    expect(request.headers['content-type']).toBe('application/json');
    expect(request.headers['x-outrider-event']).toBe('incident.opened');
    const expected = createHmac('sha256', 'k3y').update(request.body).digest('hex');
    expect(request.headers['x-outrider-signature']).toBe(`sha256=${expected}`);
    expect(webhooks.counters).toEqual({ delivered: 1, retried: 0, failed: 0, dropped: 0 });
  });

  it('signs nothing without a secret, and another secret signs differently', async () => {
    const { url, received } = await receiver(ok);
    const { webhooks } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    expect(received[0]?.headers['x-outrider-signature']).toBeUndefined();
    expect(signatureOf('a', 'body')).not.toBe(signatureOf('b', 'body'));
  });

  it('delivers in order, each event once, while the receiver is well', async () => {
    const { url, received } = await receiver(ok);
    const { webhooks } = sender([{ url }]);
    for (const kind of ['opened', 'updated', 'resolved'] as const) webhooks.send(eventOf(kind));
    await webhooks.idle();
    expect(received.map(({ body }) => JSON.parse(body).event)).toEqual([
      'incident.opened',
      'incident.updated',
      'incident.resolved',
    ]);
  });

  it('tries again after 503, 429 and a broken connection, with pauses that double under full jitter', async () => {
    const answers = [status(503), status(429), (response: ServerResponse) => void response.destroy(), ok];
    const { url, received } = await receiver((response, i) => answers[i]?.(response));
    const { webhooks, pauses } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    expect(received).toHaveLength(4);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    const first = INCIDENT_LIMITS.webhookPauseMs.value / 2;
    expect(pauses).toEqual([first, 2 * first, 4 * first]);
    expect(webhooks.counters).toEqual({ delivered: 1, retried: 3, failed: 0, dropped: 0 });
  });

  it('waits as long as Retry-After asks, up to a bound', async () => {
    const answers = [status(503, { 'retry-after': '7' }), status(503, { 'retry-after': '86400' }), ok];
    const { url } = await receiver((response, i) => answers[i]?.(response));
    const { webhooks, pauses } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    expect(pauses).toEqual([7000, INCIDENT_LIMITS.webhookPauseMaxMs.value]);
  });

  it('gives up at once on an answer that trying again cannot change', async () => {
    const { url, received } = await receiver(status(404));
    const { webhooks } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    expect(received).toHaveLength(1);
    expect(webhooks.counters).toMatchObject({ failed: 1, retried: 0 });
  });

  it('follows no redirect: the receiver is the one that was configured', async () => {
    const elsewhere = await receiver(ok);
    const { url } = await receiver(status(307, { location: elsewhere.url }));
    const { webhooks } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    expect(elsewhere.received).toEqual([]);
    expect(webhooks.counters.failed).toBe(1);
  });

  it('gives up after a bounded number of attempts, and goes on with the next event', async () => {
    const max = INCIDENT_LIMITS.webhookAttempts.value;
    const { url, received } = await receiver((response, i) =>
      i < max ? status(500)(response) : ok(response),
    );
    const { webhooks } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    webhooks.send(eventOf('resolved'));
    await webhooks.idle();
    expect(received).toHaveLength(max + 1);
    expect(webhooks.counters).toMatchObject({ failed: 1, delivered: 1 });
  });

  it('gives up when the deadline of an event would pass', async () => {
    const { url, received } = await receiver(status(503, { 'retry-after': '600' }));
    const { webhooks, pauses } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    const total = pauses.reduce((sum, ms) => sum + ms, 0);
    expect(total).toBeLessThanOrEqual(INCIDENT_LIMITS.webhookDeadlineMs.value);
    expect(received.length).toBeLessThan(INCIDENT_LIMITS.webhookAttempts.value);
    expect(webhooks.counters.failed).toBe(1);
  });

  it('fails cleanly when nobody listens', async () => {
    const { url } = await receiver(ok);
    const server = servers.pop() as Server;
    await new Promise((resolve) => server.close(resolve));
    const { webhooks } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    expect(webhooks.counters).toMatchObject({ delivered: 0, failed: 1 });
  });

  it('takes an attempt that is not answered in time for failed, and tries again', async () => {
    const { url, received } = await receiver((response, i) => (i === 0 ? undefined : ok(response)));
    // In place of webhookAttemptMs, for which nobody wants to wait here.
    const { webhooks, pauses } = sender([{ url }], { attemptMs: 50 });
    webhooks.send(eventOf('opened'));
    await webhooks.idle();
    expect(received.length).toBeGreaterThanOrEqual(2);
    expect(pauses).toHaveLength(received.length - 1);
    expect(webhooks.counters).toMatchObject({ delivered: 1, failed: 0 });
  });

  it('keeps a bounded queue for a receiver that hangs, and counts what it drops', async () => {
    const held: ServerResponse[] = [];
    const { url } = await receiver((response) => void held.push(response));
    const { webhooks } = sender([{ url }]);
    for (let i = 0; i < INCIDENT_LIMITS.webhookQueue.value + 25; i += 1) webhooks.send(eventOf('updated'));
    expect(webhooks.counters.dropped).toBe(25);
    await webhooks.close(0);
    expect(webhooks.counters.failed).toBe(INCIDENT_LIMITS.webhookQueue.value);
  });

  it('lets one receiver that is down not hold up another', async () => {
    const down = await receiver(() => undefined);
    const well = await receiver(ok);
    const { webhooks } = sender([{ url: down.url }, { url: well.url }]);
    webhooks.send(eventOf('opened'));
    await expect.poll(() => well.received.length).toBe(1);
    expect(webhooks.counters.delivered).toBe(1);
  });

  it('ends what is under way when it is closed', async () => {
    const { url } = await receiver(() => undefined);
    const { webhooks } = sender([{ url }]);
    webhooks.send(eventOf('opened'));
    await webhooks.close(20);
    expect(webhooks.counters).toMatchObject({ delivered: 0, failed: 1 });
  });
});
