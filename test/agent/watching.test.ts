import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../agent/agent.ts';
import { parseAgentConfig } from '../../agent/config.ts';
import { systemClock } from '../../agent/time.ts';
import { Asking } from '../../agent/watching.ts';
import type { Probe, RunResult } from '../../probes/probe.ts';
import type { NoReports, WatchOrder, WatchReport } from '../../probes/watch-order.ts';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import type { WatchAnswer, WatchRequest } from '../../protocol/frame.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { sessionIdOf } from '../../protocol/session-id.ts';
import { assignment, LABELS, OK, probeThat, temporaryFolder } from './fixtures.ts';
import { type Peer, type Script, ScriptedCollector } from './scripted-collector.ts';
import { settle, VirtualTime } from './virtual-time.ts';

const CLIP = join(import.meta.dirname, '../../sandbox/clips/v/clip.mp4');

const REPORTS: readonly WatchReport[] = [
  { agent: 'us-1', region: 'us-east', pollMs: 500, visibleMs: 1200 },
  { agent: '', region: 'mars', pollMs: 500, missed: 'agent_down' },
];
const FROM = [{ region: ['us-east'] }, { region: ['mars'] }];

const ordered = (nowMs: number, forMs: number): WatchOrder => ({
  playUrls: ['http://video.sandbox.test/play/1'],
  ...{ sinceWallMs: nowMs - 50, pollMs: 500, untilWallMs: nowMs + forMs },
  ...{ cmcd: 'header', from: FROM },
});

/** A probe that has others watch, and keeps what it hears. */
function publisher(forMs = 60_000) {
  const heard: unknown[] = [];
  const probe = probeThat(async ({ watchers, signal, clock }): Promise<RunResult> => {
    heard.push(await watchers?.(ordered(clock.wallMs(), forMs), signal));
    return OK;
  });
  return { probe, heard };
}

/** `aheadMs`: of the agent's wall clock. */
async function start(probe: Probe, script: Script = {}, aheadMs = 0) {
  const collector = await ScriptedCollector.start({ welcome: () => ({ watches: true }), ...script });
  const dataDir = temporaryFolder();
  const config = parseAgentConfig({
    ...{ id: 'agent-1', labels: LABELS, collectors: [collector.url], dataDir },
    network: { policy: { allow: ['127.0.0.0/8'] } },
    browser: { path: '/none', lockFile: join(dataDir, 'browser.lock') },
  });
  const agent = await startAgent(config, {
    probes: { echo: probe },
    clock: { ...systemClock, wallMs: () => Date.now() + aheadMs },
  });
  onTestFinished(() => agent.stop('test over'));
  const peer = await collector.session(0);
  await peer.until(() => peer.healths.length > 0);
  return { agent, peer, collector };
}

const askedOf = (peer: Peer): WatchRequest | undefined =>
  peer.frames.find((frame) => frame.type === 'watch_request');

function runNow(peer: Peer, requestId = 'r-1'): void {
  const plan = assignment({ timeoutMs: 20_000 });
  peer.send({ type: 'run_now', requestId, trigger: 'manual', assignment: plan });
}

