/** Frames for tests of the codec, and what is said of bytes that are none. */
import { expect } from 'vitest';
import { decodeFrame, decodeReceived } from '../../protocol/codec.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Frame } from '../../protocol/frame.ts';

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

export const watch = {
  playUrls: ['http://video.example/play/1', 'http://video.example/play/2'],
  sinceWallMs: 1_800_000_000_000.25,
  pollMs: 500,
  untilWallMs: 1_800_000_060_000,
  cmcd: 'off' as const,
};

/** One frame of every kind; the type makes a new kind fail to compile until it stands here. */
export const frames: {
  readonly [Kind in Exclude<Frame['type'], 'results'>]: Extract<Frame, { type: Kind }>;
} = {
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

/** What agents and the collector say of a frame: the same. */
export const closeOf = (bytes: Uint8Array): string => {
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
