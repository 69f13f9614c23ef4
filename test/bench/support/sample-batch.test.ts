import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../../protocol/codec.ts';
import { sampleBatch } from './sample-batch.ts';

describe('a sample batch', () => {
  it('holds real results of the light probes, in order, that survive the wire', async () => {
    const batch = await sampleBatch(12);
    const { records } = batch;
    expect(records).toHaveLength(12);
    expect(new Set(records.map(({ type }) => type))).toContain('playback');
    expect(records.every(({ outcome }) => outcome === 'ok')).toBe(true);
    const slots = records.map(({ scheduledMs }) => scheduledMs);
    expect(slots).toEqual(slots.toSorted((a, b) => a - b));
    for (const { metrics } of records) expect(metrics.connect_ms).toBeGreaterThan(0);
    const decoded = decodeFrame(encodeFrame({ type: 'results', batch }));
    expect(decoded.type === 'results' && decoded.batch.records.map(({ seq }) => seq)).toEqual(
      records.map(({ seq }) => seq),
    );
  });
});
