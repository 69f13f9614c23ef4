/** Each limit of the link past its end; what sessions make of credit and time is in the tests of these. */
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import { CLOSE_CODES, ProtocolError } from '../../protocol/errors.ts';
import type { Assignment, Frame, Hello } from '../../protocol/frame.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { wire } from '../../protocol/wire.ts';

const assignment: Assignment = {
  probe: 'home',
  type: 'http',
  target: { name: 'origin', url: 'http://video.example/', labels: {} },
  everyMs: 1000,
  timeoutMs: 1000,
  params: {},
  effectiveFromMs: 0,
};
const hello: Hello = {
  type: 'hello',
  versions: [1],
  agent: 'agent-1',
  boot: 'boot-1',
  labels: {
    ...{ region: 'eu', country: 'IE', city: 'Dublin', lat: 53, lon: -6, asn: 64_500 },
    ...{ isp: 'Example', provider: 'edge', network: 'datacenter', tags: [] },
  },
  capabilities: { probeTypes: ['http'], browser: '' },
  software: 'test',
  scheduleRevision: 0,
  spooledBoots: ['boot-1'],
  sentMs: 1,
};
const record: ResultRecord = {
  ...{ seq: 1, probe: 'home', type: 'http', target: 'origin', scheduledMs: 1, latenessMs: 0, durationMs: 1 },
  ...{ trigger: 'schedule', requestId: '', outcome: 'ok', metrics: {}, attributes: {} },
  state: { eventLoopDelayMs: 0, cpuRatio: 0, rssBytes: 0, clockOffsetMs: 0, disturbed: false },
};
const results = (changes: readonly Partial<ResultRecord>[]): Frame => ({
  type: 'results',
  batch: { boot: 'b', records: changes.map((change, i) => ({ ...record, ...change, seq: i + 1 })) },
});
const schedule = (assignments: readonly Assignment[]): Frame => ({
  type: 'schedule',
  revision: 1,
  assignments,
});

const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);
const numbered = <T>(count: number, value: (i: number) => T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`custom${i}_count`, value(i)]));

/** `accepted`, or the code that the session is closed with. */
function fate(frame: Frame): string | number {
  return fateOf(encodeFrame(frame));
}

function fateOf(bytes: Uint8Array): string | number {
  try {
    decodeFrame(bytes);
    return 'accepted';
  } catch (error) {
    if (error instanceof ProtocolError) return error.closeCode;
    throw error;
  }
}

/** A frame at a limit, and the same one past it. */
const CASES: Readonly<
  Record<Exclude<keyof typeof LINK_LIMITS, Elsewhere>, (count: number) => Frame | Uint8Array>
> = {
  batchResults: (count) => results(Array.from({ length: count }, () => ({}))),
  dictionaryEntries: (count) =>
    wire.Envelope.encode({
      results: { boot: 'b', firstSeq: 1, strings: names(count), checks: [], check: [] },
    }).finish(),
  metricsPerResult: (count) => results([{ metrics: numbered(count, (i) => i) }]),
  attributesPerResult: (count) => results([{ attributes: numbered(count, () => 'x') }]),
  helloEntries: (count) => ({ ...hello, spooledBoots: names(count) }),
  urlBytes: (count) =>
    schedule([{ ...assignment, target: { ...assignment.target, url: 'x'.repeat(count) } }]),
  // Quotes included.
  paramsBytes: (count) => schedule([{ ...assignment, params: 'x'.repeat(count - 2) }]),
  watchers: (count) =>
    wire.Envelope.encode({
      watchAnswer: {
        run: 'r',
        reports: names(count).map((agent) => ({ agent, region: 'eu', visibleMs: 1 })),
      },
    }).finish(),
  playUrls: (count) =>
    wire.Envelope.encode({
      watchRequest: {
        ...{ run: 'r', probe: 'p', target: 't', fromJson: '[{}]' },
        watch: { playUrls: names(count), sinceWallMs: 1, untilWallMs: 2, pollMs: 1 },
      },
    }).finish(),
  // Quotes, braces and the name included.
  evidenceBytes: (count) => ({
    ...{ type: 'evidence', run: 'r', probe: 'p', target: 't', atMs: 1, givenUp: 0 },
    text: JSON.stringify({ a: 'x'.repeat(count - 8) }),
  }),
  assignments: (count) =>
    schedule(Array.from({ length: count }, (_, i) => ({ ...assignment, probe: `probe-${i}` }))),
};
/** Tested in the codec (`stringBytes`, `frameBytes`) and in sessions of either side. */
type Elsewhere = 'stringBytes' | 'frameBytes' | 'creditResults' | 'helloMs' | 'healthEveryMs';

describe('a frame', () => {
  it.each(Object.keys(CASES) as (keyof typeof CASES)[])(
    'at the limit of %s is taken, past it closes the session',
    (name) => {
      const [at, past] = [0, 1].map((more) => {
        const frame = CASES[name](LINK_LIMITS[name].value + more);
        return frame instanceof Uint8Array ? fateOf(frame) : fate(frame);
      });
      // The bare dictionary has no results, which is said after its length was looked at.
      if (name !== 'dictionaryEntries') expect(at).toBe('accepted');
      expect(past).toBe(CLOSE_CODES.bad_frame);
    },
  );

  it('with too long a dictionary is refused for that, and not for what it lacks', () => {
    const message = (count: number): string => {
      try {
        decodeFrame(CASES.dictionaryEntries(count) as Uint8Array);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message(LINK_LIMITS.dictionaryEntries.value)).toContain('no results');
    expect(message(LINK_LIMITS.dictionaryEntries.value + 1)).toContain('strings has');
  });
});
