/** What the registry asks of the other collectors on its store. */
import type { Membership } from '../members/membership.ts';

export type Peers = Pick<Membership, 'incarnation' | 'storeOffsetMs' | 'others' | 'peerHeaders'>;

/** A collector that has its store to itself. */
export const SOLITARY: Peers = { incarnation: 'solitary', storeOffsetMs: 0, others: () => [] };
