import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MembersCounters, newMembersCounters } from '../../../collector/members/counters.ts';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import { type MemberRow, Roll } from '../../../collector/members/roll.ts';
import { type TakeOutOptions, takeOut } from '../../../collector/members/take-out.ts';
import { ResultBlockBuilder } from '../../../collector/store/result-block.ts';
import { encodeBatch } from '../../../protocol/batch-codec.ts';
import { viewBatch } from '../../../protocol/batch-view.ts';
import { serverUnavailable } from '../../support/clickhouse-server.ts';
import { once, readExact } from '../../support/exact.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { memberRow } from './member-row.ts';

const said: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });

/** Rows of the agent and the probe `id`, with these seqs. */
function blockOf(collector: string, number: number, id: string, from: number, to: number) {
  const builder = new ResultBlockBuilder(collector, number);
  const records = Array.from({ length: to - from + 1 }, (_, index) =>
    recordOf(from + index, { probe: id, scheduledMs: Date.now() }),
  );
  const view = viewBatch(encodeBatch({ boot: 'boot-1', records }));
  builder.append({ agent: id, labels: labelsOf('eu-west') }, view, 0, records.length);
  return builder.build();
}

interface Stage {
  readonly test: TestStore;
  readonly id: string;
  readonly member: MemberRow;
  readonly counters: MembersCounters;
  readonly options: TakeOutOptions;
}

let nth = 0;
/** A collector of its own for each test. */
async function stageOf(test: TestStore, more: Partial<MemberRow> = {}): Promise<Stage> {
  nth += 1;
  said.length = 0;
  const id = `gone-${nth}-`;
  const roll = new Roll(test.store);
  const member = memberRow({ incarnation: `${id}run`, settledMs: await roll.now(), ...more });
  await roll.write(member);
  const counters = newMembersCounters();
  return { test, id, member, counters, options: { store: test.store, roll, log, counters } };
}

async function isEnded({ test, member }: Stage): Promise<boolean> {
  const members = await new Roll(test.store).read();
  return !members.some(({ incarnation }) => incarnation === member.incarnation);
}

