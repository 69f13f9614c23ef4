/** An incident all the way to Debian's Alertmanager and the receiver behind it: what its own API shows is what counts. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { incidentOf, type RunningApi, startApi } from '../api/running-api.ts';
import { type HttpReceiver, startReceiver, status } from './http-receiver.ts';
import {
  type AmAlert,
  alertmanagerUnavailable,
  type RealAlertmanager,
  startAlertmanager,
} from './real-alertmanager.ts';

interface Call {
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

describe.skipIf(alertmanagerUnavailable)(
  `an incident and a real Alertmanager${alertmanagerUnavailable ? ` (${alertmanagerUnavailable})` : ''}`,
  () => {
    let pager: HttpReceiver;
    let real: RealAlertmanager;
    let api: RunningApi;

    beforeAll(async () => {
      pager = await startReceiver(status(200));
      real = await startAlertmanager(pager.url);
    }, 40_000);
    afterAll(async () => {
      await real?.close();
      await pager?.close();
    });
    beforeEach(async () => {
      pager.received.splice(0);
      process.env.OUTRIDER_TEST_AM = real.url;
      api = await startApi({
        startMs: Date.now(),
        notify: {
          version: 1,
          dashboard: 'https://outrider.example.net/',
          receivers: [{ name: 'am', type: 'alertmanager', url: { env: 'OUTRIDER_TEST_AM' } }],
          routes: [{ name: 'all', receivers: ['am'], flap_within: '10s', update_every: '10s' }],
        },
      });
      await api.connect('eu-west-1', 'eu-west');
    }, 60_000);
    afterEach(async () => {
      delete process.env.OUTRIDER_TEST_AM;
      await api?.close();
    });

    const incident = (id: string, more: Partial<Incident> = {}): Incident =>
      incidentOf({ id, startedMs: Date.now() - 30_000, detectedMs: Date.now() - 20_000, ...more });
    /** Lets the notifier look and send until Alertmanager shows what is wanted. */
    const shows = (id: string, wanted: (alerts: readonly AmAlert[]) => unknown, what: unknown) =>
      expect
        .poll(
          async () => {
            api.clock.nowMs = Date.now();
            await api.notifier.tick();
            await api.notifier.idle();
            return wanted((await real.alerts()).filter(({ annotations }) => annotations.incident === id));
          },
          { timeout: 20_000, interval: 300 },
        )
        .toEqual(what);
    const calls = (id: string) =>
      pager
        .json<Call>()
        .flatMap(({ alerts }) => alerts.filter(({ labels }) => labels.scope?.includes(id)))
        .map((alert) => alert.status);

    it('fires, says what is new in its annotations, and ends when data says that it is over', async () => {
      const scope = { kind: 'region', region: 'eu-west' } as const;
      api.shelf.put('opened', incident('inc-one', { scope }));
      await shows('inc-one', (alerts) => alerts.map((one) => one.status.state), ['active']);
      const [first] = await real.alerts();
      expect(first).toMatchObject({
        labels: { alertname: 'OutriderIncident', severity: 'critical' },
        annotations: { incident: 'inc-one', blame: expect.stringContaining('network') },
        generatorURL: 'https://outrider.example.net/incidents/inc-one',
      });
      await expect.poll(() => calls('eu-west'), { timeout: 20_000 }).toEqual(['firing']);
      api.shelf.put('updated', incident('inc-one', { scope, blame: 'target' }));
      await shows('inc-one', (alerts) => alerts.map((one) => one.annotations.blame?.includes('target')), [
        true,
      ]);
      // Somebody is heard there: without data nothing is over.
      await api.connect('eu-west-1', 'eu-west');
      const over = { status: 'resolved', resolvedMs: Date.now() } as const;
      api.shelf.put('resolved', incident('inc-one', { scope, blame: 'target', ...over }));
      await shows('inc-one', (alerts) => alerts.length, 0);
      await expect.poll(() => calls('eu-west').at(-1), { timeout: 20_000 }).toBe('resolved');
    }, 90_000);

    it('is kept quiet by a silence there: Alertmanager has the alert, and tells nobody', async () => {
      const id = await real.silence({ region: 'eu-two' });
      const scope = { kind: 'region', region: 'eu-two' } as const;
      api.shelf.put('opened', incident('inc-two', { scope }));
      await shows(
        'inc-two',
        (alerts) => alerts.map(({ status: { silencedBy, state } }) => [state, silencedBy]),
        [['suppressed', [id]]],
      );
      expect(calls('eu-two')).toEqual([]);
    }, 60_000);

    it('is kept quiet by a silence of ours: Alertmanager never has the alert, until the silence ends', async () => {
      const silence = { match: { region: 'eu-three' }, until: '2h', author: 'mara' };
      const { id } = (await api.send('POST', '/api/v1/silences', silence)).body as { id: string };
      const scope = { kind: 'region', region: 'eu-three' } as const;
      api.shelf.put('opened', incident('inc-three', { scope }));
      await api.notifier.tick();
      await api.notifier.idle();
      expect((await api.get('/api/v1/incidents/inc-three')).body).toMatchObject({
        silenced: { id },
        notifications: [],
        not_told: [{ lane: 'all/am' }],
      });
      expect((await real.alerts()).filter((one) => one.annotations.incident === 'inc-three')).toEqual([]);
      await api.send('POST', `/api/v1/silences/${id}/expire`, { author: 'mara' });
      await shows('inc-three', (alerts) => alerts.map((one) => one.status.state), ['active']);
    }, 60_000);
  },
);
