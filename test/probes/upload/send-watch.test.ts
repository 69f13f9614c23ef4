import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { TcpInfo } from '../../../probes/net/tcp-info.ts';
import { UPLOAD_LIMITS } from '../../../probes/upload/limits.ts';
import { SendWatch } from '../../../probes/upload/send-watch.ts';

/** A clock that each reading of the queue moves on, so that times are what the script says. */
function scripted(readings: readonly (number | undefined)[]) {
  let nowMs = 100;
  let index = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => 0 };
  const readQueue = async () => {
    const queue = readings[Math.min(index++, readings.length - 1)];
    nowMs += 10;
    return queue;
  };
  // Never connected: nothing waits in it, as after a body that the kernel took at once.
  const watch = new SendWatch(new Socket(), { clock, readQueue });
  return { watch, count: () => index };
}

/** The whole body, of 5000 bytes, at 100 ms. */
function written(watch: SendWatch): void {
  watch.wrote(5000, 100, 200);
  watch.wroteAll();
}

async function settled(ms = 60): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe('a watch by the send queue', () => {
  it('takes the first empty queue for acceptance', async () => {
    const { watch } = scripted([5000, 3000, 0]);
    written(watch);
    await settled();
    expect(watch.evidence).toBe('accepted');
    // Two readings of 10 ms went before the one that found it empty.
    expect(await watch.stop(1000)).toEqual({ atMs: 120, clock: 'kernel_queue' });
  });

  it('reads no more once the queue was empty', async () => {
    const { watch, count } = scripted([0]);
    written(watch);
    await settled();
    expect(count()).toBe(1);
    await watch.stop(1000);
    expect(count()).toBe(1);
  });

  it('takes the answer for acceptance when it comes while bytes were still seen waiting', async () => {
    const { watch } = scripted([5000]);
    written(watch);
    await settled();
    expect(watch.evidence).toBe('pending');
    expect(await watch.stop(777)).toEqual({ atMs: 777, clock: 'kernel_queue' });
  });

  it('is never later than the answer', async () => {
    const { watch } = scripted([5000, 5000, 0]);
    written(watch);
    await settled();
    expect(await watch.stop(105)).toEqual({ atMs: 105, clock: 'kernel_queue' });
  });

  it('falls back to its own clock, and says so, where the system tells nothing', async () => {
    const { watch } = scripted([undefined]);
    written(watch);
    await settled();
    expect(watch.evidence).toBe('none');
    expect(await watch.stop(500)).toEqual({ atMs: 100, clock: 'app' });
  });

  it('knows of no acceptance when there was no answer and bytes were waiting', async () => {
    const { watch } = scripted([5000]);
    written(watch);
    await settled();
    expect(await watch.stop(undefined)).toBeUndefined();
    expect(watch.evidence).toBe('pending');
  });

  it('keeps what it knew of acceptance when no answer came', async () => {
    const { watch } = scripted([0]);
    written(watch);
    await settled();
    expect(await watch.stop(undefined)).toEqual({ atMs: 100, clock: 'kernel_queue' });
    expect(watch.evidence).toBe('accepted');
  });

  it('says nothing of a body that was never written whole', async () => {
    const { watch } = scripted([0]);
    expect(await watch.stop(undefined)).toBeUndefined();
    expect(watch.evidence).toBe('none');
  });

  it('takes the answer for the end of a body that was refused before it was written', async () => {
    const { watch } = scripted([0]);
    expect(await watch.stop(300)).toEqual({ atMs: 300, clock: 'app' });
  });

  it('reads less often while much is waiting and little goes', async () => {
    const slow = scripted(Array.from({ length: 1000 }, (_, i) => 1_000_000 - i));
    written(slow.watch);
    await settled(300);
    await slow.watch.stop(undefined);
    // Every 5 ms would be 60; every 50 ms, after the first few, is about 10.
    expect(slow.count()).toBeLessThan(25);
  });
});

