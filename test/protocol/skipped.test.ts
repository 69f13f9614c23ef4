import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import { wire } from '../../protocol/wire.ts';
import { recordOf } from '../support/records.ts';

describe('results that were given up', () => {
  it('are said with the batch behind them', () => {
    const frame = decodeFrame(
      encodeFrame({ type: 'results', batch: { boot: 'b', skipped: 6, records: [recordOf(9)] } }),
    );
    expect(frame).toMatchObject({ batch: { skipped: 6, records: [{ seq: 9 }] } });
  });

  it('cost nothing when there are none', () => {
    const frame = (skipped?: number) =>
      encodeFrame({
        type: 'results',
        batch: { boot: 'b', ...(skipped === undefined ? {} : { skipped }), records: [recordOf(9)] },
      });
    expect(frame(0)).toEqual(frame());
    expect(decodeFrame(frame(0))).not.toHaveProperty('batch.skipped');
  });

  it('cannot be more than there are numbers before', () => {
    const bytes = encodeFrame({ type: 'results', batch: { boot: 'b', skipped: 8, records: [recordOf(9)] } });
    const envelope = wire.Envelope.decode(bytes);
    expect(() => decodeFrame(bytes)).not.toThrow();
    if (envelope.results) envelope.results.skipped = 9;
    expect(() => decodeFrame(wire.Envelope.encode(envelope).finish())).toThrow(/cannot have been skipped/);
  });
});
