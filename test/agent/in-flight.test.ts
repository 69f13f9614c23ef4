import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InFlight } from '../../agent/in-flight.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';

describe('InFlight', () => {
  it('begins after what the collector holds', () => {
    const flight = new InFlight(
      new Map([
        ['old', 7],
        ['new', 0],
      ]),
      100,
    );
    expect(flight.boots()).toEqual(['old', 'new']);
    expect([flight.cursor('old'), flight.cursor('new')]).toEqual([7, 0]);
    expect(flight.room).toBe(100);
    expect(flight.first).toBeUndefined();
  });

  it('spends credit on what is sent and gets it back with the ack, in part too', () => {
    const flight = new InFlight(new Map([['boot', 0]]), 10);
    flight.sent('boot', 4, 4);
    flight.sent('boot', 8, 4);
    expect([flight.count, flight.room]).toEqual([8, 2]);
    flight.acked('boot', 6, 10);
    expect([flight.count, flight.room]).toEqual([2, 8]);
    expect(flight.first).toEqual({ boot: 'boot', seq: 7 });
    flight.acked('boot', 8, 3);
    expect([flight.count, flight.room]).toEqual([0, 3]);
  });

  it('takes no more credit than a session may have', () => {
    const { value } = LINK_LIMITS.creditResults;
    const flight = new InFlight(new Map([['boot', 0]]), value + 1);
    expect(flight.room).toBe(value);
    flight.sent('boot', 4, 4);
    flight.acked('boot', 2, 1e9);
    expect(flight.room).toBe(value - 2);
  });

  it('has no room while more is in flight than a lowered credit allows', () => {
    const flight = new InFlight(new Map([['boot', 0]]), 10);
    flight.sent('boot', 10, 10);
    flight.acked('boot', 2, 5);
    expect(flight.room).toBe(0);
  });

  it('refuses the ack of something that was never sent, of a boot that it does not know as well', () => {
    const flight = new InFlight(new Map([['boot', 0]]), 10);
    flight.sent('boot', 4, 4);
    expect(() => flight.acked('boot', 5, 10)).toThrow(ProtocolError);
    expect(() => flight.acked('other', 1, 10)).toThrow(ProtocolError);
    expect(flight.count).toBe(4);
  });

  it('counts exactly what was sent and not acknowledged', () => {
    const step = fc.record({
      boot: fc.constantFrom('a', 'b'),
      send: fc.integer({ min: 0, max: 5 }),
      ack: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const flight = new InFlight(
          new Map([
            ['a', 0],
            ['b', 0],
          ]),
          1000,
        );
        const state = { a: { sent: 0, acked: 0 }, b: { sent: 0, acked: 0 } };
        for (const { boot, send, ack } of steps) {
          const its = state[boot as 'a' | 'b'];
          if (send > 0) {
            its.sent += send;
            flight.sent(boot, its.sent, send);
          }
          const seq = Math.floor(its.sent * ack);
          flight.acked(boot, seq, 1000);
          its.acked = Math.max(its.acked, seq);
          const count = state.a.sent - state.a.acked + (state.b.sent - state.b.acked);
          expect(flight.count).toBe(count);
          expect(flight.room).toBe(1000 - count);
        }
      }),
    );
  });
});
