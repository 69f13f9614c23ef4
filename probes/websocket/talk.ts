/** One WebSocket over a connection of ours: its upgrade, its messages, its pong, each awaited until the deadline. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { excerptOf } from '../net/conversation.ts';
import type { Failure } from '../outcome.ts';
import { BoundedPatterns } from '../tcp/bounded-patterns.ts';
import { WEBSOCKET_LIMITS, type WebsocketParams } from './params.ts';

export interface Talk {
  readonly socket: WebSocket;
  /** Resolves when `next` answers something else than undefined, or with the failure of the connection. */
  until<T>(event: 'open' | 'message' | 'pong', next: (data: Buffer) => T | undefined): Promise<T | Failure>;
}

/** `url` is ws or wss; the socket is connected, and secure where it is wss. */
export function openTalk(
  connection: Socket,
  url: URL,
  params: WebsocketParams,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Talk {
  const socket = new WebSocket(url, [...params.protocols], {
    createConnection: () => connection,
    headers: { ...headers },
    maxPayload: WEBSOCKET_LIMITS.messageBytes.value,
    // What is measured is the service, not its compression.
    perMessageDeflate: false,
    followRedirects: false,
  });
  // A server may speak with its very first bytes, before anybody has asked for a message.
  const early: Buffer[] = [];
  const keep = (data: unknown) => {
    if (early.length < WEBSOCKET_LIMITS.messages.value && Buffer.isBuffer(data)) early.push(data);
  };
  socket.on('message', keep);
  let ended: Failure | undefined;
  let wake: (() => void) | undefined;
  const end = (failure: Failure) => {
    ended ??= failure;
    wake?.();
  };
  // Not by its state: an error puts it into another before it is told.
  let isOpen = false;
  socket.once('open', () => {
    isOpen = true;
  });
  const phase = () => (isOpen ? 'the answer' : 'the upgrade');
  socket.on('unexpected-response', (_request, response: IncomingMessage) => {
    end(refusal(response.statusCode ?? 0));
    response.destroy();
  });
  socket.on('error', (error: Error & { code?: string }) => end(errorFailure(error, phase())));
  socket.on('close', (code) => end(closedFailure(code, phase())));
  const onAbort = () => end(fail('unknown', 'timeout', `The deadline passed before ${phase()}.`, phase()));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    socket,
    until: (event, next) =>
      new Promise((resolve) => {
        const settle = (answer: Parameters<typeof resolve>[0]) => {
          wake = undefined;
          socket.off(event, onEvent);
          resolve(answer);
        };
        const onEvent = (data?: unknown) => {
          const answer = next(Buffer.isBuffer(data) ? data : Buffer.alloc(0));
          if (answer !== undefined) settle(answer);
        };
        wake = () => ended && settle(ended);
        if (event === 'message') {
          socket.off('message', keep);
          for (const data of early.splice(0)) {
            const answer = next(data);
            if (answer !== undefined) return settle(answer);
          }
        }
        socket.on(event, onEvent);
        if (ended) settle(ended);
      }),
  };
}

/** The recogniser of the expected message; a failure when too many others came first. */
export function expected(pattern: RegExp): (data: Buffer) => true | Failure | undefined {
  const patterns = new BoundedPatterns();
  let passed = 0;
  return (data) => {
    if (patterns.exec(pattern, data.toString('utf8'))) return true;
    if (patterns.failure) return patterns.failure;
    if (++passed < WEBSOCKET_LIMITS.messages.value) return undefined;
    const message = `${passed} messages came and none matches ${pattern}; the last was ${excerptOf(data)}.`;
    return { layer: 'content', blame: 'target', code: 'unexpected', message };
  };
}

/** Says goodbye, and cuts the connection when nobody answers. */
export function closeTalk({ socket }: Talk, connection: Socket): void {
  const timer = setTimeout(() => connection.destroy(), WEBSOCKET_LIMITS.closeMs.value);
  connection.once('close', () => clearTimeout(timer));
  if (socket.readyState === WebSocket.OPEN) socket.close(1000);
  else connection.destroy();
}

function refusal(status: number): Failure {
  const denied = status === 401 || status === 403 || status === 451;
  const message = `The server answered the upgrade with status ${status} in place of 101.`;
  return { layer: 'http', blame: 'target', code: denied ? 'denied' : 'status', message };
}

function errorFailure(error: Error & { code?: string }, phase: string): Failure {
  const code = error.code ?? '';
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
    const limit = WEBSOCKET_LIMITS.messageBytes.value;
    return fail('target', 'too_large', `A message is larger than the limit of ${limit} bytes.`, phase);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return fail('network', 'reset', `The connection was reset before ${phase} (${code}).`, phase);
  }
  const what = (error.message.split('\n', 1)[0] ?? '').slice(0, 200);
  return fail('target', 'bad_response', `The peer breaks the protocol: ${what}.`, phase);
}

function closedFailure(code: number, phase: string): Failure {
  return fail('target', 'reset', `The server closed the WebSocket before ${phase} (${code}).`, phase);
}

function fail(blame: Failure['blame'], code: Failure['code'], message: string, phase: string): Failure {
  return { layer: phase === 'the upgrade' ? 'http' : 'content', blame, code, message };
}