describe('a run that publishes', () => {
  it('has others watch by the clock of the collector, and its row says which run they watched for', async () => {
    const { probe, heard } = publisher();
    const { peer, agent } = await start(
      probe,
      {
        onFrame: (frame, to) => {
          if (frame.type === 'watch_request')
            to.send({ type: 'watch_answer', run: frame.run, reports: REPORTS });
        },
      },
      3_600_000,
    );
    const beforeMs = Date.now();
    runNow(peer);
    await peer.until(() => peer.results.length > 0);
    expect(heard).toEqual([REPORTS]);
    const asked = askedOf(peer) as WatchRequest;
    expect(asked).toMatchObject({ probe: 'home', target: 'origin', from: FROM, watch: { pollMs: 500 } });
    const { sinceWallMs, untilWallMs } = asked.watch;
    expect(untilWallMs - sinceWallMs).toBeCloseTo(60_050, 0);
    expect(Math.abs(sinceWallMs - beforeMs)).toBeLessThan(2000);
    const record = peer.results[0]?.record;
    expect(record?.attributes.publish_run).toBe(asked.run);
    const { probe: name = '', target = '', scheduledMs = 0, requestId = '' } = record ?? {};
    expect(asked.run).toBe(sessionIdOf({ boot: agent.boot, probe: name, target, scheduledMs, requestId }));
  });

  it('asks nobody, and does not say that it did, where the collector does not know how', async () => {
    const { probe, heard } = publisher();
    const { peer } = await start(probe, { welcome: () => ({}) });
    runNow(peer);
    await peer.until(() => peer.results.length > 0);
    expect(heard).toEqual(['unasked']);
    expect(askedOf(peer)).toBeUndefined();
    expect(peer.results[0]?.record.attributes.publish_run).toBeUndefined();
  });

  it.each([
    ['goes away', (peer: Peer) => peer.socket.terminate()],
    ['drains', (peer: Peer) => peer.send({ type: 'drain', retryAfterMs: 60_000 })],
  ])('ends with what it has where the collector, once asked, %s', async (_what, trouble) => {
    const { probe, heard } = publisher();
    const { peer } = await start(probe);
    runNow(peer);
    await peer.until(() => askedOf(peer) !== undefined);
    trouble(peer);
    await expect.poll(() => heard, { timeout: 8000 }).toEqual(['unanswered']);
  });

  it('ends with what it has at the end of its order when the collector says nothing', async () => {
    const { probe, heard } = publisher(300);
    const { peer } = await start(probe);
    runNow(peer);
    await peer.until(() => peer.results.length > 0);
    expect(heard).toEqual(['unanswered']);
    expect(peer.results[0]?.record).toMatchObject({
      ...{ outcome: 'ok', attributes: { publish_run: askedOf(peer)?.run } },
    });
  });
});

describe('asking', () => {
  const publication = { run: 'u1', probe: 'post', target: 'clip' };
  /** Without an answer nobody ever says anything. */
  function asking(answer?: WatchAnswer | NoReports) {
    const time = new VirtualTime();
    const asked: WatchRequest[] = [];
    const ask = async (request: WatchRequest, signal: AbortSignal) => {
      asked.push(request);
      return (
        answer ??
        new Promise<NoReports>((resolve) => signal.addEventListener('abort', () => resolve('unanswered')))
      );
    };
    return { time, asked, asking: new Asking(publication, { ...time, clockOffsetMs: () => -250, ask }) };
  }

  it('is done once a run', async () => {
    const { time, asked, asking: one } = asking({ type: 'watch_answer', run: 'u1', reports: REPORTS });
    expect(one.attributes).toEqual({});
    const order = ordered(time.clock.wallMs(), 1000);
    const { signal } = new AbortController();
    expect(await one.watchers(order, signal)).toEqual(REPORTS);
    expect(await one.watchers(order, signal)).toBe('unasked');
    expect(asked.map(({ watch }) => watch.untilWallMs)).toEqual([order.untilWallMs - 250]);
    expect(one.attributes).toEqual({ publish_run: 'u1' });
  });

  it('did not happen where nobody could be asked', async () => {
    const { time, asking: nobody } = asking('unasked');
    const { signal } = new AbortController();
    expect(await nobody.watchers(ordered(time.clock.wallMs(), 1000), signal)).toBe('unasked');
    expect(nobody.attributes).toEqual({});
  });

  it('leaves out addresses that the link does not take, and is not done where none is left', async () => {
    const answer = { type: 'watch_answer', run: 'u1', reports: REPORTS } as const;
    const { value } = LINK_LIMITS.urlBytes;
    const of = (bytes: number) => 'http://video.test/'.padEnd(bytes, 'a');
    const some = asking(answer);
    const order = ordered(some.time.clock.wallMs(), 1000);
    const { signal } = new AbortController();
    expect(await some.asking.watchers({ ...order, playUrls: [of(value + 1), of(value)] }, signal)).toEqual(
      REPORTS,
    );
    expect(some.asked.map(({ watch }) => watch.playUrls)).toEqual([[of(value)]]);
    for (const request of some.asked) expect(decodeFrame(encodeFrame(request))).toEqual(request);

    const none = asking(answer);
    expect(await none.asking.watchers({ ...order, playUrls: [of(value + 1)] }, signal)).toBe('unasked');
    expect(none.asked).toEqual([]);
    expect(none.asking.attributes).toEqual({});
  });

  it('ends with its order or with its run, whichever is first', async () => {
    const late = asking();
    let heard: unknown = 'nothing yet';
    const { signal } = new AbortController();
    void late.asking.watchers(ordered(late.time.clock.wallMs(), 1000), signal).then((reports) => {
      heard = reports;
    });
    late.time.advance(999);
    await settle();
    expect(heard).toBe('nothing yet');
    late.time.advance(1);
    await settle();
    expect(heard).toBe('unanswered');
    expect(late.asking.attributes).toEqual({ publish_run: 'u1' });

    const stopped = asking();
    const run = new AbortController();
    const answer = stopped.asking.watchers(ordered(stopped.time.clock.wallMs(), 1000), run.signal);
    run.abort();
    // Who asked says so, also when it ends before it hears that nobody answers.
    expect(stopped.asking.attributes).toEqual({ publish_run: 'u1' });
    expect(await answer).toBe('unanswered');
    const over = asking();
    expect(await over.asking.watchers(ordered(0, 1000), run.signal)).toBe('unasked');
    expect([over.asked, over.asking.attributes]).toEqual([[], {}]);
  });
});

