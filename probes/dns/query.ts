/** One question to one named server, and the way there: each transport ends in the same kind of answer. */
import { openConnection } from '../http/connection.ts';
import type { Connected, Endpoint, NotConnected } from '../net/network.ts';
import type { RunContext } from '../probe.ts';
import { malformed, peerOf } from './failures.ts';
import { decodeReply, encodeQuestion, isReplyTo, type Question } from './message.ts';
import type { NamedServer, Transport } from './name-server.ts';
import { askOverHttps } from './over-https.ts';
import { askOverStream } from './over-stream.ts';
import { askOverUdp } from './over-udp.ts';
import type { Asked, Received } from './received.ts';
import { MalformedMessage } from './wire-reader.ts';

/** What a question came across on its way. */
export interface QueryObserver {
  /** A connection, or the address that datagrams go to; begun at `startMs`. */
  onLocated(located: Connected | NotConnected | WithoutConnection, startMs: number): void;
  /** What carries the question: another one follows where the answer was truncated. */
  onTransport(transport: Transport): void;
}

/** Datagrams need no connection. */
export interface WithoutConnection {
  readonly ok: true;
  readonly remoteAddress: string;
  readonly dnsMs?: number;
}

/** Never throws for the deeds of the peer. Every address is held against the policy of the agent before it is sent to. */
export async function askServer(
  context: RunContext,
  server: NamedServer,
  question: Question,
  observer: QueryObserver,
): Promise<Asked> {
  if (server.transport !== 'udp') {
    const received = await overConnection(context, server, question, observer);
    return decoded(received, question, server);
  }
  const startMs = context.clock.monotonicMs();
  const endpoint = { protocol: 'http:', hostname: server.hostname, port: server.port } as const;
  const located = await context.network.locate(endpoint, context.signal);
  if (!located.ok) {
    observer.onLocated(located, startMs);
    return located;
  }
  const { address, port, dnsMs } = located;
  observer.onLocated(
    { ok: true, remoteAddress: address, ...(dnsMs === undefined ? {} : { dnsMs }) },
    startMs,
  );
  observer.onTransport('udp');
  const first = await decoded(
    await askOverUdp(context, address, port, question, newId(context)),
    question,
    server,
  );
  if (!first.ok || !first.reply.flags?.includes('tc')) return first;
  // RFC 7766 §5: what does not fit is asked for again over TCP, of the same server.
  const overTcp = { transport: 'tcp', hostname: address, port } as const;
  const second = await decoded(await overConnection(context, overTcp, question, observer), question, overTcp);
  return second.ok ? { ...second, queryMs: first.queryMs + second.queryMs } : second;
}

async function overConnection(
  context: RunContext,
  server: NamedServer,
  question: Question,
  observer: QueryObserver,
): Promise<Received> {
  observer.onTransport(server.transport);
  if (server.url) return overHttps(context, server, server.url, question, observer);
  const startMs = context.clock.monotonicMs();
  const { hostname, port, transport } = server;
  const endpoint: Endpoint =
    transport === 'tls'
      ? { protocol: 'https:', hostname, port, alpn: ['dot'] }
      : { protocol: 'http:', hostname, port };
  const connected = await context.network.connect(endpoint, context.signal);
  observer.onLocated(connected, startMs);
  if (!connected.ok) return connected;
  try {
    return await askOverStream(context, connected.socket, question, newId(context), peerOf(server));
  } finally {
    connected.socket.destroy();
  }
}

async function overHttps(
  context: RunContext,
  { hostname, port }: NamedServer,
  url: URL,
  question: Question,
  observer: QueryObserver,
): Promise<Received> {
  const startMs = context.clock.monotonicMs();
  const endpoint = { protocol: 'https:', hostname, port } as const;
  const asked = { version: 'auto', family: 'any' } as const;
  const connection = await openConnection(context.network, endpoint, asked, context);
  observer.onLocated(connection.connected, startMs);
  if (!connection.ok) return connection.connected;
  try {
    // Servers may cache what has no number of its own (RFC 8484 §4.1).
    return await askOverHttps(context, connection, url, encodeQuestion(question, 0));
  } finally {
    connection.close();
  }
}

function decoded(received: Received, question: Question, server: NamedServer): Asked {
  if (!received.ok) return received;
  const { message, queryMs } = received;
  try {
    if (server.url && !isReplyTo(message, question, 0))
      throw new MalformedMessage('it is no answer to the question');
    return { ok: true, reply: decodeReply(message, question), queryMs };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return { ok: false, failure: malformed(peerOf(server), error.message) };
  }
}

function newId({ random }: RunContext): number {
  return Math.floor(random() * 0x1_0000);
}
