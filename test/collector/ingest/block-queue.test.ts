import { describe, expect, it } from 'vitest';
import { INGEST_LIMITS } from '../../../collector/ingest/limits.ts';
import { StoreError } from '../../../collector/store/errors.ts';
import { encodeBatch } from '../../../protocol/batch-codec.ts';
import { viewBatch } from '../../../protocol/batch-view.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { agentOf, DAY_MS, NOON, push, queueOver, rowsOf } from './queue-over.ts';

describe('the block queue', () => {
  it('gathers what comes within a moment into one block', async () => {
    const { queue, counters, attempts, commits, membership } = queueOver();
    const [a, b] = [agentOf('a'), agentOf('b')];
    push(queue, a, [NOON, NOON + 1]);
    push(queue, b, [NOON]);
    expect([queue.rows, queue.blocks]).toEqual([3, 1]);
    expect(queue.bytes).toBeGreaterThan(0);
    await queue.empty();
    expect(rowsOf(attempts)).toEqual([3]);
    expect(attempts[0]?.block).toMatchObject({ collector: membership.incarnation, number: 1 });
    expect(commits).toEqual([{ 'a/boot-1': 2, 'b/boot-1': 1 }]);
    expect(counters).toMatchObject({ blocksInserted: 1, resultsStored: 3, insertFailures: 0 });
    expect([queue.rows, queue.bytes, queue.blocks, queue.oldestMs]).toEqual([0, 0, 0, 0]);
    expect(membership.settledBlock).toBe(1);
    expect(await queue.close(1000)).toBe(true);
  });

  it('inserts one block at a time, and what comes meanwhile after it', async () => {
    let open = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const { queue, attempts, membership } = queueOver(async () => {
      open += 1;
      most = Math.max(most, open);
      await gate.promise;
      open -= 1;
    });
    const a = agentOf('a');
    push(queue, a, [NOON]);
    await expect.poll(() => open).toBe(1);
    push(queue, a, [NOON]);
    expect([queue.rows, queue.blocks]).toEqual([2, 2]);
    expect(queue.oldestMs).toBeGreaterThan(0);
    expect(membership.settledBlock).toBe(0);
    gate.resolve();
    await queue.empty();
    expect(attempts.map(({ block }) => block.number)).toEqual([1, 2]);
    expect(most).toBe(1);
    await queue.close(1000);
  });

  it('closes a block at its number of rows, without waiting and without parting a batch of one day', async () => {
    // Whatever the time that it takes to fill: this block is not closed for its age.
    const { queue, attempts } = queueOver(undefined, { clock: manualClock(NOON) });
    const a = agentOf('a');
    const batch = Array.from({ length: 1000 }, () => NOON);
    const full = INGEST_LIMITS.blockRows.value / 1000;
    for (let nth = 0; nth < full + 1; nth += 1) push(queue, a, batch);
    push(queue, a, [NOON]);
    await expect.poll(() => attempts).toHaveLength(1);
    await queue.empty();
    expect(rowsOf(attempts)).toEqual([full * 1000, 1001]);
    await queue.close(1000);
  });

  it('closes a block at its number of bytes', async () => {
    const { queue, attempts } = queueOver(undefined, { clock: manualClock(NOON) });
    const a = agentOf('a');
    const long = 'x'.repeat(1000);
    const record = (seq: number) => {
      const attributes = Object.fromEntries(
        Array.from({ length: 30 }, (_, nth) => [`k${nth}`, `${seq}${long}`]),
      );
      return recordOf(seq, { scheduledMs: NOON, attributes });
    };
    const each = 30 * 1000 * 20;
    for (let nth = 0; nth * each < 1.2 * INGEST_LIMITS.blockBytes.value; nth += 1) {
      const records = Array.from({ length: 20 }, (_, index) => record(nth * 20 + index + 1));
      const view = viewBatch(encodeBatch({ boot: 'boot-1', records }));
      const batch = { owner: a, boot: a.boot, labels: labelsOf('eu-west'), view };
      expect(queue.append(batch, [{ day: 1, from: 0, to: 20 }])).toBe(1);
    }
    await expect.poll(() => attempts).toHaveLength(1);
    expect(attempts[0]?.block.bytes).toBeLessThan(1.1 * INGEST_LIMITS.blockBytes.value);
    await queue.empty();
    expect(attempts).toHaveLength(2);
    await queue.close(1000);
  });

  it('tries a failed block again under its name, and says nothing before it is committed', async () => {
    let failures = 3;
    const { queue, counters, attempts, commits } = queueOver(async () => {
      if (failures > 0) {
        failures -= 1;
        throw new StoreError('unreachable', 'the store is away');
      }
    });
    const a = agentOf('a');
    push(queue, a, [NOON]);
    await expect.poll(() => attempts.length).toBeGreaterThan(0);
    push(queue, a, [NOON]);
    await queue.empty();
    expect(attempts.map(({ block, attempt }) => [block.number, attempt])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
      [2, 1],
    ]);
    expect(attempts.slice(0, 4).every(({ block }) => block === attempts[0]?.block)).toBe(true);
    expect(commits).toEqual([{ 'a/boot-1': 1 }, { 'a/boot-1': 2 }]);
    expect(counters.insertFailures).toBe(3);
    await queue.close(1000);
  });

  it('pauses after each failure in turn for up to twice as long, to a bound', async () => {
    const { retryMinMs, retryMaxMs } = INGEST_LIMITS;
    const share = 0.01;
    const doublings = Math.ceil(Math.log2(retryMaxMs.value / retryMinMs.value));
    // So many that without the bound the last pause would be ten times as long.
    let failures = doublings + 5;
    const startsMs: number[] = [];
    const { queue } = queueOver(
      async () => {
        startsMs.push(performance.now());
        failures -= 1;
        if (failures >= 0) throw new StoreError('unreachable', 'the store is away');
      },
      { random: () => share },
    );
    push(queue, agentOf('a'), [NOON]);
    await queue.empty();
    const pausesMs = startsMs.slice(1).map((startMs, nth) => startMs - (startsMs[nth] as number));
    for (const [nth, pauseMs] of pausesMs.entries()) {
      const boundMs = Math.min(retryMaxMs.value, retryMinMs.value * 2 ** nth);
      // Timers count whole milliseconds.
      expect(pauseMs).toBeGreaterThan(share * boundMs - 2);
    }
    expect(pausesMs.at(-1)).toBeLessThan(10 * share * retryMaxMs.value);
    await queue.close(1000);
  });

  it('gives up at its deadline, whether the store fails or hangs', async () => {
    for (const insert of [
      () => Promise.reject(new Error('away')),
      () => new Promise<void>(() => undefined),
    ]) {
      const { queue, commits } = queueOver(insert);
      push(queue, agentOf('a'), [NOON]);
      expect(await queue.close(300)).toBe(false);
      expect(commits).toEqual([]);
      expect(queue.rows).toBe(1);
    }
  });

  it('gives a slow store fewer and larger blocks, as long as they are small', async () => {
    const clock = manualClock(NOON);
    const { flushMs, flushMaxMs, eagerRows } = INGEST_LIMITS;
    const { queue, attempts } = queueOver(async () => clock.advance(10 * flushMaxMs.value), { clock });
    const a = agentOf('a');
    push(queue, a, [NOON]);
    await queue.empty();
    expect(attempts).toHaveLength(1);

    push(queue, a, [NOON]);
    clock.advance(flushMs.value + 1);
    push(queue, a, [NOON]);
    await expect.poll(() => attempts).toHaveLength(1);
    const batch = Array.from({ length: 1000 }, () => NOON);
    for (let rows = 0; rows < eagerRows.value; rows += batch.length) push(queue, a, batch);
    expect(attempts).toHaveLength(2);
    await queue.empty();

    push(queue, a, [NOON]);
    clock.advance(flushMaxMs.value);
    push(queue, a, [NOON]);
    expect(attempts).toHaveLength(3);
    await queue.close(1000);
  });

  it('gathers for so long that inserts take their part of the time, and no more', async () => {
    const clock = manualClock(NOON);
    const { flushMs, flushMaxMs, insertRatio } = INGEST_LIMITS;
    const insertMs = 120;
    const waitMs = insertMs / insertRatio.value;
    expect(waitMs).toBeGreaterThan(flushMs.value);
    expect(waitMs).toBeLessThan(flushMaxMs.value);
    const { queue, attempts } = queueOver(async () => clock.advance(insertMs), { clock });
    const a = agentOf('a');
    push(queue, a, [NOON]);
    await queue.empty();
    push(queue, a, [NOON]);
    clock.advance(waitMs - 1);
    push(queue, a, [NOON]);
    expect(attempts).toHaveLength(1);
    clock.advance(1);
    push(queue, a, [NOON]);
    expect(rowsOf(attempts)).toEqual([1, 3]);
    await queue.close(1000);
  });

  it('commits what is left when it is closed, without waiting for more', async () => {
    const { queue, attempts } = queueOver();
    push(queue, agentOf('a'), [NOON, NOON + DAY_MS]);
    const startedMs = performance.now();
    expect(await queue.close(5000)).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(INGEST_LIMITS.flushMs.value);
    expect(rowsOf(attempts)).toEqual([1, 1]);
  });
});

