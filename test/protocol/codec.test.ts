import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, decodeReceived, encodeFrame } from '../../protocol/codec.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Frame } from '../../protocol/frame.ts';
import { generate } from '../../protocol/generate.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { wire } from '../../protocol/wire.ts';
import { batches } from './arbitraries.ts';

const assignment = {
  probe: 'play',
  type: 'playback',
  target: { name: 'clip', url: 'http://video.example/v/clip.mp4', labels: { cdn: 'one' } },
  everyMs: 2000,
  timeoutMs: 5000,
  params: { format: 'auto', nested: [1, 2, { three: null }] },
  effectiveFromMs: 1_800_000_000_123,
};

const labels = {
  region: 'eu-west',
  country: 'IE',
  city: 'Dublin',
  lat: 53.3,
  lon: -6.2,
  asn: 64500,
  isp: 'Example',
  provider: 'edge',
  network: 'datacenter' as const,
  tags: ['a', 'b'],
};

const watch = {
  playUrls: ['http://video.example/play/1', 'http://video.example/play/2'],
  sinceWallMs: 1_800_000_000_000.25,
  pollMs: 500,
  untilWallMs: 1_800_000_060_000,
  cmcd: 'off' as const,
};

/** One frame of every kind; the type makes a new kind fail to compile until it stands here. */
const frames: { readonly [Kind in Exclude<Frame['type'], 'results'>]: Extract<Frame, { type: Kind }> } = {
  hello: {
    type: 'hello',
    versions: [1],
    agent: 'eu-west-1',
    boot: 'b1',
    labels,
    capabilities: { probeTypes: ['http'], browser: 'Chromium 156' },
    software: '0.1.0',
    scheduleRevision: 7,
    spooledBoots: ['b1', 'b0'],
    sentMs: 1_800_000_000_000.5,
  },
  challenge: {
    type: 'challenge',
    nonce: new Uint8Array(32).fill(7),
    collector: 'c1/1',
    session: 's',
    binding: 'tls-exporter',
    enrolled: true,
  },
  proof: {
    type: 'proof',
    publicKey: new Uint8Array(32).fill(8),
    signature: new Uint8Array(64).fill(9),
    enrolmentToken: 'ot_e_x',
  },
  welcome: {
    type: 'welcome',
    version: 1,
    session: 's',
    serverMs: 1_800_000_000_001,
    helloSentMs: 1_800_000_000_000.5,
    held: { b1: 0, b0: 2 ** 50 },
    credit: 5000,
    schedule: { type: 'schedule', revision: 8, assignments: [assignment] },
    watches: true,
    evidence: true,
  },
  schedule: { type: 'schedule', revision: 9, assignments: [] },
  ack: { type: 'ack', boot: 'b1', seq: 2 ** 53 - 1, credit: 10 },
  run_now: { type: 'run_now', requestId: 'r1', trigger: 'manual', assignment },
  health: {
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
    lastError: 'none',
    spool: {
      bytes: 1000,
      bytesMax: 64e6,
      oldestAgeMs: 2500.5,
      ageMaxMs: 3e8,
      inFlight: 1,
      lastSeq: 77,
      refusing: true,
    },
    latenessMs: 1.5,
    light: { running: 2, waiting: 1 },
    browser: { running: 0, waiting: 0 },
    link: { sessions: 3, collector: 2, collectors: 2 },
  },
  health_ack: { type: 'health_ack', echoSentMs: 1, serverMs: 2 },
  drain: { type: 'drain', retryAfterMs: 1500 },
  goodbye: { type: 'goodbye', stoppedAtMs: 1_800_000_000_000, reason: 'SIGTERM' },
  watch_request: {
    type: 'watch_request',
    run: 'u1',
    probe: 'post',
    target: 'clip',
    watch,
    from: [{ region: ['ap-south'], tag: ['edge'] }, {}],
  },
  watch_answer: {
    type: 'watch_answer',
    run: 'u1',
    reports: [
      { agent: 'ap-south-1', region: 'ap-south', pollMs: 500, visibleMs: 0 },
      { agent: '', region: 'mars', pollMs: 500, missed: 'agent_down' },
    ],
  },
  evidence: {
    type: 'evidence',
    run: 'u1',
    probe: 'home',
    target: 'origin',
    atMs: 1_800_000_000_000,
    text: '{"dials":[],"requests":[{"body":"<h1>Gone</h1> é"}]}',
    givenUp: 3,
  },
  evidence_ack: { type: 'evidence_ack', run: 'u1', retryAfterMs: 30_000 },
};

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

