import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultAt } from '../../sandbox/fault.ts';
import { FAULT_KINDS, FaultSyntaxError, parseFault } from '../../sandbox/parse-fault.ts';

function refusal(text: string): FaultSyntaxError {
  try {
    parseFault(text);
  } catch (error) {
    if (error instanceof FaultSyntaxError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

describe('parseFault', () => {
  it.each([
    ['latency=400ms', { kind: 'latency', value: { delayMs: 400 } }],
    ['jitter=1.5s', { kind: 'jitter', value: { delayMs: 1500 } }],
    ['bandwidth=1Mbit', { kind: 'bandwidth', value: { bitsPerSecond: 1e6 } }],
    ['reset=20%', { kind: 'reset', value: { share: 0.2 } }],
    ['error=503:20%', { kind: 'error', value: { status: 503, share: 0.2 } }],
    ['error=20%', { kind: 'error', value: { status: 503, share: 0.2 } }],
    ['error=429', { kind: 'error', value: { status: 429, share: 1 } }],
    ['truncate=20%', { kind: 'truncate', value: { share: 0.2 } }],
    ['truncate=1000', { kind: 'truncate', value: { share: 1, bytes: 1000 } }],
    ['truncate=64KiB:5%', { kind: 'truncate', value: { share: 0.05, bytes: 65_536 } }],
    ['blackhole', { kind: 'blackhole', value: {} }],
  ])('reads %s with its window', (effect, expected) => {
    const spec = parseFault(`eu-west:${effect}@45s+1m`);
    expect(spec).toEqual({ region: 'eu-west', ...expected, afterMs: 45_000, lengthMs: 60_000 });
  });

  it('leaves the length out for a fault that stays', () => {
    expect(parseFault('eu-west:latency=400ms@30s')).toEqual({
      region: 'eu-west',
      kind: 'latency',
      value: { delayMs: 400 },
      afterMs: 30_000,
    });
  });

  it('gives every kind that is named alone the value of its example', () => {
    for (const { kind, example } of FAULT_KINDS) {
      const alone = parseFault(`eu:${kind}@0`);
      expect(alone.kind).toBe(kind);
      if (example !== '') expect(alone).toEqual(parseFault(`eu:${kind}=${example}@0`));
    }
  });

  it.each([
    ['', 'begin with a region'],
    ['latency=400ms@45s', 'begin with a region'],
    ['eu west:latency@45s', 'begin with a region'],
    ['eu-west:latency=400ms', 'when to start'],
    ['eu@west:latency', 'begin with a region'],
    ['eu-west:lag=400ms@45s', 'no kind of fault "lag"'],
    ['eu-west:constructor@45s', 'no kind of fault "constructor"'],
    ['eu-west:@45s', 'no kind of fault ""'],
    ['eu-west:latency=@45s', 'the value of latency must be a duration'],
    ['eu-west:latency=400@45s', 'the value of latency must be a duration'],
    ['eu-west:latency=61s@45s', 'up to 60s'],
    ['eu-west:latency=0@45s', 'the value of latency must be a duration'],
    ['eu-west:bandwidth=1bit@45s', 'from 8kbit to 10Gbit'],
    ['eu-west:reset=120%@45s', 'up to 100%'],
    ['eu-west:error=200@45s', 'a status from 400 to 599'],
    ['eu-west:error=503:@45s', 'a status from 400 to 599'],
    ['eu-west:error=:20%@45s', 'a status from 400 to 599'],
    ['eu-west:error=503:20%:5%@45s', 'a status from 400 to 599'],
    ['eu-west:truncate=1.5@45s', 'a share, a size, or both'],
    ['eu-west:truncate=:20%@45s', 'a share, a size, or both'],
    ['eu-west:blackhole=1@45s', 'a blackhole has none'],
    ['eu-west:blackhole=@45s', 'a blackhole has none'],
    ['eu-west:latency@', 'its start "" is not a duration'],
    ['eu-west:latency@45', 'its start "45" is not a duration'],
    ['eu-west:latency@45s+', 'its length "" is not a duration'],
    ['eu-west:latency@45s+0', 'a length of 0'],
    ['eu-west:latency@45s+8760h', 'at most 7 days'],
    ['eu-west:latency@45s+5s+5s', 'its length "5s+5s" is not a duration'],
  ])('says of %s what is wrong with it', (text, why) => {
    expect(refusal(text).message).toContain(`The fault "${text}" cannot be read: `);
    expect(refusal(text).message).toContain(why);
    expect(refusal(text).code).toBe('bad_fault');
  });

  it('says what to try: the grammar, the kinds, or a value that works', () => {
    expect(refusal('latency').hint).toContain('REGION:KIND[=VALUE]@START[+LENGTH]');
    for (const { kind } of FAULT_KINDS) expect(refusal('eu-west:lag@45s').hint).toContain(kind);
    const tried = /Try (\S+)@START/.exec(refusal('eu-west:error=nope@45s').hint)?.[1];
    expect(parseFault(`eu-west:${tried}@0`).kind).toBe('error');
  });

  it('cuts what it repeats of a monstrous input', () => {
    expect(refusal('x'.repeat(1e6)).message.length).toBeLessThan(400);
  });

  it('either reads any text or refuses it with a FaultSyntaxError', () => {
    const piece = fc.constantFrom(
      'eu-west',
      ':',
      '=',
      '@',
      '+',
      '%',
      '20%',
      '503',
      '45s',
      'error',
      'truncate',
      'blackhole',
      '1',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        try {
          const spec = parseFault(written);
          expect(spec.afterMs).toBeGreaterThanOrEqual(0);
          expect(spec.lengthMs ?? 1).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(FaultSyntaxError);
        }
      }),
    );
  });

  it('reads back whatever is written by the grammar', () => {
    const region = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    const delayMs = fc.integer({ min: 1, max: 60_000 });
    const window = fc.record({ afterMs: fc.nat(1e6), lengthMs: fc.integer({ min: 1, max: 1e6 }) });
    fc.assert(
      fc.property(region, delayMs, window, (name, ms, { afterMs, lengthMs }) => {
        const spec = parseFault(`${name}:latency=${ms}ms@${afterMs}ms+${lengthMs}ms`);
        expect(spec).toEqual({ region: name, kind: 'latency', value: { delayMs: ms }, afterMs, lengthMs });
      }),
    );
  });
});

describe('faultAt', () => {
  it('puts the window of a fault after the start of the experiment', () => {
    const fault = faultAt(parseFault('eu-west:latency=400ms@45s+30s'), 1000);
    expect(fault).toEqual({ kind: 'latency', value: { delayMs: 400 }, startMs: 46_000, endMs: 76_000 });
  });

  it('lets a fault without a length stay', () => {
    expect(faultAt(parseFault('eu-west:blackhole@0'), 1000)).toMatchObject({
      startMs: 1000,
      endMs: Infinity,
    });
  });
});
