import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, decodeReceived, encodeFrame } from '../../protocol/codec.ts';
import { generate } from '../../protocol/generate.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { wire } from '../../protocol/wire.ts';
import { batches } from './arbitraries.ts';
import { closeOf, frames, watch } from './frames.ts';

/** A usual light result, for sizes. */
function usual(seq: number): ResultRecord {
  const noise = (base: number): number => base + ((seq * 7919) % 1000) / 100;
  return {
    seq,
    probe: 'page-light',
    type: 'http',
    target: `clip-${seq % 2}`,
    scheduledMs: 1_800_000_000_000 + seq * 1000 + (seq % 3),
    latenessMs: noise(0.5),
    durationMs: noise(60),
    trigger: 'schedule',
    requestId: '',
    outcome: 'ok',
    metrics: {
      dns_ms: noise(3),
      connect_ms: noise(12),
      tls_ms: noise(14),
      ttfb_ms: noise(25),
      transfer_ms: noise(9),
      http_total_ms: noise(60),
      body_bytes: 151_337,
    },
    attributes: {
      http_status: '200',
      http_version: '1.1',
      server_ip: '192.0.2.1',
      pop: 'dub',
      cache_status: seq % 5 ? 'HIT' : 'MISS',
    },
    state: {
      eventLoopDelayMs: noise(1),
      cpuRatio: 0.03,
      rssBytes: 70_000_000 + seq * 4096,
      clockOffsetMs: 3,
      disturbed: false,
    },
  };
}

describe('the frame codec', () => {
  it.each(Object.entries(frames))('returns a %s as it was sent', (_kind, frame) => {
    expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
    expect(decodeReceived(encodeFrame(frame))).toEqual(frame);
  });

  it('returns a run_now with something to watch as it was sent, and takes no other trigger with it', () => {
    const asked = { ...frames.run_now, trigger: 'publish', watch } as const;
    expect(decodeFrame(encodeFrame(asked))).toEqual(asked);
    for (const frame of [
      { ...asked, trigger: 'manual' as const },
      { ...frames.run_now, trigger: 'publish' as const },
    ])
      expect(closeOf(encodeFrame(frame))).toMatch(/^bad_frame: trigger is .*watch does not fit/);
    expect(closeOf(encodeFrame({ ...frames.run_now, trigger: 'schedule' as 'manual' }))).toMatch(
      /^bad_frame: trigger is "schedule"/,
    );
  });

  it('names no more watchers and addresses than may be named', () => {
    const { run_now, watch_request } = frames;
    const playUrls = Array.from({ length: 40 }, (_, i) => `http://video.example/play/${i}`);
    const from = playUrls.map((url) => ({ region: [url] }));
    const asked = { ...run_now, trigger: 'publish', watch: { ...watch, playUrls } } as const;
    expect(decodeFrame(encodeFrame(asked))).toMatchObject({
      watch: { playUrls: playUrls.slice(0, LINK_LIMITS.playUrls.value) },
    });
    expect(decodeFrame(encodeFrame({ ...watch_request, from }))).toMatchObject({
      from: from.slice(0, LINK_LIMITS.watchers.value),
    });
  });

  it('takes an order that says nothing of marks as one whose requests are marked', () => {
    const { cmcd: _, ...before } = watch;
    const watchRequest = { run: 'u', probe: 'p', target: 't', watch: before, fromJson: '[{}]' };
    expect(decodeFrame(wire.Envelope.encode({ watchRequest }).finish())).toMatchObject({
      watch: { ...before, cmcd: 'header' },
    });
  });

  it.each([
    ['without an address', { watch: { ...watch, playUrls: [] } }, /play_urls is empty/],
    ['without an interval', { watch: { ...watch, pollMs: 0 } }, /poll_ms is not above 0/],
    ['for ever', { watch: { ...watch, untilWallMs: Number.POSITIVE_INFINITY } }, /until_wall_ms is not/],
    ['with marks of no kind', { watch: { ...watch, cmcd: 'cookie' } }, /cmcd is no way/],
    ['from nowhere', { fromJson: '[]' }, /from is not a list of selectors/],
    ['from what is no selector', { fromJson: '[{"planet":["mars"]}]' }, /from is not a list of selectors/],
    ['from what is no JSON', { fromJson: '[' }, /from is not a list of selectors/],
    ['of no run', { run: '' }, /run is empty/],
  ])('refuses a request to watch %s', (_what, change, message) => {
    const whole = { run: 'u', probe: 'p', target: 't', watch, fromJson: '[{}]' };
    const send = (request: object) => closeOf(wire.Envelope.encode({ watchRequest: request }).finish());
    expect(send(whole)).toBe('accepted');
    expect(send({ ...whole, ...change })).toMatch(message);
  });

  it('returns any batch of results as it was sent', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        expect(decodeFrame(encodeFrame({ type: 'results', batch }))).toEqual({ type: 'results', batch });
      }),
      { numRuns: 200 },
    );
  });

  it('needs at most 60 bytes a result at 50 a batch', () => {
    const records = Array.from({ length: 50 }, (_, i) => usual(i + 1));
    const bytes = encodeFrame({ type: 'results', batch: { boot: 'boot', records } }).length / records.length;
    expect(bytes).toBeLessThanOrEqual(60);
  });

  it('never throws anything but a ProtocolError for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        closeOf(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws anything but a ProtocolError for a frame with a byte changed', () => {
    const bytes = encodeFrame({
      type: 'results',
      batch: { boot: 'boot', records: [usual(1), usual(2), usual(3)] },
    });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (index, value) => {
        closeOf(bytes.with(index, value));
      }),
      { numRuns: 2000 },
    );
  });

  it('skips fields that a newer peer added', () => {
    const known = encodeFrame(frames.ack);
    const newer = Buffer.concat([known, Buffer.from([0xfa, 0x3f, 3, 1, 2, 3])]);
    expect(decodeFrame(newer)).toEqual(frames.ack);
  });

  it('keeps a layer that a newer agent added, and takes a blame that it does not know as unknown', () => {
    const failure = { layer: 'quic', blame: 'moon', code: 'new_code', message: '' };
    const record = { ...usual(1), outcome: 'fail', failure } as unknown as ResultRecord;
    const frame = decodeFrame(encodeFrame({ type: 'results', batch: { boot: 'b', records: [record] } }));
    expect(frame).toMatchObject({
      batch: { records: [{ failure: { layer: 'quic', blame: 'unknown', code: 'new_code' } }] },
    });
  });

  it('cuts its own overlong strings at a character boundary', () => {
    const long = { ...usual(1), attributes: { note: 'é'.repeat(2000) } };
    const frame = decodeFrame(encodeFrame({ type: 'results', batch: { boot: 'b', records: [long] } }));
    expect(frame).toMatchObject({
      batch: { records: [{ attributes: { note: 'é'.repeat(LINK_LIMITS.stringBytes.value / 2) } }] },
    });
  });

  it('refuses to encode a batch with a gap', () => {
    expect(() =>
      encodeFrame({ type: 'results', batch: { boot: 'b', records: [usual(1), usual(3)] } }),
    ).toThrow(/does not follow/);
  });
});

describe('the generated codec', () => {
  it('is what outrider.proto generates', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'outrider-proto-test-'));
    try {
      generate(scratch);
      for (const file of ['outrider.pb.js', 'outrider.pb.d.ts']) {
        const committed = readFileSync(join(import.meta.dirname, '../../protocol', file), 'utf8');
        expect(readFileSync(join(scratch, file), 'utf8')).toBe(committed);
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
