import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../protocol/codec.ts';
import { CLOSE_CODES } from '../../protocol/errors.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { drafts, linkTo } from './linked.ts';
import { ScriptedCollector, usualWelcome } from './scripted-collector.ts';

describe('a hostile collector', () => {
  const WELCOME = usualWelcome({ sentMs: 0 } as never);

  it.each<[string, (send: (bytes: Uint8Array | string) => void) => void, number]>([
    ['text', (send) => send('hello'), CLOSE_CODES.bad_frame],
    ['bytes that are no frame', (send) => send(Uint8Array.of(255, 255, 255)), CLOSE_CODES.bad_frame],
    ['an empty frame', (send) => send(new Uint8Array()), CLOSE_CODES.bad_frame],
    ['a schedule before the welcome', (send) => send(encodeFrame(WELCOME.schedule)), CLOSE_CODES.bad_frame],
    [
      'a version that was not offered',
      (send) => send(encodeFrame({ ...WELCOME, version: 9 })),
      CLOSE_CODES.version,
    ],
    [
      'two welcomes',
      (send) => {
        send(encodeFrame(WELCOME));
        send(encodeFrame(WELCOME));
      },
      CLOSE_CODES.bad_frame,
    ],
    [
      'a welcome that holds what was never made',
      (send) => send(encodeFrame({ ...WELCOME, held: { 'boot-1': 4 } })),
      CLOSE_CODES.bad_frame,
    ],
    [
      'an ack of what was never sent',
      (send) => {
        send(encodeFrame(WELCOME));
        send(encodeFrame({ type: 'ack', boot: 'boot-1', seq: 1000, credit: 5000 }));
      },
      CLOSE_CODES.bad_frame,
    ],
    [
      'frames of an agent',
      (send) => {
        send(encodeFrame(WELCOME));
        send(encodeFrame({ type: 'goodbye', stoppedAtMs: 0, reason: '' }));
      },
      CLOSE_CODES.bad_frame,
    ],
    ['a frame beyond the limit', (send) => send(new Uint8Array(LINK_LIMITS.frameBytes.value + 1)), 1009],
  ])('that sends %s is closed with its code, and nothing is lost', async (_case, misbehave, code) => {
    const collector = await ScriptedCollector.start({ welcome: () => undefined, acks: false });
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(3));
    spool.commit();
    link.start();
    const peer = await collector.session(0);
    await peer.until(() => peer.hello !== undefined);
    misbehave((bytes) => peer.sendBytes(bytes));
    await peer.until(() => peer.closed !== undefined);
    expect(peer.closed?.code).toBe(code);
    expect(spool.pending).toBe(3);
    // And the agent is back, as if nothing had been.
    collector.script = {};
    const next = await collector.session(collector.peers.length);
    await next.until(() => next.results.length === 3 || next.closed !== undefined);
  });

  it('survives any bytes at any time', async () => {
    const collector = await ScriptedCollector.start({ acks: false });
    const { link, spool } = linkTo([collector.url]);
    spool.add(drafts(3));
    spool.commit();
    link.start();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
        const peer = await collector.session(collector.peers.length === 0 ? 0 : collector.peers.length - 1);
        peer.sendBytes(bytes);
        peer.socket.close(1001);
        await collector.session(collector.peers.length);
        expect(spool.pending).toBe(3);
      }),
      { numRuns: 15 },
    );
  });
});