describeEngines('taking a collector out', (engine) => {
  let test: TestStore;
  let stage: Stage;

  beforeAll(async () => {
    test = await openTestStore(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    stage = await stageOf(test);
  });

  it.each(['latency_1m_fill', 'agent_progress_fill', 'latency_1h_fill'])(
    'brings its last block to the tables that %s fills, if a crash left them out',
    async (view) => {
      const { id, member, options } = stage;
      await test.store.insertResults(blockOf(member.incarnation, 1, id, 1, 10));
      await test.store.command(`DETACH TABLE ${view}`);
      await test.store.insertResults(blockOf(member.incarnation, 2, id, 11, 30));
      await test.store.command(`ATTACH TABLE ${view}`);
      const [hours] = await test.store.query<{ count: number }>(
        "SELECT sum(count) AS count FROM latency_1h WHERE probe = {id:String} AND metric = 'run_ms'",
        { id },
      );
      expect(hours?.count).toBe(view === 'agent_progress_fill' ? 30 : 10);
      await takeOut(options, member);
      expect(await readExact(test.store, id)).toEqual(once(30));
      expect(
        await test.store.query(
          "SELECT sum(count) AS count FROM latency_1h WHERE probe = {id:String} AND metric = 'run_ms'",
          { id },
        ),
      ).toEqual([{ count: 30 }]);
      expect(await isEnded(stage)).toBe(true);
      expect(stage.counters).toMatchObject({ takenOut: 1, repaired: 1 });
    },
  );

  it('changes nothing where nothing is missing, however often and at the same time', async () => {
    const { id, member, options } = stage;
    await test.store.insertResults(blockOf(member.incarnation, 1, id, 1, 10));
    await takeOut(options, member);
    await Promise.allSettled(Array.from({ length: 4 }, () => takeOut(options, member)));
    await takeOut(options, member);
    expect(await readExact(test.store, id)).toEqual(once(10));
  });

  it('leaves what is settled as it is', async () => {
    const settled = await stageOf(test, { settledBlock: 1 });
    const { id, member, options } = settled;
    await test.store.insertResults(blockOf(member.incarnation, 1, id, 1, 10));
    await takeOut(options, member);
    expect(settled.counters).toMatchObject({ takenOut: 1, repaired: 0 });
    expect(await isEnded(settled)).toBe(true);
  });

  it('finds a block that was stamped before its row says, up to a bound', async () => {
    const slackMs = MEMBER_LIMITS.settledSlackMs.value;
    for (const [beforeMs, repaired] of [
      [slackMs - 60_000, 1],
      [slackMs + 60_000, 0],
    ] as const) {
      const { id, member, counters, options } = await stageOf(test);
      await test.store.command('DETACH TABLE latency_1m_fill');
      const ingestedMs = member.settledMs - beforeMs;
      await test.store.insertResults(blockOf(member.incarnation, 1, id, 1, 10), { ingestedMs });
      await test.store.command('ATTACH TABLE latency_1m_fill');
      await takeOut(options, member);
      expect(counters).toMatchObject({ takenOut: 1, repaired });
      expect((await readExact(test.store, id)).minutes).toBe(repaired === 1 ? 10 : 0);
    }
  });

  it('ends one that never stored anything', async () => {
    await takeOut(stage.options, stage.member);
    expect(await isEnded(stage)).toBe(true);
    expect(stage.counters).toMatchObject({ takenOut: 1, repaired: 0 });
  });
});

const unavailable = serverUnavailable();

describe.skipIf(unavailable)(`taking out one that lives${unavailable ? ` (${unavailable})` : ''}`, () => {
  let test: TestStore;
  let stage: Stage;

  beforeAll(async () => {
    test = await openTestStore('server');
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    stage = await stageOf(test);
  });

  const address = (parameters: Readonly<Record<string, string>>) =>
    `${test.server?.url}/?${new URLSearchParams({ database: 'outrider', ...parameters })}`;

  it('makes every later insert of it fail, also of a block that is there, and harms no other', async () => {
    const { id, member, options } = stage;
    await test.store.insertResults(blockOf(member.incarnation, 1, id, 1, 10));
    await takeOut(options, member);
    for (const number of [1, 2, 900_000])
      await expect(
        test.store.insertResults(blockOf(member.incarnation, number, id, 11, 20)),
      ).rejects.toMatchObject({ code: 'fenced' });
    await test.store.insertResults(blockOf(`${id}other`, 1, id, 11, 20));
    expect(await readExact(test.store, id)).toEqual(once(20));
  });

  it('waits for an insert that has passed the fence', async () => {
    const { id, member, options } = stage;
    const insert = fetch(
      address({
        query_id: `outrider/${member.incarnation}/1/1`,
        query: `INSERT INTO results (collector, block, agent, probe, boot, seq, trigger, outcome, scheduled_at, ingested_at)
          SELECT '${member.incarnation}', 1, '${id}', '${id}', 'boot-1', number + 1, 'schedule', 'ok', now64(3), now64(3) FROM numbers(4) WHERE sleepEachRow(0.3) = 0
          SETTINGS max_block_size = 4, insert_deduplication_token = '${member.incarnation}/1', deduplicate_blocks_in_dependent_materialized_views = 1`,
      }),
      { method: 'POST' },
    );
    await expect.poll(() => running(stage)).toBe(1);
    const startedMs = performance.now();
    await takeOut(options, member);
    expect(performance.now() - startedMs).toBeGreaterThan(200);
    expect(await running(stage)).toBe(0);
    // It was checked when its rows came, after the fence: they are all there or none.
    await (await insert).text();
    expect([0, 4]).toContain((await readExact(test.store, id)).rows);
    expect(stage.counters.insertsKilled).toBe(0);
  });

  it('does not wait for one that has stopped in the middle of what it sends: its rows come too late', async () => {
    const { id, member, options } = stage;
    const rows = `${member.incarnation}\t1\t${id}\t${'m'.repeat(1000)}\t2026-11-21 00:00:00.000\n`.repeat(
      2000,
    );
    const { promise: answer, resolve } = Promise.withResolvers<number | undefined>();
    const columns = 'collector, block, probe, message, scheduled_at';
    const parameters = {
      query_id: `outrider/${member.incarnation}/1/1`,
      query: `INSERT INTO results (${columns}) FORMAT TSV`,
      min_insert_block_size_bytes: '0',
    };
    const stopped = request(address(parameters), { method: 'POST' }, (response) => {
      resolve(response.statusCode);
      response.resume();
    });
    stopped.write(rows);
    await expect.poll(() => running(stage)).toBe(1);
    const startedMs = performance.now();
    await takeOut(options, member);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(stage.counters.insertsKilled).toBe(0);
    stopped.end(rows);
    expect(await answer).toBe(500);
    expect((await readExact(test.store, id)).rows).toBe(0);
  });

  it('kills an insert that does not end', async () => {
    const { id, member, counters, options } = stage;
    const insert = fetch(
      address({
        query_id: `outrider/${member.incarnation}/1/1`,
        query: `INSERT INTO results (collector, block, agent, probe, boot, seq, scheduled_at, ingested_at)
          SELECT '${member.incarnation}', 1, '${id}', '${id}', 'boot-1', number + 1, now64(3), now64(3) FROM numbers(200) WHERE sleepEachRow(0.1) = 0
          SETTINGS max_block_size = 1, min_insert_block_size_rows = 1000, min_insert_block_size_bytes = 0`,
      }),
      { method: 'POST' },
    );
    await expect.poll(() => running(stage)).toBe(1);
    await takeOut({ ...options, limits: { killAfterMs: 100, idleMs: 20_000 } }, member);
    expect(counters.insertsKilled).toBe(1);
    await (await insert).text();
    expect((await readExact(test.store, id)).rows).toBe(0);
  });

  it('gives up on one that stays, and succeeds once that is over', async () => {
    const { id, member, options } = stage;
    const insert = fetch(
      address({
        query_id: `outrider/${member.incarnation}/1/1`,
        query: `INSERT INTO results (collector, block, agent, probe, boot, seq, scheduled_at, ingested_at)
          SELECT '${member.incarnation}', 1, '${id}', '${id}', 'boot-1', number + 1, now64(3), now64(3) FROM numbers(15) WHERE sleepEachRow(0.1) = 0
          SETTINGS max_block_size = 1, min_insert_block_size_rows = 1000, min_insert_block_size_bytes = 0`,
      }),
      { method: 'POST' },
    );
    await expect.poll(() => running(stage)).toBe(1);
    await expect(
      takeOut({ ...options, limits: { killAfterMs: 60_000, idleMs: 300 } }, member),
    ).rejects.toMatchObject({ name: 'MembersError', code: 'busy' });
    expect(await isEnded(stage)).toBe(false);
    await takeOut(options, member);
    await (await insert).text();
    expect(await isEnded(stage)).toBe(true);
  });

  it('goes on where another was cut off', async () => {
    const { id, member, options } = stage;
    await test.store.command('DETACH TABLE latency_1m_fill');
    await test.store.insertResults(blockOf(member.incarnation, 1, id, 1, 10));
    await test.store.command('ATTACH TABLE latency_1m_fill');
    const { fence } = test.store;
    // The store goes away at each step in turn.
    for (let steps = 1; ; steps += 1) {
      let left = steps;
      const step = <T>(work: () => Promise<T>): Promise<T> => {
        left -= 1;
        return left > 0 ? work() : Promise.reject(new Error('the store is away'));
      };
      const store: TakeOutOptions['store'] = {
        ...test.store,
        fence: (...given) => step(() => fence(...given)),
        runningInserts: (...given) => step(() => test.store.runningInserts(...given)),
        lastBlock: (...given) => step(() => test.store.lastBlock(...given)),
        repairBlock: (...given) => step(() => test.store.repairBlock(...given)),
      };
      const done = await takeOut({ ...options, store }, member).then(
        () => true,
        () => false,
      );
      if (done) break;
      expect(steps).toBeLessThan(20);
    }
    expect(await readExact(test.store, id)).toEqual(once(10));
    await expect(test.store.insertResults(blockOf(member.incarnation, 1, id, 1, 10))).rejects.toMatchObject({
      code: 'fenced',
    });
  });

  async function running({ member }: Stage): Promise<number> {
    const [row] = await test.store.query<{ running: number }>(
      'SELECT count() AS running FROM system.processes WHERE startsWith(query_id, {prefix:String})',
      { prefix: `outrider/${member.incarnation}/` },
    );
    await sleep(10);
    return row?.running ?? 0;
  }
});
