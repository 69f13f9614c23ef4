import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../protocol/codec.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { batchOf, bytesOnWire, frameAgents, framesOf, sinceOf } from './ingest-frames.ts';
import { FRAME_RESULTS } from './ingest-settings.ts';

const record: ResultRecord = {
  seq: 4711,
  probe: 'home',
  type: 'http',
  target: 'origin',
  scheduledMs: 0,
  latenessMs: 1,
  durationMs: 20,
  trigger: 'schedule',
  requestId: '',
  outcome: 'ok',
  metrics: { ttfb_ms: 10 },
  attributes: { http_status: '200' },
  state: { eventLoopDelayMs: 1, cpuRatio: 0.1, rssBytes: 1 << 20, clockOffsetMs: 0, disturbed: false },
};
const source = (random: () => number) => ({ records: [record], sinceMs: 1_700_000_000_000, random });

describe('the frames of the ingest benchmark', () => {
  it('carry the results of an agent without a gap, fifty a frame', () => {
    const frames = framesOf(source(Math.random), 'boot', 101, 200).map(decodeFrame);
    const batches = frames.flatMap((frame) => (frame.type === 'results' ? [frame.batch] : []));
    expect(batches.map(({ records }) => records.length)).toEqual(
      Array(200 / FRAME_RESULTS).fill(FRAME_RESULTS),
    );
    const seqs = batches.flatMap(({ records }) => records.map(({ seq }) => seq));
    expect(seqs).toEqual(Array.from({ length: 200 }, (_, i) => 101 + i));
    expect(new Set(batches.map(({ boot }) => boot))).toEqual(new Set(['boot']));
  });

  it('have values of their own, within a tenth of the real ones', () => {
    expect(
      batchOf(
        source(() => 0.5),
        'boot',
        1,
        1,
      ).records[0],
    ).toMatchObject({ metrics: { ttfb_ms: 10 }, durationMs: 20 });
    const most = batchOf(
      source(() => 1),
      'boot',
      1,
      1,
    ).records[0];
    expect(most?.metrics.ttfb_ms).toBeCloseTo(11);
    expect(most?.durationMs).toBeCloseTo(22);
    const varied = batchOf(source(Math.random), 'boot', 1, 50).records.map(({ metrics }) => metrics.ttfb_ms);
    expect(new Set(varied).size).toBeGreaterThan(40);
  });

  it('are a second apart and end now', () => {
    const nowMs = 1_700_000_000_000;
    const since = sinceOf(nowMs, 60);
    const { records } = batchOf({ ...source(Math.random), sinceMs: since }, 'boot', 1, 60);
    expect(records.at(-1)?.scheduledMs).toBe(nowMs);
    expect(records[0]?.scheduledMs).toBe(nowMs - 59_000);
  });

  it('come from agents of every region', () => {
    const agents = frameAgents(60, 30);
    expect(new Set(agents.map(({ id }) => id)).size).toBe(60);
    expect(new Set(agents.map(({ labels }) => labels.region)).size).toBe(30);
  });

  it.each([
    [100, 106],
    [125, 131],
    [126, 134],
    [65_536, 65_550],
  ])('of %i bytes take %i on the wire (RFC 6455 §5.2)', (length, expected) => {
    expect(bytesOnWire(new Uint8Array(length))).toBe(expected);
  });
});