describe('an agent that watches', () => {
  /** A service where the clip is there from some request on. */
  async function service(from: number) {
    const { readFileSync } = await import('node:fs');
    const clip = readFileSync(CLIP);
    let requests = 0;
    const server = createServer((request, response) => {
      requests += 1;
      if (requests < from) {
        response.writeHead(404).end();
        return;
      }
      const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '');
      const start = Number(range?.[1] ?? 0);
      const end = range?.[2] ? Math.min(Number(range[2]), clip.length - 1) : clip.length - 1;
      response.writeHead(range ? 206 : 200, {
        'content-type': 'video/mp4',
        'content-length': end - start + 1,
        'accept-ranges': 'bytes',
        ...(range && { 'content-range': `bytes ${start}-${end}/${clip.length}` }),
      });
      response.end(clip.subarray(start, end + 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/play/1`;
    return { url, requests: () => requests };
  }

  function watch(peer: Peer, url: string, forMs: number): void {
    const { from: _, ...order } = ordered(Date.now(), forMs);
    const plan = assignment({ timeoutMs: forMs + 1000 });
    peer.send({
      ...{ type: 'run_now', requestId: 'u1', trigger: 'publish', assignment: plan },
      watch: { ...order, pollMs: 100, playUrls: [url] },
    });
  }

  const never = probeThat(async () => {
    throw new Error('the probe itself ran');
  });

  it('plays in place of the probe, until it plays, and counts from the time of the order by the clock of the collector', async () => {
    const { peer } = await start(never, {}, 7_200_000);
    watch(peer, (await service(3)).url, 10_000);
    await peer.until(() => peer.results.length > 0);
    const record = peer.results[0]?.record;
    expect(record).toMatchObject({
      ...{ outcome: 'ok', trigger: 'publish', requestId: 'u1', probe: 'home' },
      attributes: { publish_run: 'u1' },
    });
    // Two refusals, one interval each.
    expect(record?.metrics.publish_visible_ms).toBeGreaterThan(200);
    expect(record?.metrics.publish_visible_ms).toBeLessThan(8000);
  });

  it('that sees nothing before the end says so', async () => {
    const { peer } = await start(never);
    watch(peer, (await service(1e9)).url, 600);
    await peer.until(() => peer.results.length > 0);
    expect(peer.results[0]?.record).toMatchObject({
      ...{ outcome: 'fail', failure: { layer: 'processing' }, attributes: { publish_run: 'u1' } },
    });
  });

  it('that stops midway says so', async () => {
    const { peer, agent } = await start(never);
    const { url, requests } = await service(1e9);
    watch(peer, url, 60_000);
    await expect.poll(requests, { timeout: 20_000 }).toBeGreaterThan(0);
    await agent.stop('over');
    expect(peer.results.map(({ record }) => [record.trigger, record.outcome, record.missedReason])).toEqual([
      ['publish', 'missed', 'agent_down'],
    ]);
  });
});
