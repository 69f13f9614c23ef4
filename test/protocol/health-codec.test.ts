import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import type { Health } from '../../protocol/frame.ts';
import { wire } from '../../protocol/wire.ts';

const PLAIN: Health = {
  type: 'health',
  sentMs: 1,
  pending: 2,
  running: 3,
  dropped: { spool_full: 4 },
  scheduleRevision: 5,
  eventLoopDelayMs: 6.5,
  cpuRatio: 0.25,
  rssBytes: 8e7,
  clockOffsetMs: -12.5,
  lastError: '',
};

const SPOOL = {
  bytes: 1,
  bytesMax: 2,
  oldestAgeMs: 3,
  ageMaxMs: 4,
  inFlight: 5,
  lastSeq: 6,
  refusing: false,
};

describe('health on the wire', () => {
  it('gives nothing that an older agent did not say', () => {
    expect(decodeFrame(encodeFrame(PLAIN))).toEqual(PLAIN);
  });

  it('keeps a lateness of nothing apart from one that was not said', () => {
    const punctual: Health = { ...PLAIN, spool: SPOOL, latenessMs: 0 };
    expect(decodeFrame(encodeFrame(punctual))).toEqual(punctual);
  });

  it.each([
    ['spool.bytes', { spool: { bytes: Number.NaN } }],
    ['spool.in_flight', { spool: { lastSeq: -1 } }],
    ['lateness_ms', { spool: {}, latenessMs: Number.POSITIVE_INFINITY }],
  ])('refuses a %s that is no number', (_field, health) => {
    const frame = wire.Envelope.encode({ health }).finish();
    expect(() => decodeFrame(frame)).toThrow(expect.objectContaining({ name: 'ProtocolError' }));
  });
});
