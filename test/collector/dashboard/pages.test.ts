import { describe, expect, it } from 'vitest';
import { PAGES, pageAt } from '../../../collector/dashboard/pages.js';

describe('the page of a path', () => {
  it.each([
    ['/', 'overview', {}],
    ['/regions/eu-west', 'region', { name: 'eu-west' }],
    ['/regions/eu%2Fwest%20%3F', 'region', { name: 'eu/west ?' }],
    ['/incidents', 'incidents', {}],
    ['/incidents/inc-1', 'incident', { id: 'inc-1' }],
    ['/agents/eu-1', 'agent', { id: 'eu-1' }],
  ])('%s is %s', (path, module, params) => {
    const found = pageAt(path);
    expect(found?.page.module).toBe(module);
    expect(found?.params).toEqual(params);
  });

  it.each(['/regions', '/regions/', '/regions/a/b', '/incidents/', '/metrics', '/%ff', '/agents/%e0'])(
    '%s has none',
    (path) => {
      expect(pageAt(path)).toBeUndefined();
    },
  );

  it('has a key of its own where it is in the navigation', () => {
    const keys = PAGES.flatMap(({ nav }) => nav?.key ?? []);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