describe('a watch by TCP_INFO', () => {
  const ZERO: TcpInfo = {
    ...{ ackedBytes: 0, pendingBytes: 0, isStarved: false, isLoneSegment: false },
    ...{ sentBytes: 0, retransBytes: 0, sinceAckMs: 0, sinceDataMs: 9999, sackedBytes: 0 },
    ...{ rttMs: 30, minRttMs: 10, deliveryRateBps: 0, busyMs: 0, rwndLimitedMs: 0, sndbufLimitedMs: 0 },
  };

  /** The first reading is that before the request; the clock moves on by 10 ms before each later one. */
  function told(
    readings: readonly (Partial<TcpInfo> | undefined)[],
    { socket = new Socket(), onReading = (_count: number) => {} } = {},
  ) {
    let nowMs = 100;
    let index = 0;
    const readInfo = () => {
      const reading = readings[Math.min(index++, readings.length - 1)];
      onReading(index);
      return reading && { ...ZERO, ...reading };
    };
    const clock = {
      monotonicMs: () => {
        if (index > 0) nowMs += 10;
        return nowMs;
      },
      wallMs: () => 0,
    };
    return { watch: new SendWatch(socket, { clock, readInfo }), count: () => index };
  }

  const sent = (ackedBytes: number, sinceAckMs = 0) => ({
    ackedBytes,
    pendingBytes: 5200 - ackedBytes,
    sinceAckMs,
  });

  it('dates the acceptance back to when the acknowledgement came', async () => {
    const { watch } = told([{}, sent(200), sent(3000), sent(5200, 4)]);
    written(watch);
    await watch.settled();
    expect(watch.evidence).toBe('accepted');
    expect(await watch.stop(1000)).toEqual({ atMs: 126, clock: 'tcp_info' });
    expect(watch.ackedBytes).toBe(5000);
  });

  it('does not date it back to before bytes were last seen pending', async () => {
    const { watch } = told([{}, sent(3000), sent(5200, 4000)]);
    written(watch);
    await watch.settled();
    expect(await watch.stop(1000)).toEqual({ atMs: 110, clock: 'tcp_info' });
  });

  it('reckons by the rate when the answer came between two readings', async () => {
    let stopped: Promise<unknown> | undefined;
    const { watch } = told([{}, sent(200), sent(2200), sent(4200), sent(5200)], {
      onReading: (count) => {
        if (count === 4) stopped = watch.stop(139);
      },
    });
    written(watch);
    await watch.settled();
    // 1000 bytes were pending at 130 ms, and 200 went in a millisecond.
    expect(await stopped).toEqual({ atMs: 135, clock: 'tcp_info' });
  });

  it('reckons by the rate when the answer is there already, though nobody has read it yet', async () => {
    const answered = { ...sent(5200), sinceAckMs: 1, sinceDataMs: 1 };
    const { watch } = told([{}, sent(200), sent(2200), sent(4200), answered]);
    written(watch);
    await watch.settled();
    expect(await watch.stop(1000)).toEqual({ atMs: 135, clock: 'tcp_info' });
  });

  it('takes for delivered what the peer has behind a gap', async () => {
    // Nothing is acknowledged while the gap lasts, and 2000 bytes get there between two readings all the same.
    const gap = (sackedBytes: number) => ({ ...sent(200), sackedBytes });
    const { watch } = told([{}, gap(0), gap(2000), gap(4000), { ...sent(5200), sinceDataMs: 0 }]);
    written(watch);
    await watch.settled();
    expect(await watch.stop(1000)).toEqual({ atMs: 135, clock: 'tcp_info' });
  });

  describe('with one segment left', () => {
    const tail = { ...sent(4200), isLoneSegment: true };
    const rest = { ...tail, sinceAckMs: 10 };
    const begun = [{}, sent(200), sent(2200)];

    it('does not wait for an acknowledgement that the peer holds back', async () => {
      const { watch } = told([...begun, tail, rest, rest, rest, rest, sent(5200)]);
      written(watch);
      await watch.settled();
      // Acknowledged to there at 130 ms, and 1000 bytes more at 200 in a millisecond; the reading was 45 ms later.
      expect(await watch.stop(1000)).toEqual({ atMs: 135, clock: 'tcp_info' });
      expect(watch.delayedAckMs).toBe(45);
      expect(watch.evidence).toBe('accepted');
    });

    it('takes one that is hardly late for what it is', async () => {
      const { watch } = told([...begun, tail, rest, sent(5200)]);
      written(watch);
      await watch.settled();
      expect(await watch.stop(1000)).toEqual({ atMs: 150, clock: 'tcp_info' });
      expect(watch.delayedAckMs).toBeUndefined();
    });

    it('takes one that is far later than peers wait for a stall', async () => {
      const { watch } = told([...begun, tail, ...Array.from({ length: 30 }, () => rest), sent(5200)]);
      written(watch);
      await watch.settled();
      expect(await watch.stop(1000)).toEqual({ atMs: 440, clock: 'tcp_info' });
    });

    it('waits for it where the segment had to be sent again', async () => {
      const again = { ...rest, retransBytes: 1000 };
      const { watch } = told([
        ...begun,
        tail,
        again,
        again,
        again,
        again,
        { ...sent(5200), retransBytes: 1000 },
      ]);
      written(watch);
      await watch.settled();
      expect(await watch.stop(1000)).toEqual({ atMs: 180, clock: 'tcp_info' });
    });

    it('does not take the answer for it', async () => {
      let stopped: Promise<unknown> | undefined;
      const { watch } = told([...begun, tail, rest, rest, sent(5200)], {
        onReading: (count) => {
          if (count === 6) stopped = watch.stop(155);
        },
      });
      written(watch);
      await watch.settled();
      expect(await stopped).toEqual({ atMs: 135, clock: 'tcp_info' });
    });

    it('reckons a body of one segment by the smallest round trip', async () => {
      const only = { ackedBytes: 0, pendingBytes: 5200, isLoneSegment: true };
      const { watch } = told([{}, only, only, only, only, only, sent(5200)]);
      written(watch);
      await watch.settled();
      // Written at 100 ms, 10 ms away.
      expect(await watch.stop(1000)).toEqual({ atMs: 110, clock: 'tcp_info' });
      expect(watch.delayedAckMs).toBe(50);
    });
  });

  it('counts acknowledged bytes of the body alone: not those before it, nor its head', async () => {
    const before = { ackedBytes: 700, pendingBytes: 300 };
    const { watch } = told([
      before,
      { ackedBytes: 1100, pendingBytes: 9 },
      { ackedBytes: 2200, pendingBytes: 9 },
    ]);
    written(watch);
    await expect.poll(() => watch.ackedBytes, { interval: 1 }).toBe(1000);
    await watch.stop(undefined);
    // The first reading had not even the head of 200 bytes whole.
    expect(watch.firstAckedMs).toBe(120);
  });

  it('counts a little less under TLS, whose records are more than their content', async () => {
    const { watch } = told([{}, { ackedBytes: 4200, pendingBytes: 9 }], { socket: tlsSocket() });
    written(watch);
    await expect.poll(() => watch.ackedBytes, { interval: 1 }).toBe(Math.floor((4000 * 16384) / 16413));
    await watch.stop(undefined);
  });

  it('tells the longest time without an acknowledgement, and the round trips meanwhile', async () => {
    const stuck = sent(3000);
    const { watch } = told([{}, sent(200), stuck, stuck, stuck, { ...sent(5200), rttMs: 90 }]);
    written(watch);
    await watch.settled();
    await watch.stop(1000);
    const { rttsMs, stallMaxMs, base, last } = watch.facts ?? {};
    // From the reading that saw it grow, to the last that did not.
    expect(stallMaxMs).toBe(20);
    expect(rttsMs).toEqual([30, 30, 30, 30, 90]);
    expect([base?.ackedBytes, last?.ackedBytes]).toEqual([0, 5200]);
  });

  it('knows how long the kernel had nothing more to send while the process had', async () => {
    const socket = new Socket();
    // Corked: what is written waits in the process.
    socket.cork();
    socket.write('more');
    const isStarved = true;
    const readings = [{}, { ...sent(1000), isStarved }, sent(2000), { ...sent(3000), isStarved }, sent(4000)];
    const { watch } = told(readings, { socket });
    watch.wrote(5000, 100, 200);
    await expect.poll(() => watch.ackedBytes, { interval: 1 }).toBe(3800);
    expect(watch.facts?.starvedMs).toBe(20);
    await watch.stop(undefined);
  });

  it('looks no more often than every 50 ms while the body is under way', async () => {
    const { watch, count } = told([{}, sent(200)]);
    watch.wrote(5000, 100, 200);
    await settled(400);
    await watch.stop(undefined);
    // The first few follow faster: 1, 2, 4, 8, 16, 32.
    expect(count()).toBeLessThan(18);
    expect(watch.evidence).toBe('pending');
  });

  it('keeps no more round trips than it is willing to', async () => {
    const { value } = UPLOAD_LIMITS.rttReadings;
    const { watch, count } = told([{}, sent(200)]);
    written(watch);
    // Each wakes it for another reading.
    while (count() < value + 10) {
      watch.wroteAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await watch.stop(undefined);
    expect(watch.facts?.rttsMs).toHaveLength(value);
  });

  it('does not take a body for accepted that was not written whole when readings began to fail', async () => {
    const { watch, count } = told([{}, sent(200), undefined]);
    watch.wrote(2000, 100, 200);
    await expect.poll(count, { interval: 1 }).toBeGreaterThan(3);
    expect(watch.evidence).toBe('pending');
    watch.wrote(3000, 500, 0);
    watch.wroteAll();
    await watch.settled();
    expect(watch.leftMs).toBeGreaterThan(130);
    expect(await watch.stop(1000)).toEqual({ atMs: watch.leftMs, clock: 'app' });
  });

  it('goes on with readings after one that failed', async () => {
    const { watch } = told([{}, sent(200), undefined, sent(3000), sent(5200)]);
    watch.wrote(5000, 100, 200);
    await expect.poll(() => watch.ackedBytes, { interval: 1 }).toBe(5000);
    watch.wroteAll();
    await watch.settled();
    expect(await watch.stop(1000)).toMatchObject({ clock: 'tcp_info' });
  });

  it('has nothing to tell of a connection that the kernel does not know', async () => {
    const socket = new Socket();
    const watch = new SendWatch(socket, {
      clock: { monotonicMs: () => 100, wallMs: () => 0 },
      readInfo: () => undefined,
      readQueue: async () => undefined,
    });
    written(watch);
    await watch.settled();
    expect(watch.facts).toBeUndefined();
    expect(watch.ackedBytes).toBeUndefined();
    expect(await watch.stop(500)).toEqual({ atMs: 100, clock: 'app' });
  });
});

function tlsSocket(): Socket {
  return Object.assign(new Socket(), { encrypted: true });
}
