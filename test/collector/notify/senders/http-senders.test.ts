import { createHmac, timingSafeEqual } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { incidentJson } from '../../../../collector/api/incident-json.ts';
import type { Notice } from '../../../../collector/notify/notice.ts';
import { type Receiver, senderOf } from '../../../../collector/notify/senders/index.ts';
import { keyText } from '../../../../collector/notify/senders/key-text.ts';
import { pagerdutyBody, pagerdutySender } from '../../../../collector/notify/senders/pagerduty.ts';
import { slackBody, slackSender } from '../../../../collector/notify/senders/slack.ts';
import { signatureOf } from '../../../../collector/notify/senders/webhook.ts';
import { incidentOf } from '../../incidents/incidents.ts';
import { type HttpReceiver, ok, type Received, startReceiver, status } from '../http-receiver.ts';
import { noticeFor } from '../notices.ts';

const receivers: HttpReceiver[] = [];
afterEach(async () => {
  for (const one of receivers.splice(0)) await one.close();
});
const listen = async (answer: HttpReceiver['answer'] = ok): Promise<HttpReceiver> => {
  const one = await startReceiver(answer);
  receivers.push(one);
  return one;
};
const context = (ms = 5000) => ({ signal: AbortSignal.timeout(ms), nowMs: 0 });
const webhook = (url: string, secret?: string): Receiver => ({
  name: 'hook',
  type: 'webhook',
  url: { value: url },
  ...(secret ? { secret: { value: secret } } : {}),
});
const send = (receiver: Receiver, notice: Notice = noticeFor(), ms?: number) =>
  senderOf(receiver, {}).send(notice, context(ms));

/**
 * What a receiver does: compares the signature over the bytes as they came, and only then reads them; `notice.at` in them says when they
 * were written, `notice.id` what they are. Messages are sent again for up to a week.
 */
function judged({ body, headers }: Received, secret: string, seen: Set<string>, nowMs: number): string {
  const given = Buffer.from(String(headers['x-outrider-signature']));
  const right = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return 'forged';
  const { notice } = JSON.parse(body) as { notice: { id: string; at: string } };
  if (nowMs - Date.parse(notice.at) > 7.5 * 86_400_000) return 'old';
  if (seen.has(notice.id)) return 'known';
  seen.add(notice.id);
  return 'new';
}

