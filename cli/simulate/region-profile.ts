/** How one simulated region measures on a good day: what its results are drawn from. */
import type { Attributes } from '../../probes/probe.ts';
import { Draws, hashOf } from './draws.ts';

/** Entries of a table of factors; a power of two, so that ten bits pick one. */
const FACTORS = 1024;
const GOLDEN_RATIO = 0.618_033_988_749_895;
const DAY_MS = 86_400_000;

/** Standard normal values (Box–Muller on an even lattice): drawn from by index, for less than the logarithm would cost. */
const NORMALS = Float64Array.from({ length: FACTORS }, (_, k) => {
  const radius = Math.sqrt(-2 * Math.log((k + 0.5) / FACTORS));
  return radius * Math.cos(2 * Math.PI * ((k * GOLDEN_RATIO) % 1));
});

export interface RegionProfile {
  readonly name: string;
  /** To the edge that answers, milliseconds. */
  readonly rttMs: number;
  /** What the edge takes before its first byte, milliseconds. */
  readonly serverMs: number;
  readonly bitsPerSecond: number;
  /** The evening is slower than the morning: by this share at its peak, and at which UTC instant of the day that is. */
  readonly diurnalShare: number;
  readonly peakMs: number;
  /** Share of runs that fail on a good day. */
  readonly failShare: number;
  readonly serverIp: string;
  /** Of an answer from the cache and of one past it. The same object each time: the encoder writes each set once a batch. */
  readonly attributes: { readonly hit: Attributes; readonly miss: Attributes };
  /** `exp(sigma · z)` for standard normal z: log-normal variation around a median of 1. */
  readonly factors: Float64Array;
}

/** The profile of a region: the same for the same seed and name. */
export function regionProfile(seed: number, name: string): RegionProfile {
  const draws = new Draws();
  draws.seed(seed, hashOf(name), 0, 0);
  const sigma = draws.uniform(0.12, 0.3);
  // Documentation addresses (RFC 5737): nobody answers there.
  const serverIp = `203.0.113.${Math.floor(draws.uniform(1, 255))}`;
  const common = {
    server_ip: serverIp,
    tls_version: 'TLSv1.3',
    http_status: '200',
    http_version: '1.1',
    pop: `${name}-p${Math.floor(draws.uniform(1, 9))}`,
  };
  return {
    name,
    rttMs: 12 * (180 / 12) ** draws.next(),
    serverMs: draws.uniform(15, 60),
    bitsPerSecond: draws.uniform(8e6, 80e6),
    diurnalShare: draws.uniform(0.03, 0.15),
    peakMs: draws.next() * DAY_MS,
    failShare: draws.uniform(0.0003, 0.002),
    serverIp,
    attributes: { hit: { ...common, cache_status: 'hit' }, miss: { ...common, cache_status: 'miss' } },
    factors: NORMALS.map((z) => Math.exp(sigma * z)),
  };
}

/** By how much the hour slows the region down: about 1. */
export function diurnalFactor({ diurnalShare, peakMs }: RegionProfile, atMs: number): number {
  return 1 + diurnalShare * Math.cos((2 * Math.PI * (atMs - peakMs)) / DAY_MS);
}

/** One factor of the table, by any number of 32 uniform bits. */
export function factorOf({ factors }: RegionProfile, bits: number): number {
  return factors[bits & (FACTORS - 1)] ?? 1;
}
