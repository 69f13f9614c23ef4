import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleOf } from '../../probes/metrics.ts';
import { encodeBatch } from '../../protocol/batch-codec.ts';
import { viewBatch } from '../../protocol/batch-view.ts';
import { decodeFrame, decodeReceived, encodeFrame } from '../../protocol/codec.ts';
import { batches } from './arbitraries.ts';

describe('a batch in columns', () => {
  it('says of every result what its record says', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const view = viewBatch(encodeBatch(batch));
        expect(view).toMatchObject({ boot: batch.boot, count: batch.records.length });
        for (const [row, record] of batch.records.entries()) {
          const { failure, missedReason } = record;
          expect(view.firstSeq + row).toBe(record.seq);
          expect(view.scheduledMsAt(row)).toBe(record.scheduledMs);
          expect(view.checks[view.check[row] ?? -1]).toEqual({
            probe: record.probe,
            type: record.type,
            target: record.target,
          });
          expect(view.endings[view.ending[row] ?? -1]).toEqual({
            outcome: record.outcome,
            trigger: record.trigger,
            requestId: record.requestId,
            layer: failure?.layer ?? '',
            blame: failure?.blame ?? '',
            code: failure?.code ?? '',
            message: failure?.message ?? '',
            missedReason: missedReason ?? '',
          });
          const metrics = view.shapes[view.shape[row] ?? -1]?.metrics ?? [];
          expect(metrics).toEqual(Object.keys(record.metrics));
          const start = view.valueStart[row] ?? 0;
          expect(view.values.slice(start, start + metrics.length)).toEqual(
            Object.entries(record.metrics).map(([name, value]) => Math.round(value * scaleOf(name))),
          );
          const set = view.attributeSets[view.attributeSet[row] ?? -1];
          expect(set?.keys.map((key, i) => [key, set.values[i]])).toEqual(Object.entries(record.attributes));
          expect(view.rssKib[row]).toBe(record.state.rssBytes / 1024);
          expect(view.clockOffsetMs[row]).toBe(record.state.clockOffsetMs);
          expect(view.disturbed[row]).toBe(record.state.disturbed);
        }
      }),
    );
  });

  it('comes out of a frame as records come out of it', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const bytes = encodeFrame({ type: 'results', batch });
        const frame = decodeReceived(bytes);
        if (frame.type !== 'results') throw new Error(frame.type);
        expect(frame.view.check).toHaveLength(batch.records.length);
        expect(decodeFrame(bytes)).toEqual({ type: 'results', batch });
        expect({ ...frame.view, scheduledMsAt: undefined }).toEqual({
          ...viewBatch(encodeBatch(batch)),
          scheduledMsAt: undefined,
        });
      }),
    );
  });

  it('has each attribute once, the last of those whose keys became equal when they were cut', () => {
    const [record] = fc.sample(batches, 1)[0]?.records ?? [];
    if (!record) throw new Error('no record');
    const long = 'k'.repeat(1024);
    const attributes = { [`${long}1`]: 'first', other: 'x', [`${long}2`]: 'last' };
    const view = viewBatch(encodeBatch({ boot: 'b', records: [{ ...record, attributes }] }));
    expect(view.attributeSets).toEqual([{ keys: [long, 'other'], values: ['last', 'x'] }]);
  });
});