it('all that ten thousand agents may have in flight takes less than 60 MB, as ordinary results', async () => {
  const { queue } = queueOver(() => new Promise<void>(() => undefined));
  const share = Math.floor(INGEST_LIMITS.queueRows.value / 10_000);
  const metrics = {
    connect_ms: 0.845,
    ttfb_ms: 12.748,
    body_bytes: 229,
    transfer_ms: 1.298,
    http_total_ms: 19.845,
  };
  const attributes = {
    server_ip: '203.0.113.7',
    http_status: '200',
    http_version: '1.1',
    pop: 'fra1',
    cache_status: 'miss',
  };
  const records = Array.from({ length: share }, (_, index) =>
    recordOf(index + 1, { scheduledMs: NOON + index, metrics, attributes }),
  );
  const boot = '0b1ff2a0-5d3c-4c7e-9a55-1d2f6f1f';
  const view = viewBatch(encodeBatch({ boot, records }));
  const labels = labelsOf('eu-west');
  for (let nth = 0; nth < 10_000; nth += 1) {
    const owner = agentOf(`agent-${nth}`);
    queue.append({ owner, boot: owner.boot, labels, view: { ...view, boot: `${boot}${nth}` } }, [
      { day: 1, from: 0, to: share },
    ]);
  }
  expect(queue.rows).toBe(share * 10_000);
  expect(queue.bytes).toBeLessThan(60_000_000);
  await queue.close(0);
});

