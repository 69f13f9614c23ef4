import { describe, expect, it } from 'vitest';
import { maintenanceSchema } from '../../../collector/notify/maintenance.ts';
import { facetsOf } from '../../../collector/notify/matchers.ts';
import { planOf, quietBy, quietsAt, routesFor } from '../../../collector/notify/plan.ts';
import { sightsOf, wantedBy } from '../../../collector/notify/see.ts';
import type { Silence } from '../../../collector/notify/silence-table.ts';
import { incidentOf } from '../incidents/incidents.ts';
import { settingsOf } from './running-notifier.ts';
import { FOUND_MS, HOUR, over, region } from './sights.ts';

const RECEIVERS = [
  { name: 'hook', type: 'webhook', url: { env: 'HOOK' } },
  { name: 'am', type: 'alertmanager', url: { env: 'HOOK' } },
];
const ROUTES = [
  { name: 'critical', match: { severity: 'critical' }, receivers: ['hook', 'am'], continue: true, rate: 3 },
  { name: 'eu', match: { region: 'eu-*' }, receivers: ['hook'] },
  { name: 'rest', receivers: ['hook'] },
];
const PLAN = planOf(settingsOf({}, RECEIVERS, { routes: ROUTES }), []);
const facets = (...more: Parameters<typeof incidentOf>) => facetsOf(incidentOf(...more), () => undefined);

const silence = (more: Partial<Silence> = {}): Silence => ({
  ...{ id: 's1', match: { region: ['eu-west'] }, startsMs: FOUND_MS, endsMs: FOUND_MS + HOUR },
  ...{ author: 'mara', comment: '', createdMs: FOUND_MS, expiredBy: '' },
  ...more,
});

describe('a plan', () => {
  it('has a lane for each receiver of each route', () => {
    expect(PLAN.routes.flatMap(({ lanes }) => lanes.map(({ name }) => name))).toEqual([
      ...['critical/hook', 'critical/am', 'eu/hook', 'rest/hook'],
    ]);
  });

  it('limits, reminds and holds back nothing for Alertmanager, which does so itself', () => {
    const [hook, am] = PLAN.routes[0]?.lanes ?? [];
    expect(hook?.policy).toMatchObject({ rate: 3, remindEveryMs: HOUR, updateEveryMs: 120_000 });
    expect(am?.policy).toMatchObject({ rate: Number.POSITIVE_INFINITY, remindEveryMs: 0, updateEveryMs: 0 });
  });

  it('takes webhooks of the command line beside a file, under names that no file can give', () => {
    const both = planOf(settingsOf({}, RECEIVERS, { routes: ROUTES }), [{ url: 'http://127.0.0.1:1/' }]);
    expect(both.receivers.map(({ name }) => name)).toEqual(['--webhook-1', 'hook', 'am']);
    expect(routesFor(both, facets())[0]).toBe('--webhook');
    expect(() => settingsOf({}, [{ ...RECEIVERS[0], name: '--webhook-1' }])).toThrow('lower-case letters');
  });

  it('gives an incident to the first route that matches, and on while that says so', () => {
    expect(routesFor(PLAN, facets())).toEqual(['critical', 'eu']);
    expect(routesFor(PLAN, facets({ severity: 'warning' }))).toEqual(['eu']);
    expect(routesFor(PLAN, facets({ ...region('us-east'), severity: 'warning' }))).toEqual(['rest']);
    expect(
      routesFor({ routes: PLAN.routes.slice(0, 2) }, facets({ ...region('us-east'), severity: 'warning' })),
    ).toEqual([]);
  });

  it('gives routes what is open, silenced or not, and nothing that is over', () => {
    const seen = [incidentOf(region('eu-west')), incidentOf({ ...region('us-east'), ...over(FOUND_MS) })];
    const quiets = [{ name: 'silence s1', match: {} }];
    const around = { agents: [], targets: [], quiets, acks: new Map() };
    const sights = sightsOf(seen, around);
    expect([...sights.values()].map(({ heard, quiet }) => [heard, quiet])).toEqual(
      Array(2).fill([false, 'silence s1']),
    );
    expect([...wantedBy(PLAN, sights)]).toEqual([
      ['critical', new Set(['inc-eu-west'])],
      ['eu', new Set(['inc-eu-west'])],
    ]);
  });
});

describe('what keeps an incident quiet', () => {
  it('is the first silence in force that means all of it, else a window that is open', () => {
    const start = new Date(FOUND_MS).toISOString().slice(0, 16);
    const window = maintenanceSchema.parse({ name: 'w', start, length: '1h', match: { region: 'eu-west' } });
    const at = (silences: readonly Silence[], ms: number) =>
      quietBy(facets(), quietsAt(silences, [window], ms));
    expect(at([silence()], FOUND_MS + 1)).toBe('silence s1');
    expect(at([silence({ match: { region: ['us-east'] } })], FOUND_MS + 60_000)).toBe('maintenance w');
    expect(at([silence({ startsMs: FOUND_MS + HOUR })], FOUND_MS + 60_000)).toBe('maintenance w');
    expect(at([silence()], FOUND_MS + HOUR)).toBeNull();
  });
});
