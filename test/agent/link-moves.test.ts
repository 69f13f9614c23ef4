import { describe, expect, it } from 'vitest';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { collectorUrl } from '../../agent/link.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { drafts, linkTo } from './linked.ts';
import { ScriptedCollector } from './scripted-collector.ts';
import { settle, VirtualTime } from './virtual-time.ts';

describe('a link with several collectors', () => {
  it('goes back to an earlier collector of its list once that takes agents, in order and without sending anything twice', async () => {
    let open = false;
    let refused = 0;
    const first = await ScriptedCollector.start({
      refuse: () => {
        refused += 1;
        return open ? undefined : { status: 503 };
      },
    });
    const second = await ScriptedCollector.start();
    const { link, spool, ends, urls } = linkTo([first.url, second.url], { returnMs: 200 });
    spool.add(drafts(10));
    spool.commit();
    link.start();
    const there = await second.session(0);
    await there.until(() => there.results.length === 10);
    // It looks there again and again, and stays where it is meanwhile.
    while (refused < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(there.closed).toBeUndefined();
    open = true;
    first.script = { ...first.script, welcome: () => ({ held: { 'boot-1': 10 } }) };
    // The dial that only looks, and the session.
    const back = await first.session(1);
    spool.add(drafts(5));
    await back.until(() => back.results.length === 5);
    expect(urls).toEqual([collectorUrl(second.url), collectorUrl(first.url)]);
    expect(ends.at(-1)).toMatchObject({ code: 1000, unacked: undefined });
    expect(there.results).toHaveLength(10);
    expect(first.peers[0]?.frames).toEqual([]);
  });

  it('looks for an earlier collector at times of its own, never sooner than half the interval, and not against its will', async () => {
    const refusals: number[] = [];
    const first = await ScriptedCollector.start({
      refuse: () => {
        refusals.push(performance.now());
        return { status: 503, headers: refusals.length === 2 ? 'Retry-After: 1\r\n' : '' };
      },
    });
    const second = await ScriptedCollector.start();
    const { link } = linkTo([first.url, second.url], { returnMs: 100 });
    link.start();
    await second.session(0);
    while (refusals.length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    // What the dial that only looks is told is not kept: the session is fine where it is.
    const gaps = refusals.slice(1).map((atMs, index) => atMs - (refusals[index] as number));
    for (const gapMs of gaps) expect(gapMs).toBeGreaterThanOrEqual(49);
  });

  it('leaves a collector that stopped answering for the next of the list', async () => {
    const time = new VirtualTime();
    const [first, second] = [await ScriptedCollector.start(), await ScriptedCollector.start()];
    const { link, ends } = linkTo([first.url, second.url], { time });
    link.start();
    const frozen = await first.session(0);
    await frozen.until(() => frozen.healths.length > 0);
    frozen.socket.pause();
    // Two looks find it silent for longer than three intervals.
    for (let tick = 0; tick < 4; tick += 1) {
      expect(ends).toEqual([]);
      time.advance(LINK_LIMITS.healthEveryMs.value);
    }
    while (ends.length === 0) await settle();
    expect(ends[0]).toMatchObject({ code: 1006, unheard: true });
    while (second.peers.length === 0) await time.advanceSettling(100);
    expect(first.peers).toHaveLength(1);
  });

  it(`waits ${AGENT_LIMITS.retryAfterMaxMs.value / 1000} s at most, however long a collector wants`, async () => {
    const time = new VirtualTime();
    const collector = await ScriptedCollector.start();
    const { link, ends } = linkTo([collector.url], { time });
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    peer.send({ type: 'drain', retryAfterMs: 86_400_000 });
    while (ends.length === 0) await settle();
    await settle();
    time.advance(AGENT_LIMITS.retryAfterMaxMs.value - 1);
    await settle();
    expect(collector.peers).toHaveLength(1);
    while (collector.peers.length === 1) await time.advanceSettling(10);
  });

  it('of a fleet does not come back in step: none before its time, the others over half as long again', async () => {
    const collector = await ScriptedCollector.start();
    const randoms = [0, 0.25, 0.5, 0.75, 0.99];
    for (const [index, random] of randoms.entries()) {
      const { link } = linkTo([collector.url], { boot: `boot-${index}`, random: () => random });
      link.start();
      const peer = await collector.session(index);
      await peer.until(() => peer.healths.length > 0);
    }
    const retryAfterMs = 400;
    const sentMs = performance.now();
    for (const peer of [...collector.peers]) peer.send({ type: 'drain', retryAfterMs });
    const backMs = new Map<string, number>();
    for (let index = randoms.length; index < 2 * randoms.length; index += 1) {
      const peer = await collector.session(index);
      await peer.until(() => peer.hello !== undefined);
      backMs.set(peer.hello?.boot ?? '', performance.now() - sentMs);
    }
    for (const [index, random] of randoms.entries()) {
      const earliestMs = retryAfterMs * (1 + random * AGENT_LIMITS.retrySpread.value);
      expect(backMs.get(`boot-${index}`)).toBeGreaterThanOrEqual(earliestMs - 5);
    }
  });
});
