/**
 * What a simulated run measured: a pure function of the seed, the agent, the check and the slot, and of the faults of its
 * region. Nothing is kept of a result but its slot: it is made anew whenever it is sent.
 */
import type { Failure } from '../../probes/outcome.ts';
import type { Attributes } from '../../probes/probe.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { Draws } from './draws.ts';
import type { Disturbance, FaultWindows } from './fault-window.ts';
import { diurnalFactor, factorOf, type RegionProfile } from './region-profile.ts';

/** Where a run takes place. */
export interface Vantage {
  readonly seed: number;
  /** Of its id: `hashOf`. */
  readonly agentHash: number;
  readonly region: RegionProfile;
  readonly faults: FaultWindows;
}

/** What is run. */
export interface RunOf {
  /** Of probe and target: `hashOf`. */
  readonly checkHash: number;
  readonly timeoutMs: number;
}

export type MadeRun = Pick<ResultRecord, 'durationMs' | 'outcome' | 'failure' | 'metrics' | 'attributes'>;

const CACHE_HIT_SHARE = 0.9;
/** What a miss adds at the edge, as a multiple of what a hit takes. */
const MISS_FACTOR = 2.5;
/** Agents of one region differ by up to this share. */
const AGENT_SHARE = 0.1;
/** Around the run proper: opening and closing. */
const AROUND_MS = 0.8;
const MS_PER_S = 1000;
const BITS_PER_BYTE = 8;

// The sentences of the real probe.
const TIMEOUT: Failure = {
  layer: 'http',
  blame: 'unknown',
  code: 'timeout',
  message: 'The deadline passed before a response head came.',
};
const RESET: Failure = {
  layer: 'http',
  blame: 'network',
  code: 'reset',
  message: 'The connection was reset before a response (ECONNRESET).',
};
const TRUNCATED: Failure = {
  layer: 'http',
  blame: 'target',
  code: 'truncated',
  message: 'The server closed the connection before the announced end of the body.',
};

const draws = new Draws();

/** The run of one slot. Its cost is that of the two objects that it returns: about a microsecond. */
export function makeRun(vantage: Vantage, run: RunOf, slotMs: number): MadeRun {
  const { region, faults } = vantage;
  draws.seed(vantage.seed, vantage.agentHash, run.checkHash, slotMs);
  const disturbance = faults.at(slotMs, draws);
  const hit = draws.next() < CACHE_HIT_SHARE;
  const pace = diurnalFactor(region, slotMs) * (1 + (AGENT_SHARE * (vantage.agentHash & 0xff)) / 0xff);
  const dnsMs = (1 + 0.15 * region.rttMs) * pace * factorOf(region, draws.bits());
  const connectMs = region.rttMs * pace * factorOf(region, draws.bits());
  const tlsMs = (region.rttMs + 2) * pace * factorOf(region, draws.bits());
  const serverMs = region.serverMs * (hit ? 1 : MISS_FACTOR);
  const ttfbMs = (region.rttMs + serverMs) * pace * factorOf(region, draws.bits()) + disturbance.delayMs;
  const handshakes = { dns_ms: dnsMs, connect_ms: connectMs, tls_ms: tlsMs };
  const headMs = dnsMs + connectMs + tlsMs + ttfbMs;
  const { end } = disturbance;
  if (end === 'blackhole' || headMs >= run.timeoutMs)
    return failed(run.timeoutMs, TIMEOUT, handshakes, { server_ip: region.serverIp });
  if (end === 'reset')
    return failed(headMs - ttfbMs + region.rttMs, RESET, handshakes, { server_ip: region.serverIp });
  const attributes = hit ? region.attributes.hit : region.attributes.miss;
  const answered = { ...handshakes, ttfb_ms: ttfbMs };
  const status = typeof end === 'object' ? end.status : draws.next() < region.failShare ? 503 : 200;
  if (status !== 200)
    return failed(headMs, statusFailure(status), answered, { ...attributes, http_status: String(status) });
  const bytes = bodyBytes(run.checkHash);
  if (end === 'truncate')
    return failed(headMs, TRUNCATED, { ...answered, body_bytes: bytes >> 1 }, attributes);
  const transferMs = transferOf(bytes, region, disturbance) * pace * factorOf(region, draws.bits());
  const totalMs = headMs + transferMs;
  if (totalMs >= run.timeoutMs) return failed(run.timeoutMs, TIMEOUT, answered, attributes);
  return {
    durationMs: totalMs + AROUND_MS,
    outcome: 'ok',
    metrics: {
      dns_ms: dnsMs,
      connect_ms: connectMs,
      tls_ms: tlsMs,
      ttfb_ms: ttfbMs,
      transfer_ms: transferMs,
      http_total_ms: totalMs,
      body_bytes: bytes,
    },
    attributes,
  };
}

function failed(
  durationMs: number,
  failure: Failure,
  metrics: MadeRun['metrics'],
  attributes: Attributes,
): MadeRun {
  return { durationMs: durationMs + AROUND_MS, outcome: 'fail', failure, metrics, attributes };
}

/** From 20 to 150 kB, the same at every run of a check. */
function bodyBytes(checkHash: number): number {
  return 20_000 + (checkHash % 130_000);
}

function transferOf(bytes: number, region: RegionProfile, { bitsPerSecond }: Disturbance): number {
  return (bytes * BITS_PER_BYTE * MS_PER_S) / Math.min(region.bitsPerSecond, bitsPerSecond);
}

function statusFailure(status: number): Failure {
  return {
    layer: 'http',
    blame: 'target',
    code: 'status',
    message: `The status is ${status}, expected is 2xx.`,
  };
}