/** What agents and the collector say of a frame: the same. */
const closeOf = (bytes: Uint8Array): string => {
  const said = [decodeFrame, decodeReceived].map((decode) => {
    try {
      decode(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) return `${error.close}: ${error.message}`;
      throw error;
    }
    return 'accepted';
  });
  expect(said[0]).toBe(said[1]);
  return said[0] ?? '';
};

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

describe('a hostile batch', () => {
  const base = () => ({
    boot: 'b',
    firstSeq: 1,
    strings: ['', 'p', 'http', 't', 'ok', 'schedule', 'ttfb_ms'],
    checks: [{ probe: 1, type: 2, target: 3 }],
    endings: [{ outcome: 4, trigger: 5 }],
    shapes: [{ metric: [6] }],
    attributeSets: [{}],
    check: [0],
    scheduledMs: [1_800_000_000_000],
    latenessUs: [0],
    durationUs: [1000],
    ending: [0],
    shape: [0],
    attributeSet: [0],
    values: [25_000],
    eventLoopDelayUs: [0],
    cpuPermille: [0],
    rssKib: [1],
    clockOffsetMs: [0],
    disturbed: [false],
  });
  const send = (change: object): string =>
    closeOf(wire.Envelope.encode({ results: { ...base(), ...change } }).finish());
  const many = (length: number): number[] => new Array<number>(length).fill(0);

  it('is accepted in its honest form', () => {
    expect(send({})).toBe('accepted');
  });

  it.each([
    ['no results', { check: [] }, /no results/],
    ['a short column', { durationUs: [] }, /column duration_us has 0 entries for 1 results/],
    ['too few values', { values: [] }, /values has 0 entries, the shapes take 1/],
    ['a metric twice', { shapes: [{ metric: [6, 6] }], values: [1, 2] }, /shape names a metric twice/],
    ['too many values', { values: [1, 2] }, /values has 2 entries, the shapes take 1/],
    ['an index past the dictionary', { checks: [{ probe: 99, type: 2, target: 3 }] }, /points at entry 99/],
    ['an index past a table', { ending: [7] }, /ending points at entry 7/],
    ['an outcome of its own', { endings: [{ outcome: 1, trigger: 5 }] }, /outcome is "p"/],
    ['a trigger of its own', { endings: [{ outcome: 4, trigger: 1 }] }, /trigger is "p"/],
    ['an empty name', { checks: [{ probe: 0, type: 2, target: 3 }] }, /probe is empty/],
    ['seq 0', { firstSeq: 0 }, /seqs begin at 1/],
    ['no boot', { boot: '' }, /boot is empty/],
    ['a time before the epoch', { scheduledMs: [-5] }, /scheduled_ms is not a whole number/],
    [
      'a long string',
      { strings: ['', 'p', 'http', 't', 'ok', 'schedule', 'x'.repeat(2000)] },
      /longer than 1024 bytes/,
    ],
    ['a huge dictionary', { strings: many(10_001).map(() => '') }, /more than 10000/],
    ['too many results', { check: many(1001) }, /more than 1000/],
    ['too many metrics', { shapes: [{ metric: many(65) }] }, /more than 64/],
    ['too many attributes', { attributeSets: [{ key: many(65), value: many(65) }] }, /more than 64/],
    ['unequal attributes', { attributeSets: [{ key: [1], value: [] }] }, /unequal/],
  ])('with %s is a bad frame', (_what, change, message) => {
    expect(send(change)).toMatch(/^bad_frame: /);
    expect(send(change)).toMatch(message);
  });

  it('of more than the frame limit is a bad frame', () => {
    expect(closeOf(new Uint8Array(LINK_LIMITS.frameBytes.value + 1))).toMatch(/^bad_frame: the frame has/);
  });

  it('of no known kind is a bad frame', () => {
    expect(closeOf(new Uint8Array(0))).toMatch(/does not know/);
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
