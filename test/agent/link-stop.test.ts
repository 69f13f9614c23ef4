import { describe, expect, it } from 'vitest';
import { drafts, linkTo } from './linked.ts';
import { ScriptedCollector } from './scripted-collector.ts';

describe('Link, when its agent stops,', () => {
  it('delivers everything and says goodbye with the exact instant when it stops, then closes', async () => {
    const collector = await ScriptedCollector.start();
    const { link, spool } = linkTo([collector.url]);
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    spool.add(drafts(30));
    expect(await link.stop(1_700_000_000_123, 'SIGTERM', 5000)).toEqual({ delivered: true, known: true });
    await peer.until(() => peer.closed !== undefined);
    expect(peer.results).toHaveLength(30);
    expect(peer.frames.at(-1)).toEqual({
      type: 'goodbye',
      stoppedAtMs: 1_700_000_000_123,
      reason: 'SIGTERM',
    });
    expect(peer.frames.at(-2)).toMatchObject({ type: 'health', pending: 0 });
    expect(peer.closed?.code).toBe(1000);
    expect(collector.peers).toHaveLength(1);
  });

  it('says goodbye on a new session when the old one breaks at the very moment of the stop', async () => {
    const collector = await ScriptedCollector.start();
    const { link } = linkTo([collector.url]);
    link.start();
    const first = await collector.session(0);
    await first.until(() => first.healths.length > 0);
    link.interrupt();
    expect(await link.stop(77, 'SIGTERM', 5000)).toEqual({ delivered: true, known: true });
    const second = await collector.session(1);
    await second.until(() => second.closed !== undefined);
    expect([first.goodbye, second.goodbye?.stoppedAtMs]).toEqual([undefined, 77]);
  });

  it('gives up delivering after its time, says goodbye all the same, and keeps the rest', async () => {
    const collector = await ScriptedCollector.start({ acks: false });
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(3));
    spool.commit();
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.results.length === 3);
    expect(await link.stop(77, 'SIGTERM', 200)).toEqual({ delivered: false, known: true });
    expect(peer.goodbye?.stoppedAtMs).toBe(77);
    expect(peer.healths.at(-1)?.pending).toBe(3);
    expect(spool.pending).toBe(3);
  });

  it('does not take a goodbye for known that the collector could not store, and says it again', async () => {
    const collector = await ScriptedCollector.start({ knows: false });
    const { link } = linkTo([collector.url]);
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    const stopped = link.stop(77, 'SIGTERM', 5000);
    await peer.until(() => peer.goodbye !== undefined);
    peer.socket.terminate();
    collector.script = {};
    expect(await stopped).toEqual({ delivered: true, known: true });
    const second = await collector.session(1);
    expect(second.goodbye?.stoppedAtMs).toBe(77);
  });

  it('ends all the same when no collector ever says that it knows', async () => {
    const collector = await ScriptedCollector.start({ knows: false });
    const { link } = linkTo([collector.url]);
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.healths.length > 0);
    expect(await link.stop(77, 'SIGTERM', 200)).toEqual({ delivered: true, known: false });
    expect(peer.goodbye?.stoppedAtMs).toBe(77);
  });

  it('stops in its time when no collector can be reached', async () => {
    const gone = await ScriptedCollector.start();
    const { url } = gone;
    await gone.close();
    const { link, spool } = linkTo([url]);
    spool.add(drafts(3));
    spool.commit();
    link.start();
    expect(await link.stop(0, 'SIGTERM', 300)).toEqual({ delivered: false, known: false });
    expect(spool.pending).toBe(3);
  });
});
