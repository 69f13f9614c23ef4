import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Conversation, excerptOf, type Heard, unheardFailure } from '../../../probes/net/conversation.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function talkTo(
  script: (socket: Socket) => void,
  options: { signal?: AbortSignal; maxBytes?: number } = {},
): Promise<{ conversation: Conversation; socket: Socket; server: ScriptedServer }> {
  const server = await startScriptedServer(script);
  const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
  closers.push(
    () => server.close(),
    () => socket.destroy(),
  );
  const signal = options.signal ?? AbortSignal.timeout(10_000);
  return {
    conversation: new Conversation(socket, { signal, maxBytes: options.maxBytes ?? 100 }),
    socket,
    server,
  };
}

const line = (pending: Buffer) => {
  const end = pending.indexOf('\n');
  return end === -1 ? undefined : end + 1;
};

const textOf = (heard: Heard) => (heard.ok ? heard.bytes.toString() : heard.why);

describe('what is heard', () => {
  it('comes answer by answer, however it was sent', async () => {
    const { conversation } = await talkTo((socket) => {
      socket.write('one\ntwo\nthr');
      setTimeout(() => socket.write('ee\n'), 30);
    });
    const answers = [];
    for (let turn = 0; turn < 3; turn++) answers.push(textOf(await conversation.hear(line)));
    expect(answers).toEqual(['one\n', 'two\n', 'three\n']);
    expect(conversation.unheardBytes).toBe(0);
  });

  it('is still there after the peer has left', async () => {
    const { conversation, socket } = await talkTo((peer) => peer.end('one\ntwo'));
    await new Promise((resolve) => socket.once('end', resolve));
    expect(textOf(await conversation.hear(line))).toBe('one\n');
    const last = await conversation.hear(line);
    expect(last).toMatchObject({ ok: false, why: 'closed' });
    expect(last.bytes.toString()).toBe('two');
  });

  it('ends at the deadline, also at one that has passed', async () => {
    const { conversation } = await talkTo(() => undefined, { signal: AbortSignal.timeout(50) });
    expect(textOf(await conversation.hear(line))).toBe('timeout');
    expect(textOf(await conversation.hear(line))).toBe('timeout');
  });

  it('is bounded, and the peer is not read further', async () => {
    const { conversation, socket } = await talkTo((peer) => peer.write('x'.repeat(1_000_000)), {
      maxBytes: 10,
    });
    expect(textOf(await conversation.hear(line))).toBe('too_large');
    expect(socket.isPaused()).toBe(true);
    expect(conversation.unheardBytes).toBeLessThan(200_000);
  });

  it('is nothing any more once the socket is released', async () => {
    const { conversation, socket, server } = await talkTo((peer) =>
      peer.on('data', (data) => peer.write(data)),
    );
    conversation.release();
    const next = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.write('for others\n');
    expect((await next).toString()).toBe('for others\n');
    expect(conversation.unheardBytes).toBe(0);
    expect(socket.listenerCount('data')).toBe(0);
    expect(server.connectionCount()).toBe(1);
  });
});

describe('what was not heard', () => {
  const silent = Buffer.alloc(0);
  const some = Buffer.from('554 no\r\n');

  it.each([
    ['timeout', silent, 'timeout', 'unknown'],
    ['timeout', some, 'unexpected', 'target'],
    ['closed', silent, 'reset', 'target'],
    ['closed', some, 'unexpected', 'target'],
    ['reset', some, 'reset', 'network'],
    ['too_large', some, 'too_large', 'target'],
  ] as const)('%s after %s is %s, of the %s', (why, bytes, code, blame) => {
    const failure = unheardFailure({ ok: false, why, bytes }, 'the greeting', 100);
    expect(failure).toMatchObject({ layer: 'content', code, blame });
    expect(failure.message).toContain('the greeting');
    if (bytes === some) expect(failure.message).toContain('"554 no··"');
  });

  it('is quoted in short, and harmless to a terminal', () => {
    expect(excerptOf(Buffer.from(`\u001b]0;${'x'.repeat(500)}`))).toMatch(/^"·\]0;x{76}…"$/);
  });
});
