/** The membership of a collector that has its store to itself. */
import { randomBytes } from 'node:crypto';
import type { Membership } from './membership.ts';

export function solitaryMembership(name: string): Membership {
  const nextIncarnation = () => `${name}-${randomBytes(4).toString('hex')}`;
  let incarnation = nextIncarnation();
  return {
    get incarnation() {
      return incarnation;
    },
    storeOffsetMs: 0,
    others: () => [],
    settled: () => undefined,
    takeOver: async () => undefined,
    async renew() {
      incarnation = nextIncarnation();
      return incarnation;
    },
    holdsLease: () => true,
    close: async () => undefined,
  };
}
