import { expect, it } from 'vitest';
import { joinHeaders } from '../../../probes/net/join-headers.ts';

it('headers are texts by names in lower case, and what is no header is left out', () => {
  const joined = joinHeaders({ ':status': '200', 'X-Pop': 'ams', via: ['a', 'b'], age: undefined });
  expect({ ...joined }).toEqual({ 'x-pop': 'ams', via: 'a, b' });
  // A server may send what every object has.
  expect(joinHeaders({ constructor: 'x' }).toString).toBeUndefined();
});
