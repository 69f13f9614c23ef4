import { PassThrough } from 'node:stream';
import { setImmediate as nextTask } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pipeTransport } from '../../../probes/browser/pipe-transport.ts';

function setUp(messageBytesMax = 1024 * 1024) {
  const toBrowser = new PassThrough();
  const fromBrowser = new PassThrough();
  const transport = pipeTransport(toBrowser, fromBrowser, messageBytesMax);
  const received: object[] = [];
  const closed: (string | undefined)[] = [];
  transport.onmessage = (message) => received.push(message);
  transport.onclose = (reason) => closed.push(reason);
  return { toBrowser, fromBrowser, transport, received, closed };
}

/** Long enough for streams to hand on what they have. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await nextTask();
}

describe('the transport over pipes', () => {
  it('ends each message by a zero byte', () => {
    const { transport, toBrowser } = setUp();
    transport.send({ id: 1, method: 'Größe' });
    transport.send({ id: 2 });
    expect(toBrowser.read().toString()).toBe('{"id":1,"method":"Größe"}\0{"id":2}\0');
  });

  it('reassembles messages however the pipe cuts them, in mid-character too', async () => {
    const messages = fc.array(fc.record({ text: fc.string({ unit: 'grapheme' }) }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(messages, fc.array(fc.integer({ min: 1, max: 40 })), async (sent, cuts) => {
        const { fromBrowser, received } = setUp();
        const bytes = Buffer.from(sent.map((message) => `${JSON.stringify(message)}\0`).join(''));
        let at = 0;
        for (const length of [...cuts, bytes.length]) {
          if (at >= bytes.length) break;
          fromBrowser.write(bytes.subarray(at, at + length));
          at += length;
        }
        await settle();
        expect(received).toEqual(sent);
      }),
      { numRuns: 50 },
    );
  });

  it('gives each message a task of its own, so that promises settle in between', async () => {
    const { fromBrowser, transport } = setUp();
    const order: string[] = [];
    transport.onmessage = (message) => {
      const { id } = message as { id: number };
      order.push(`message ${id}`);
      void Promise.resolve().then(() => order.push(`after ${id}`));
    };
    fromBrowser.write('{"id":1}\0{"id":2}\0');
    await settle();
    expect(order).toEqual(['message 1', 'after 1', 'message 2', 'after 2']);
  });

  it('closes once when the browser ends, after the last message', async () => {
    const { fromBrowser, transport, closed, received } = setUp();
    fromBrowser.end('{"id":1}\0');
    await settle();
    transport.close();
    await settle();
    expect(received).toEqual([{ id: 1 }]);
    expect(closed).toHaveLength(1);
  });

  it('closes when the browser stops listening, and then sends nothing', async () => {
    const { toBrowser, transport, closed } = setUp();
    toBrowser.destroy(new Error('EPIPE'));
    await settle();
    expect(closed).toHaveLength(1);
    expect(() => transport.send({ id: 1 })).not.toThrow();
  });

  it('closes at a message without end', async () => {
    const { fromBrowser, closed, received } = setUp(100);
    fromBrowser.write('x'.repeat(60));
    await settle();
    expect(closed).toEqual([]);
    fromBrowser.write('x'.repeat(60));
    await settle();
    expect(closed).toEqual(['a message of the browser was too long']);
    expect(received).toEqual([]);
  });
});
