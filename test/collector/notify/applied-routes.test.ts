import { describe, expect, it } from 'vitest';
import { planOf } from '../../../collector/notify/plan.ts';
import { notifySchema, routeSchema } from '../../../collector/notify/settings.ts';

const FILE = notifySchema.parse({
  version: 1,
  receivers: [
    { name: 'phone', type: 'slack', url: { env: 'PHONE' } },
    { name: 'mail', type: 'slack', url: { env: 'MAIL' } },
  ],
  routes: [{ name: 'of-the-file', receivers: ['mail'] }],
  maintenance: [{ name: 'racks', start: '2099-11-22T02:00', length: '2h' }],
});
const route = (name: string, ...receivers: string[]) => routeSchema.parse({ name, receivers });
const names = (plan: ReturnType<typeof planOf>) =>
  plan.routes.flatMap(({ lanes }) => lanes.map(({ name }) => name));

describe('routes that were applied', () => {
  it('are in force in place of those of the file, with its receivers', () => {
    const plan = planOf(FILE, [], { routes: [route('first', 'phone')], maintenance: [] });
    expect(names(plan)).toEqual(['first/phone']);
    expect(names(planOf(FILE, [], { maintenance: [] }))).toEqual(['of-the-file/mail']);
  });

  it('go on without receivers that the file has no more', () => {
    const routes = [route('first', 'gone', 'phone'), route('second', 'gone')];
    expect(names(planOf(FILE, [], { routes, maintenance: [] }))).toEqual(['first/phone']);
  });

  it('come with windows beside those of the file', () => {
    const own = { ...FILE.maintenance[0], name: 'own' } as (typeof FILE.maintenance)[number];
    expect(planOf(FILE, [], { maintenance: [own] }).windows.map(({ name }) => name)).toEqual([
      'racks',
      'own',
    ]);
  });
});