describe('a webhook', () => {
  it('posts the event and the incident as the API gives it, signed over the exact bytes', async () => {
    const { received, url } = await listen();
    expect(await send(webhook(url, 'k3y'))).toEqual({ ok: true });
    const [{ body, headers }] = received as [Received];
    expect(JSON.parse(body)).toMatchObject({
      event: 'incident.opened',
      incident: JSON.parse(JSON.stringify(incidentJson(incidentOf()))),
      notice: { thread: 'pages/pager/inc-1-region-eu-west', seq: 1, route: 'pages', truncated: false },
    });
    expect(headers['content-type']).toBe('application/json');
    expect(headers['x-outrider-event']).toBe('incident.opened');
    expect(headers['idempotency-key']).toBe('pages/pager/inc-1-region-eu-west#1');
    const expected = createHmac('sha256', 'k3y').update(body).digest('hex');
    expect(headers['x-outrider-signature']).toBe(`sha256=${expected}`);
  });

  it('signs nothing without a secret, and another secret signs differently', async () => {
    const { received, url } = await listen();
    await send(webhook(url));
    expect(received[0]?.headers['x-outrider-signature']).toBeUndefined();
    expect(signatureOf('a', 'body')).not.toBe(signatureOf('b', 'body'));
  });

  it.each([
    ['503', status(503), { retry: true, reason: 'HTTP 503: no' }],
    ['429 with a wish', status(429, { 'retry-after': '7' }), { retry: true, afterMs: 7000 }],
    ['a wish for a day', status(503, { 'retry-after': '86400' }), { retry: true, afterMs: 300_000 }],
    ['a broken connection', (response: { destroy(): void }) => void response.destroy(), { retry: true }],
    ['404', status(404), { retry: false, reason: 'HTTP 404: no' }],
    ['no answer in time', () => undefined, { retry: true }],
  ])('that answers with %s is tried again where that can help', async (_, answer, expected) => {
    const { url } = await listen(answer as HttpReceiver['answer']);
    expect(await send(webhook(url), noticeFor(), 300)).toMatchObject({ ok: false, ...expected });
  });

  it('is not followed elsewhere: the receiver is the one that was configured', async () => {
    const elsewhere = await listen();
    const { url } = await listen(status(307, { location: elsewhere.url }));
    expect(await send(webhook(url))).toMatchObject({ ok: false, retry: false });
    expect(elsewhere.received).toEqual([]);
  });

  it('that nobody listens to fails, and says nothing of its address or its secret', async () => {
    const { url } = await listen((response) =>
      status(500, {}, `bad /hooks/t0psecret?key=hush k3y-of-mine`)(response),
    );
    const said = JSON.stringify(await send(webhook(url, 'k3y-of-mine')));
    expect(said).toContain('HTTP 500');
    expect(said).not.toMatch(/t0psecret|hush|k3y/);
    const one = receivers.pop() as HttpReceiver;
    await one.close();
    const down = JSON.stringify(await send(webhook(url, 'k3y-of-mine')));
    expect(down).toMatch(/ECONNREFUSED/);
    expect(down).not.toMatch(/t0psecret|hush|k3y/);
  });

  it('that says parts of its address, or much, is quoted without those, cut where it is long', async () => {
    const { url } = await listen((response) =>
      status(
        404,
        {},
        `no hook t0psecret-token ${'x'.repeat(150)} p@ss-w0rd-of-mine ${'😀'.repeat(5000)}`,
      )(response),
    );
    const address = url.replace('t0psecret', 't0psecret-token').replace('//', '//mara:p%40ss-w0rd-of-mine@');
    const sent = await send(webhook(address));
    expect(sent).toMatchObject({ ok: false, retry: false, reason: expect.stringContaining('no hook …') });
    const { reason } = sent as { reason: string };
    expect(reason).not.toMatch(/t0psecret|w0rd/);
    expect(reason.length).toBeLessThanOrEqual(200);
    expect(reason.isWellFormed()).toBe(true);
  });

  it('that answers slowly, or without end, is heard for as long as an attempt may take, and not longer', async () => {
    const { url } = await listen((response) => {
      response.writeHead(500);
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    expect(await send(webhook(url), noticeFor(), 300)).toMatchObject({ ok: false, retry: true });
    const endless = await listen((response) => {
      response.writeHead(500);
      const more = (): void => void response.write('y'.repeat(65_536), () => response.destroyed || more());
      more();
    });
    expect(await send(webhook(endless.url))).toMatchObject({
      ok: false,
      retry: true,
      reason: expect.stringMatching(/^HTTP 500: y+…$/),
    });
  });

  it('at an address with a certificate that nobody vouches for, or with no TLS at all, is tried again', async () => {
    const { url } = await listen();
    expect(await send(webhook(url.replace('http:', 'https:')))).toMatchObject({ ok: false, retry: true });
  });

  it('can tell by the signed bytes what is ours, what is old and what it has had already', async () => {
    const { received, url } = await listen();
    await send(webhook(url, 'k3y'));
    await send(webhook(url, 'k3y'));
    const [first, second] = received as [Received, Received];
    const nowMs = Date.parse(noticeFor().at) + 60_000;
    const seen = new Set<string>();
    expect(judged(first, 'k3y', seen, nowMs)).toBe('new');
    expect(judged(second, 'k3y', seen, nowMs)).toBe('known');
    expect(
      judged({ ...first, body: first.body.replace('critical', 'warning') }, 'k3y', new Set(), nowMs),
    ).toBe('forged');
    expect(judged(first, 'other', new Set(), nowMs)).toBe('forged');
    expect(judged(first, 'k3y', new Set(), nowMs + 8 * 86_400_000)).toBe('old');
  });

  it('takes user and password of an address, and does not send them as part of it', async () => {
    const { received, url } = await listen();
    await send(webhook(url.replace('http://', 'http://mara:p%40ss@')));
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('mara:p@ss').toString('base64')}`);
  });

  it('whose secret has gone is down, not gone: it is tried again', async () => {
    const { url } = await listen();
    const receiver: Receiver = {
      name: 'hook',
      type: 'webhook',
      url: { value: url },
      secret: { file: '/nowhere/key' },
    };
    expect(await send(receiver)).toMatchObject({
      ok: false,
      retry: true,
      reason: expect.stringContaining('/nowhere/key'),
    });
  });
});

interface SlackJson {
  readonly text: string;
  readonly attachments: readonly { color: string; blocks: { type: string; text?: { text: string } }[] }[];
}

describe('a message for Slack', () => {
  it('has a header, the facts, the commands and the link, in blocks that Slack takes', async () => {
    const { json, url } = await listen();
    await slackSender({ url: { value: url } }, {}).send(noticeFor(), context());
    const [{ attachments, text } = { attachments: [], text: '' }] = json<SlackJson>();
    expect(text).toContain('CRITICAL region:eu-west');
    const [attachment] = attachments;
    expect(attachment?.blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section', 'context']);
    expect(attachment?.blocks[1]?.text?.text).toContain('*Blame* target');
    expect(JSON.stringify(attachment)).toContain(
      '<https://outrider.example.net/incidents/inc-1-region-eu-west|Dashboard>',
    );
    expect(attachment?.color).toBe('#d00000');
  });

  it('writes out what Slack would take for a mention or a link, and stays within its lengths', () => {
    const notice = noticeFor({
      text: {
        title: `CRITICAL <!channel> ${'x'.repeat(400)}`,
        facts: Array.from({ length: 60 }, (_, i) => [`F${i}`, `<!here> & ${'y'.repeat(200)}`] as const),
        next: ['outrider incidents get <id>'],
        link: null,
      },
    });
    const { attachments, text } = JSON.parse(slackBody(notice)) as SlackJson;
    expect(text).not.toContain('<!');
    const blocks = attachments[0]?.blocks ?? [];
    expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
    expect(blocks.length).toBeGreaterThanOrEqual(3);
    for (const block of blocks.slice(1, 3)) {
      expect(block.text?.text.length).toBeLessThanOrEqual(3000);
      expect(block.text?.text).not.toMatch(/<!|<id/);
    }
  });

  it('makes no link and no mention of names, says all facts that fit, and ends no code before its time', () => {
    const facts = [
      ['What', '@here see http://evil.example/ *all* is well'],
      ['Long', '&'.repeat(3000)],
      ['Blame', 'target'],
    ] as const;
    const next = ["outrider results tail --region 'a`b'"];
    const notice = noticeFor({ text: { title: `${'x'.repeat(148)}😀😀`, facts, next, link: null } });
    const body = JSON.parse(slackBody(notice)) as SlackJson;
    const [{ blocks }] = body.attachments as unknown as readonly [
      { blocks: { type: string; text?: { text: string; verbatim?: boolean } }[] },
    ];
    expect(blocks.slice(1, 3).map(({ text }) => text?.verbatim)).toEqual([true, true]);
    expect(blocks[1]?.text?.text).toContain('*Blame* target');
    expect(blocks[2]?.text?.text.split('`')).toHaveLength(3);
    expect(blocks[0]?.text?.text.isWellFormed()).toBe(true);
  });

  it('is green only for what is over by data', () => {
    const colour = (more: Partial<Notice>) =>
      (JSON.parse(slackBody(noticeFor(more))) as SlackJson).attachments[0]?.color;
    expect(colour({ state: 'over' })).toBe('#2a9d3a');
    expect(colour({ state: 'unknown' })).not.toBe('#2a9d3a');
  });
});

it.each<readonly [string, string, string, boolean]>([
  ['slack', 'ok', 'text/plain', true],
  ['slack', '{"ok":true}', 'application/json', true],
  ['slack', '{"ok":false,"error":"channel_not_found"}', 'application/json', false],
  ['pagerduty', '{"status":"success","message":"Event processed"}', 'application/json', true],
  ['pagerduty', '{"status":"invalid event"}', 'application/json', false],
  ['pagerduty', '<!DOCTYPE html><title>Sign in</title>', 'text/html', false],
  ['alertmanager', '', 'text/plain', true],
  ['alertmanager', '<html>Sign in</html>', 'text/html', false],
])('%s that answers %j with 200 has taken it, or not', async (type, said, contentType, isTaken) => {
  const { url } = await listen(status(200, { 'content-type': contentType }, said));
  const receiver = {
    name: 'r',
    type,
    url: { value: url },
    routing_key: { value: 'r0uting' },
    labels: {},
    hold: '1d',
  };
  const sent = await send(receiver as unknown as Receiver);
  expect(sent).toMatchObject(
    isTaken ? { ok: true } : { ok: false, retry: true, reason: expect.stringMatching(/^HTTP 200: ./) },
  );
});

describe('an event for PagerDuty', () => {
  const body = (more: Partial<Notice>) => JSON.parse(pagerdutyBody(noticeFor(more), 'r0uting'));

  it('triggers, acknowledges and resolves one alert by its dedup_key', () => {
    const opened = body({});
    expect(opened).toMatchObject({
      routing_key: 'r0uting',
      event_action: 'trigger',
      dedup_key: 'pages/pager/inc-1-region-eu-west',
      client: 'Outrider',
      payload: {
        severity: 'critical',
        source: 'region:eu-west',
        group: 'eu-west',
        class: 'ttfb_ms',
        custom_details: { blame: 'target', incident: 'inc-1-region-eu-west' },
      },
      links: [{ href: 'https://outrider.example.net/incidents/inc-1-region-eu-west' }],
    });
    expect(opened.payload.summary).toContain('CRITICAL region:eu-west');
    const { dedup_key } = opened;
    expect(body({ state: 'acknowledged' })).toEqual({
      routing_key: 'r0uting',
      event_action: 'acknowledge',
      dedup_key,
    });
    expect(body({ state: 'over' })).toEqual({ routing_key: 'r0uting', event_action: 'resolve', dedup_key });
  });

  it('keeps facts of one name together, and stays within its lengths', () => {
    const facts = [
      ['Also', 'one'],
      ['Also', 'two'],
      ['Not at', 'us-east'],
    ] as const;
    const { payload } = body({ text: { title: `${'y'.repeat(1022)}😀😀`, facts, next: [], link: null } });
    expect(payload.custom_details).toMatchObject({ also: 'one\ntwo', not_at: 'us-east' });
    expect(payload.summary.length).toBeLessThanOrEqual(1024);
    expect(payload.summary.isWellFormed()).toBe(true);
  });

  it('does not resolve what was given up without data', () => {
    expect(body({ state: 'unknown' }).event_action).toBe('trigger');
  });

  it('goes to where it is told, and a refusal says nothing of the key', async () => {
    const { received, url } = await listen(status(400, {}, '{"errors":["routing_key r0uting is bad"]}'));
    const sender = pagerdutySender({ routing_key: { value: 'r0uting' }, url: { value: url } }, {});
    const sent = await sender.send(noticeFor(), context());
    expect(received).toHaveLength(1);
    expect(sent).toMatchObject({ ok: false, retry: false });
    expect(JSON.stringify(sent)).not.toContain('r0uting');
  });
});

describe('the name of a thread as a key', () => {
  it('is itself while it is short plain text, and otherwise its digest', () => {
    expect(keyText('pages/pager/inc-1')).toBe('pages/pager/inc-1');
    expect(keyText('pages/pager/größe')).toMatch(/^[0-9a-f]{64}$/);
    expect(keyText('x'.repeat(500))).toMatch(/^[0-9a-f]{64}$/);
    expect(keyText('a b')).not.toBe(keyText('a c'));
  });
});
