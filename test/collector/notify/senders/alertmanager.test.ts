/** Against the real Alertmanager, where it is installed (Debian: prometheus-alertmanager). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Notice } from '../../../../collector/notify/notice.ts';
import { alertmanagerSender, alertsOf } from '../../../../collector/notify/senders/alertmanager.ts';
import { type HttpReceiver, startReceiver, status } from '../http-receiver.ts';
import { noticeFor } from '../notices.ts';
import { alertmanagerUnavailable, type RealAlertmanager, startAlertmanager } from '../real-alertmanager.ts';

const DAY = 86_400_000;

describe('the alerts of a message', () => {
  const NOW = Date.parse('2026-11-21T04:00:00Z');
  const receiver = { holdMs: DAY, labels: { cluster: 'edge' } };

  it('stand for a day beyond the last word of it: a collector that has stopped is no all clear', () => {
    const [alert, ...more] = alertsOf(noticeFor(), receiver, NOW);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      labels: { alertname: 'OutriderIncident', severity: 'critical', region: 'eu-west', cluster: 'edge' },
      startsAt: '2026-11-21T03:40:45.000Z',
      endsAt: '2026-11-22T04:00:00.000Z',
      generatorURL: 'https://outrider.example.net/incidents/inc-1-region-eu-west',
    });
    expect(alert?.annotations).toMatchObject({ blame: 'target', not_at: 'us-east' });
  });

  it('end when it is over, and stay when nobody knows', () => {
    // A minute ago: an end that lies ahead of Alertmanager's clock would be none.
    expect(alertsOf(noticeFor({ state: 'over' }), receiver, NOW)[0]?.endsAt).toBe('2026-11-21T03:59:00.000Z');
    expect(alertsOf(noticeFor({ state: 'unknown' }), receiver, NOW)[0]?.endsAt).toBe(
      '2026-11-22T04:00:00.000Z',
    );
  });

  it('are two when the labels have changed: the one under the old labels ends', () => {
    const notice = noticeFor({ labels_before: { alertname: 'OutriderIncident', severity: 'warning' } });
    const alerts = alertsOf(notice, receiver, NOW);
    expect(alerts.map(({ endsAt, labels }) => [labels.severity, endsAt.slice(8, 10)])).toEqual([
      ['warning', '21'],
      ['critical', '22'],
    ]);
  });

  it('never end before they start, whatever the clocks say', () => {
    const early = Date.parse('2026-11-21T03:00:00Z');
    const [alert] = alertsOf(noticeFor({ state: 'over' }), receiver, early);
    expect(alert?.startsAt).toBe(alert?.endsAt);
  });
});

describe('a sender to Alertmanager', () => {
  let receiver: HttpReceiver;
  beforeAll(async () => {
    receiver = await startReceiver(status(200));
  });
  afterAll(() => receiver.close());

  it('posts below the base URL, in batches when it tells all of it again', async () => {
    const base = new URL(receiver.url).origin;
    const sender = alertmanagerSender({ url: { value: `${base}/am/` }, holdMs: DAY, labels: {} }, {});
    const context = { signal: AbortSignal.timeout(5000), nowMs: Date.now() };
    const many = Array.from({ length: 450 }, (_, i) => noticeFor({ labels: { incident: `inc-${i}` } }));
    expect(await sender.resend?.(many, context)).toEqual({ ok: true });
    expect(receiver.received.map(({ path }) => path)).toEqual(Array(3).fill('/am/api/v2/alerts'));
    expect(receiver.json<unknown[]>().map((alerts) => alerts.length)).toEqual([200, 200, 50]);
  });
});

interface AmCall {
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

describe.skipIf(alertmanagerUnavailable)(
  `a real Alertmanager${alertmanagerUnavailable ? ` (${alertmanagerUnavailable})` : ''}`,
  () => {
    let pager: HttpReceiver;
    let real: RealAlertmanager;
    const alerts = () => real.alerts();
    const calls = () =>
      pager
        .json<AmCall>()
        .flatMap((call) => call.alerts.map((alert) => `${alert.status} ${alert.labels.severity}`));

    beforeAll(async () => {
      pager = await startReceiver(status(200));
      real = await startAlertmanager(pager.url);
    });
    afterEach(() => void pager.received.splice(0));
    afterAll(async () => {
      await real?.close();
      await pager?.close();
    });

    const sender = () => alertmanagerSender({ url: { value: real.url }, holdMs: DAY, labels: {} }, {});
    const context = () => ({ signal: AbortSignal.timeout(5000), nowMs: Date.now() });
    const notice = (id: string, more: Partial<Notice> = {}): Notice =>
      noticeFor({ labels: { alertname: 'OutriderIncident', incident: id, severity: 'critical' }, ...more });

    it('has the alert while it is open, tells its receiver, and tells that it is over', async () => {
      expect(await sender().send(notice('one'), context())).toEqual({ ok: true });
      await expect.poll(alerts, { timeout: 10_000 }).toHaveLength(1);
      const [alert] = await alerts();
      expect(alert?.annotations.summary).toContain('CRITICAL region:eu-west');
      expect(Date.parse(alert?.endsAt ?? '') - Date.now()).toBeGreaterThan(DAY - 60_000);
      await expect.poll(calls, { timeout: 10_000 }).toEqual(['firing critical']);
      expect(await sender().send(notice('one', { state: 'over' }), context())).toEqual({ ok: true });
      await expect.poll(calls, { timeout: 10_000 }).toEqual(['firing critical', 'resolved critical']);
      expect(await alerts()).toEqual([]);
    }, 40_000);

    it('has one alert, and not two, when its severity changes', async () => {
      await sender().send(
        notice('two', { labels: { alertname: 'OutriderIncident', incident: 'two', severity: 'warning' } }),
        context(),
      );
      await expect.poll(calls, { timeout: 10_000 }).toEqual(['firing warning']);
      const before = { alertname: 'OutriderIncident', incident: 'two', severity: 'warning' };
      await sender().send(notice('two', { labels_before: before }), context());
      await expect
        .poll(async () => (await alerts()).map(({ labels }) => labels.severity), { timeout: 10_000 })
        .toEqual(['critical']);
      await sender().send(notice('two', { state: 'over' }), context());
      await expect.poll(alerts, { timeout: 10_000 }).toEqual([]);
    }, 40_000);

    it('takes an end for one also where its clock is behind', async () => {
      const ahead = () => ({ ...context(), nowMs: Date.now() + 20_000 });
      await sender().send(notice('late'), ahead());
      await expect.poll(alerts, { timeout: 10_000 }).toHaveLength(1);
      await sender().send(notice('late', { state: 'over' }), ahead());
      await expect.poll(alerts, { timeout: 10_000 }).toEqual([]);
    }, 40_000);

    it('that was restarted has forgotten what is open, and has it again once it is told again', async () => {
      await sender().send(notice('three'), context());
      await expect.poll(alerts, { timeout: 10_000 }).toHaveLength(1);
      await real.stop();
      await real.start();
      expect(await alerts()).toEqual([]);
      expect(await sender().resend?.([notice('three')], context())).toEqual({ ok: true });
      await expect.poll(alerts, { timeout: 10_000 }).toHaveLength(1);
      await sender().send(notice('three', { state: 'over' }), context());
      await expect.poll(alerts, { timeout: 10_000 }).toEqual([]);
    }, 60_000);

    it('refuses what is no alert, which is not tried again', async () => {
      const sent = await sender().send(notice('four', { labels: { '': 'x' } }), context());
      expect(sent).toMatchObject({ ok: false, retry: false, reason: expect.stringContaining('HTTP 4') });
    });
  },
);
