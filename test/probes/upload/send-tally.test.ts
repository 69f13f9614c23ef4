import { describe, expect, it } from 'vitest';
import type { TcpInfo } from '../../../probes/net/tcp-info.ts';
import { SendTally } from '../../../probes/upload/send-tally.ts';
import type { LinkFacts } from '../../../probes/upload/send-watch.ts';
import { clock } from '../net/run-context.ts';

const ZERO: TcpInfo = {
  ackedBytes: 0,
  pendingBytes: 0,
  isStarved: false,
  isLoneSegment: false,
  sentBytes: 0,
  retransBytes: 0,
  sinceAckMs: 0,
  sinceDataMs: 0,
  sackedBytes: 0,
  rttMs: 0,
  deliveryRateBps: 0,
  busyMs: 0,
  rwndLimitedMs: 0,
  sndbufLimitedMs: 0,
};

/** A body that took a second, of which the kernel said this at its end. */
function body(last: Partial<TcpInfo>, facts: Partial<LinkFacts> = {}): SendTally {
  const tally = new SendTally(clock);
  add(tally, last, facts);
  return tally;
}

function add(tally: SendTally, last: Partial<TcpInfo>, facts: Partial<LinkFacts> = {}): void {
  const seen = { base: ZERO, rttsMs: [], stallMaxMs: 0, starvedMs: 0, ...facts };
  tally.addBody(1000, 2000, { facts: { ...seen, last: { ...ZERO, ...last } }, leftMs: 1500 });
}

describe('what limited an upload', () => {
  it.each([
    ['receiver', { busyMs: 1000, rwndLimitedMs: 800, sndbufLimitedMs: 100 }, 0],
    ['local_buffer', { busyMs: 1000, rwndLimitedMs: 100, sndbufLimitedMs: 800 }, 0],
    ['local_buffer', { busyMs: 1000 }, 900],
    ['network', { busyMs: 1000, rwndLimitedMs: 100, sndbufLimitedMs: 100 }, 50],
    ['network', { busyMs: 1000 }, 0],
    // A window that was closed is the stronger word: what it held back cannot have been our buffer too.
    ['receiver', { busyMs: 1000, rwndLimitedMs: 900 }, 1000],
    // Too short to have shares.
    ['unknown', { busyMs: 12, rwndLimitedMs: 12 }, 0],
    // Idle for most of the time: it waited for somebody else.
    ['unknown', { busyMs: 300 }, 0],
  ])('is %s by %j and %d ms starved', (expected, last, starvedMs) => {
    expect(body(last, { starvedMs }).limitedBy).toBe(expected);
  });

  it('is unknown where the kernel tells nothing, and not said where nothing was sent', () => {
    const tally = new SendTally(clock);
    expect(tally.attributes).toEqual({});
    tally.addBody(1000, 2000, undefined);
    expect(tally.attributes).toEqual({ limited_by: 'unknown' });
    expect(tally.metrics).toEqual({});
  });

  it('adds up the bodies of an upload', () => {
    const tally = body({ busyMs: 1000, rwndLimitedMs: 900 });
    add(tally, { busyMs: 1000 });
    add(tally, { busyMs: 1000 });
    expect(tally.limitedBy).toBe('network');
    expect(tally.metrics).toMatchObject({ upload_busy_ms: 3000, upload_rwnd_limited_ratio: 0.3 });
  });
});

describe('an acknowledgement that was held back', () => {
  it('is told, the longest of several', () => {
    const tally = new SendTally(clock);
    for (const delayedAckMs of [undefined, 41.2, 44.4, 40]) tally.addBody(0, 1, seen(delayedAckMs));
    expect(tally.attributes).toMatchObject({ delayed_ack_ms: '44' });
    const prompt = new SendTally(clock);
    prompt.addBody(0, 1, seen(undefined));
    expect(prompt.attributes).not.toHaveProperty('delayed_ack_ms');
  });

  const seen = (delayedAckMs: number | undefined) => ({ facts: undefined, leftMs: undefined, delayedAckMs });
});

describe('the numbers of the kernel', () => {
  it('are those of the upload, not of what the connection did before', () => {
    const base = { ...ZERO, sentBytes: 5000, retransBytes: 1000, busyMs: 200 };
    const { metrics } = body({ sentBytes: 15_000, retransBytes: 1500, busyMs: 700 }, { base });
    expect(metrics).toMatchObject({
      upload_retrans_bytes: 500,
      upload_retrans_ratio: 0.05,
      upload_busy_ms: 500,
    });
  });

  it('have the median of the round trips, the smallest, and what queues added', () => {
    const tally = body({ minRttMs: 12 }, { rttsMs: [20, 80, 40] });
    add(tally, { minRttMs: 10 }, { rttsMs: [60] });
    expect(tally.metrics).toMatchObject({
      upload_rtt_ms: 50,
      upload_min_rtt_ms: 10,
      upload_bufferbloat_ms: 40,
    });
  });

  it('are absent where they were not measured', () => {
    const { metrics } = body({});
    for (const name of ['rtt_ms', 'min_rtt_ms', 'bufferbloat_ms', 'delivery_rate_bps', 'rwnd_limited_ratio'])
      expect(metrics).not.toHaveProperty(`upload_${name}`);
    expect(metrics).toMatchObject({ upload_busy_ms: 0, upload_retrans_bytes: 0 });
  });

  it('have the longest stall and the latest delivery rate', () => {
    const tally = body({ deliveryRateBps: 5 }, { stallMaxMs: 700 });
    add(tally, { deliveryRateBps: 9 }, { stallMaxMs: 30 });
    expect(tally.metrics).toMatchObject({ upload_stall_max_ms: 700, upload_delivery_rate_bps: 9 });
  });
});

describe('chunks and confirmations', () => {
  it('tell the median chunk and the slowest', () => {
    const tally = new SendTally(clock);
    for (const tookMs of [30, 10, 500, 20]) tally.addChunk(tookMs);
    expect(tally.metrics).toEqual({ upload_chunk_ms: 25, upload_chunk_max_ms: 500 });
  });

  it('divide what the service confirmed by the time since the first byte', () => {
    const tally = new SendTally(clock);
    tally.addBody(1000, 1900, undefined);
    tally.confirm(50_000, 1500);
    tally.confirm(100_000, 3000);
    // Asked again after a loss, it may tell less: that confirms nothing new.
    tally.confirm(80_000, 3500);
    expect(tally.metrics).toEqual({ upload_goodput_server_bps: 400_000 });
  });

  it('know when the process was rid of the last byte of all bodies', () => {
    const tally = new SendTally(clock);
    expect(tally.leftMs).toBeUndefined();
    tally.addBody(1000, 3000, { facts: undefined, leftMs: 2500 });
    tally.addBody(1000, 2000, { facts: undefined, leftMs: 1500 });
    tally.addBody(1000, 2000, { facts: undefined, leftMs: undefined });
    expect(tally.leftMs).toBe(2500);
  });
});
