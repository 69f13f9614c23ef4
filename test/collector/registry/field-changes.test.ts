import { describe, expect, it } from 'vitest';
import { fieldChanges } from '../../../collector/registry/field-changes.ts';

describe('the changes of a thing', () => {
  it.each([
    ['nothing where it is the same', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    [
      'a field with both its values',
      { every: '30s' },
      { every: '1m' },
      [{ path: 'every', from: '30s', to: '1m' }],
    ],
    ['a field that is new', {}, { slo: { objective: '99%' } }, [{ path: 'slo', to: { objective: '99%' } }]],
    ['a field that goes', { slo: 1 }, {}, [{ path: 'slo', from: 1 }]],
    [
      'a field of a field',
      { slo: { window: '7d' } },
      { slo: { window: '30d' } },
      [{ path: 'slo.window', from: '7d', to: '30d' }],
    ],
    ['an entry by its place', { targets: ['a'] }, { targets: ['a', 'b'] }, [{ path: 'targets[1]', to: 'b' }]],
    [
      'an entry by its name',
      { routes: [{ name: 'x', wait: '1m' }, { name: 'y' }] },
      { routes: [{ name: 'x', wait: '2m' }, { name: 'y' }] },
      [{ path: 'routes[x].wait', from: '1m', to: '2m' }],
    ],
    [
      'another order of the same',
      { routes: [{ name: 'x' }, { name: 'y' }] },
      { routes: [{ name: 'y' }, { name: 'x' }] },
      [{ path: 'routes', from: ['[x]', '[y]'], to: ['[y]', '[x]'] }],
    ],
  ])('are %s', (_what, from, to, expected) => {
    expect(fieldChanges(from, to)).toEqual(expected);
  });
});
