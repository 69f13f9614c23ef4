import { describe, expect, it } from 'vitest';
import { BODY_LIMITS, ResponseBody } from '../../../probes/net/response-body.ts';

/** A body whose source only writes down what it is asked. */
function bodyWithLog(): { body: ResponseBody; log: string[] } {
  const log: string[] = [];
  const body = new ResponseBody({
    pause: () => log.push('pause'),
    resume: () => log.push('resume'),
    abandon: () => {
      log.push('abandon');
      body.finish({ ok: true, complete: false, byteCount: 0, endMs: 0 });
    },
  });
  return { body, log };
}

const chunk = (text: string, atMs = 0) => ({ bytes: Buffer.from(text), atMs });
const whole = (byteCount: number) => ({ ok: true, complete: true, byteCount, endMs: 9 }) as const;
const broken = {
  ok: false,
  failure: { layer: 'http', blame: 'network', code: 'reset', message: 'gone' },
  byteCount: 3,
  endMs: 9,
} as const;

describe('a response body', () => {
  it('can be read after it has ended, chunk by chunk with their times', async () => {
    const { body, log } = bodyWithLog();
    body.push(chunk('ab', 1));
    body.push(chunk('c', 2));
    body.finish(whole(3));
    const read: [string, number][] = [];
    for await (const { bytes, atMs } of body) read.push([bytes.toString(), atMs]);
    expect(read).toEqual([
      ['ab', 1],
      ['c', 2],
    ]);
    expect(log).toEqual([]);
  });

  it('wakes a waiting reader', async () => {
    const { body } = bodyWithLog();
    const collected = body.collect();
    body.push(chunk('a'));
    await Promise.resolve();
    body.push(chunk('b'));
    body.finish(whole(2));
    expect(await collected).toMatchObject({ ok: true, bytes: Buffer.from('ab') });
  });

  it('gives what arrived before it broke, and then how it broke', async () => {
    const { body } = bodyWithLog();
    body.push(chunk('abc'));
    body.finish(broken);
    expect(await body.collect()).toEqual({ ...broken, bytes: Buffer.from('abc') });
  });

  it('ends once: what comes later changes nothing', async () => {
    const { body } = bodyWithLog();
    body.finish(whole(0));
    body.finish(broken);
    body.push(chunk('late'));
    expect(await body.collect()).toMatchObject({ ok: true, bytes: Buffer.alloc(0) });
  });

  it('pauses its source past the limit and resumes it when the reader has caught up', async () => {
    const { body, log } = bodyWithLog();
    const half = 'x'.repeat(BODY_LIMITS.bufferBytes.value / 2);
    for (const text of [half, half, 'x']) body.push(chunk(text));
    expect(log).toEqual(['pause']);
    const reader = body[Symbol.asyncIterator]();
    await reader.next();
    await reader.next();
    expect(log).toEqual(['pause']);
    await reader.next();
    expect(log).toEqual(['pause', 'resume']);
  });

  it('is never paused while it is drained', async () => {
    const { body, log } = bodyWithLog();
    body.push(chunk('x'.repeat(BODY_LIMITS.bufferBytes.value + 1)));
    const drained = body.drain();
    body.push(chunk('x'.repeat(BODY_LIMITS.bufferBytes.value + 1)));
    body.finish(whole(1));
    expect(log).toEqual(['pause', 'resume']);
    expect(await drained).toEqual(whole(1));
  });

  it('abandons its source when the reader leaves early, and only then', async () => {
    const early = bodyWithLog();
    early.body.push(chunk('a'));
    for await (const _ of early.body) break;
    expect(early.log).toEqual(['abandon']);
    const late = bodyWithLog();
    late.body.push(chunk('a'));
    late.body.finish(whole(1));
    for await (const _ of late.body) break;
    expect(late.log).toEqual([]);
  });
});