describe('days', () => {
  it('part a batch: each block is of one day, and later results of an agent never come before earlier ones', async () => {
    const { queue, attempts, commits } = queueOver();
    const a = agentOf('a');
    push(queue, a, [NOON, NOON + DAY_MS, NOON + DAY_MS, NOON]);
    expect(queue.blocks).toBe(3);
    await queue.empty();
    expect(rowsOf(attempts)).toEqual([1, 2, 1]);
    expect(commits.map((commit) => commit['a/boot-1'])).toEqual([1, 3, 4]);
    await queue.close(1000);
  });

  it('of another agent join a block that is open, also an earlier one', async () => {
    const { queue, attempts, commits } = queueOver();
    const [a, b, c] = [agentOf('a'), agentOf('b'), agentOf('c')];
    push(queue, a, [NOON, NOON + DAY_MS, NOON]);
    push(queue, b, [NOON, NOON + DAY_MS, NOON, NOON + DAY_MS]);
    push(queue, c, [NOON + DAY_MS, NOON + DAY_MS]);
    push(queue, a, [NOON]);
    expect(queue.blocks).toBe(4);
    await queue.empty();
    expect(rowsOf(attempts)).toEqual([2, 4, 3, 1]);
    expect(commits).toEqual([
      { 'a/boot-1': 1, 'b/boot-1': 1 },
      { 'a/boot-1': 2, 'b/boot-1': 2, 'c/boot-1': 2 },
      { 'a/boot-1': 4, 'b/boot-1': 3 },
      { 'b/boot-1': 4 },
    ]);
    await queue.close(1000);
  });

  it('that go back and forth take blocks up to the limit; what is over is not taken, and can come later', async () => {
    const { queue, commits } = queueOver();
    const [a, b] = [agentOf('a'), agentOf('b')];
    const most = INGEST_LIMITS.openBlocks.value;
    const back = Array.from({ length: most + 10 }, (_, nth) => NOON + (nth % 2) * DAY_MS);
    expect(push(queue, a, back)).toBe(most);
    expect(queue.blocks).toBe(most);
    // The neighbour is served, as long as a block of its day is open.
    expect(push(queue, b, [NOON, NOON])).toBe(1);
    expect(push(queue, agentOf('c'), [NOON + 5 * DAY_MS])).toBe(0);
    await queue.close(10_000);
    expect(commits.at(-1)).toEqual({ 'a/boot-1': most });
    expect(commits[0]).toMatchObject({ 'b/boot-1': 2 });
  });
});

describe('shards', () => {
  it('are inserted into side by side, each agent always into its own', async () => {
    const gate = Promise.withResolvers<void>();
    const { queue, attempts, membership } = queueOver(() => gate.promise, { shards: 2 });
    const agents = Array.from({ length: 20 }, (_, nth) => agentOf(`agent-${nth}`));
    for (const agent of agents) push(queue, agent, [NOON]);
    await expect.poll(() => attempts.length).toBe(2);
    expect(attempts.map(({ shard }) => shard).sort()).toEqual([0, 1]);
    expect(rowsOf(attempts).reduce((sum, rows) => sum + rows, 0)).toBe(20);
    expect(membership.settledBlock).toBe(0);
    gate.resolve();
    await queue.empty();
    expect(membership.settledBlock).toBe(2);
    await queue.close(1000);
  });
});
