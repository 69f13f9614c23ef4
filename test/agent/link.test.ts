import { describe, expect, it } from 'vitest';
import { collectorUrl } from '../../agent/link.ts';
import { Spool } from '../../agent/spool.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import { CLOSE_CODES } from '../../protocol/errors.ts';
import type { Schedule } from '../../protocol/frame.ts';
import { assignment, draft, LABELS, temporaryFolder } from './fixtures.ts';
import { drafts, linkTo } from './linked.ts';
import { ScriptedCollector } from './scripted-collector.ts';

describe('Link', () => {
  it('says hello and sends what is spooled, in order, until everything is acknowledged', async () => {
    const collector = await ScriptedCollector.start();
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(2500));
    spool.commit();
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length === 2500);
    expect(peer.frames[0]).toMatchObject({
      type: 'hello',
      versions: [1],
      agent: 'agent-1',
      boot: 'boot-1',
      labels: LABELS,
      spooledBoots: ['boot-1'],
    });
    expect(peer.results.map(({ record }) => record.seq)).toEqual(
      Array.from({ length: 2500 }, (_, i) => i + 1),
    );
    expect(peer.results[7]?.record).toMatchObject({ ...draft(1007), metrics: { ttfb_ms: 10.5 } });
    const batches = peer.frames.filter((frame) => frame.type === 'results');
    expect(Math.max(...batches.map((frame) => frame.batch.records.length))).toBe(1000);
    expect(await link.stop(5, 'over', 5000)).toEqual({ delivered: true, known: true });
    expect(spool.pending).toBe(0);
  });

  it('sends new results soon after they are stored', async () => {
    const collector = await ScriptedCollector.start();
    const { link, spool } = linkTo([collector.url]);
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    for (let count = 0; count < 3; count += 1) spool.add([draft(count)]);
    await peer.until(() => peer.results.length === 3);
    expect(peer.frames.filter((frame) => frame.type === 'results')).toHaveLength(1);
  });

  it('never has more in flight than the credit, and goes on when it gets some', async () => {
    const collector = await ScriptedCollector.start({ acks: false, welcome: () => ({ credit: 30 }) });
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(100));
    spool.commit();
    link.start();
    const peer = await collector.session(0);
    let acked = 0;
    for (const [credit, next] of [
      [30, 10],
      [10, 0],
    ] as const) {
      await peer.until(() => peer.results.length >= acked + credit);
      await peer.quiet(300);
      expect(peer.results.length).toBe(acked + credit);
      acked = peer.results.length;
      peer.send({ type: 'ack', boot: 'boot-1', seq: acked, credit: next });
    }
    peer.send({ type: 'ack', boot: 'boot-1', seq: acked, credit: 100 });
    await peer.until(() => peer.results.length === 100);
    expect(new Set(peer.results.map(({ record }) => record.seq)).size).toBe(100);
  });

  it('resumes after what the collector holds, of each boot, and sends the oldest boot first', async () => {
    const dataDir = temporaryFolder();
    for (const boot of ['boot-a', 'boot-b']) {
      const earlier = new Spool({ dataDir, boot, clock: systemClock, timers: systemTimers });
      earlier.add(drafts(10));
      earlier.close();
    }
    const collector = await ScriptedCollector.start({
      welcome: () => ({ held: { 'boot-a': 7, 'boot-b': 10 } }),
    });
    const { link, spool } = linkTo([collector.url], { dataDir, boot: 'boot-c' });
    spool.add(drafts(2));
    spool.commit();
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length === 5);
    expect(peer.hello?.spooledBoots).toEqual(['boot-a', 'boot-b', 'boot-c']);
    expect(peer.results.map(({ boot, record }) => `${boot} ${record.seq}`)).toEqual([
      'boot-a 8',
      'boot-a 9',
      'boot-a 10',
      'boot-c 1',
      'boot-c 2',
    ]);
    expect(await link.stop(0, 'over', 5000)).toEqual({ delivered: true, known: true });
    expect(spool.boots()).toEqual(['boot-c']);
  });

  it('sends again what was not acknowledged when the session broke, and only that', async () => {
    let held = 0;
    const collector = await ScriptedCollector.start({
      acks: false,
      welcome: () => ({ held: { 'boot-1': held } }),
    });
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(20));
    spool.commit();
    link.start();
    const first = await collector.session(0);
    await first.until(() => first.results.length === 20);
    first.send({ type: 'ack', boot: 'boot-1', seq: 12, credit: 5000 });
    held = 15;
    first.socket.terminate();
    const second = await collector.session(1);
    await second.until(() => second.results.length === 5);
    expect(second.results.map(({ record }) => record.seq)).toEqual([16, 17, 18, 19, 20]);
  });

  it('tries the collectors of its list in order', async () => {
    const refusing = await ScriptedCollector.start({ refuse: () => ({ status: 503 }) });
    const working = await ScriptedCollector.start();
    const { link, ends } = linkTo([refusing.url, working.url]);
    link.start();
    const peer = await working.session(0);
    await peer.until(() => peer.healths.length > 0);
    expect(ends).toHaveLength(1);
    expect(ends[0]?.reason).toContain('HTTP 503');
    expect(link.connected).toBe(true);
  });

  it('does not call again before the collector wants it: drain and Retry-After', async () => {
    let refusals = 0;
    const collector = await ScriptedCollector.start({
      welcome: () => undefined,
      refuse: () => (refusals++ === 0 ? { status: 503, headers: 'Retry-After: 1\r\n' } : undefined),
    });
    const { link, ends } = linkTo([collector.url]);
    const beganMs = performance.now();
    link.start();
    const peer = await collector.session(0);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(990);
    expect(ends[0]?.retryAfterMs).toBe(1000);
    await peer.until(() => peer.hello !== undefined);
    const drainedMs = performance.now();
    peer.send({ type: 'drain', retryAfterMs: 700 });
    await collector.session(1);
    expect(performance.now() - drainedMs).toBeGreaterThanOrEqual(690);
    expect(peer.closed?.code).toBe(1000);
  });

  it('finishes what is in flight before it leaves a draining collector, and sends nothing new', async () => {
    const collector = await ScriptedCollector.start({ acks: false });
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(5));
    spool.commit();
    link.start();
    const first = await collector.session(0);
    await first.until(() => first.results.length === 5);
    first.send({ type: 'drain', retryAfterMs: 50 });
    spool.add(drafts(5));
    spool.commit();
    expect(first.closed).toBeUndefined();
    first.send({ type: 'ack', boot: 'boot-1', seq: 5, credit: 5000 });
    await first.until(() => first.closed !== undefined);
    expect(first.results).toHaveLength(5);
    const second = await collector.session(1);
    await second.until(() => second.results.length === 5);
    expect(second.results.map(({ record }) => record.seq)).toEqual([6, 7, 8, 9, 10]);
  });

  it('hands on schedules and requests', async () => {
    const schedule: Schedule = { type: 'schedule', revision: 3, assignments: [assignment()] };
    const collector = await ScriptedCollector.start({ welcome: () => ({ schedule }) });
    const { link, schedules, runs } = linkTo([collector.url]);
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    peer.send({ ...schedule, revision: 4 });
    peer.send({ type: 'run_now', requestId: 'r1', trigger: 'manual', assignment: assignment() });
    // The end of a session comes after all that was sent on it.
    peer.socket.close(1001);
    await collector.session(1);
    expect(schedules.map(({ revision }) => revision)).toEqual([3, 4, 3].slice(0, schedules.length));
    expect(schedules.length).toBeGreaterThanOrEqual(2);
    expect(runs.map(({ requestId }) => requestId)).toEqual(['r1']);
  });

  it('measures the clock of the collector', async () => {
    const collector = await ScriptedCollector.start({ welcome: () => ({ serverMs: Date.now() + 90_000 }) });
    const { link, offset } = linkTo([collector.url]);
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    const clockOffsetMs = peer.healths[0]?.clockOffsetMs ?? 0;
    expect(Math.abs(clockOffsetMs - 90_000)).toBeLessThan(5000);
    expect(offset.errorMs()).toBeGreaterThan(0);
  });

  it('finds the one result that the collector refuses, drops it with a count, and delivers the others', async () => {
    const collector = await ScriptedCollector.start({
      acks: false,
      onFrame(frame, peer) {
        if (frame.type !== 'results') return;
        const { boot, records } = frame.batch;
        if (records.some((record) => record.scheduledMs === 1004))
          return peer.socket.close(CLOSE_CODES.bad_frame, 'I do not like it');
        peer.send({ type: 'ack', boot, seq: records.at(-1)?.seq ?? 0, credit: 5000 });
      },
    });
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(8));
    spool.commit();
    link.start();
    while (spool.pending > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(spool.dropped).toEqual({ refused: 1 });
    const delivered = new Set(
      collector.peers
        .flatMap((peer) => (peer.closed?.code === CLOSE_CODES.bad_frame ? [] : peer.results))
        .map(({ record }) => record.seq),
    );
    expect([...delivered].sort()).toEqual([6, 7, 8]);
  });

  it('keeps away for long when another process has taken its name', async () => {
    const collector = await ScriptedCollector.start();
    const { link, ends } = linkTo([collector.url]);
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    peer.socket.close(CLOSE_CODES.replaced, 'another session');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(ends).toHaveLength(1);
    expect(collector.peers).toHaveLength(1);
  });
});

describe('collectorUrl', () => {
  it.each([
    ['ws://host:7077', 'ws://host:7077/v1/agent'],
    ['https://host', 'wss://host/v1/agent'],
    ['http://host:1/', 'ws://host:1/v1/agent'],
    ['wss://host/behind/a/proxy', 'wss://host/behind/a/proxy'],
  ])('makes of %s %s', (address, url) => {
    expect(collectorUrl(address)).toBe(url);
  });
});
