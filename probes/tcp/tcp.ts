/** The `tcp` probe: a connection, TLS on it where asked for, and a dialogue. */
import type { Socket } from 'node:net';
import { Conversation } from '../net/conversation.ts';
import { type Peer, peerOf } from '../net/peer.ts';
import { RunRecord } from '../net/run-record.ts';
import { secure, trustOf } from '../net/secure.ts';
import { STARTTLS_LIMITS, startTls } from '../net/starttls.ts';
import { loadTcpInfo } from '../net/tcp-info.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { converse } from './dialogue.ts';
import { TCP_LIMITS, type TcpParams, tcpParams } from './params.ts';

const PORTS = { tcp: null, tls: 443, http: 80, https: 443, ws: 80, wss: 443, grpc: 80, grpcs: 443 } as const;

export const tcpProbe: Probe<TcpParams> = {
  type: 'tcp',
  lane: 'light',
  summary: 'Connects to a port, starts TLS where asked for, and holds a dialogue of what to send and expect.',
  params: tcpParams,
  metrics: ['dns_ms', 'connect_ms', 'starttls_ms', 'tls_ms', 'dialogue_ms', 'tcp_total_ms', 'tcp_rtt_ms'],
  judged: ['tcp_total_ms'],
  defaults: { everyMs: 30_000, timeoutMs: 10_000 },
  run,
};

async function run(context: RunContext, target: Target, params: TcpParams): Promise<RunResult> {
  const [trust, readInfo] = await Promise.all([
    params.starttls === undefined ? undefined : trustOf(context.network.options),
    loadTcpInfo(),
  ]);
  const record = new RunRecord(context.clock);
  const found = peerOf(context.network, target, PORTS, params.port);
  if (!found.ok) return record.fail(found.failure);
  const { peer } = found;
  const startMs = record.nowMs();
  const connected = await context.network.connect({ ...peer, protocol: 'http:' }, context.signal);
  record.addConnection(connected, startMs);
  if (!connected.ok) return record.fail(connected.failure);
  let socket: Socket = connected.socket;
  try {
    if (params.starttls !== undefined && trust) {
      const secured = await upgrade(context, socket, peer, params, record);
      if ('failure' in secured) return record.fail(secured.failure);
      socket = secured.socket;
    }
    const failure = await talk(context, socket, params, record);
    const rttMs = readInfo?.(connected.socket)?.rttMs;
    if (rttMs !== undefined) record.metrics.tcp_rtt_ms = rttMs;
    if (failure) return record.fail(failure);
    record.setTotal('tcp_total_ms');
    return record.succeed();
  } finally {
    socket.destroy();
    connected.socket.destroy();
  }
}

/** TLS on the socket, with a certificate that clients accept. */
async function upgrade(
  context: RunContext,
  socket: Socket,
  peer: Peer,
  params: TcpParams,
  record: RunRecord,
): Promise<{ readonly socket: Socket } | { readonly failure: Failure }> {
  const failure = await askForTls(context, socket, params, record);
  if (failure) return { failure };
  const trust = await trustOf(context.network.options);
  const tlsMs = record.nowMs();
  const { clock, signal } = context;
  const serverName = params.serverName ?? peer.hostname;
  const secured = await secure(socket, { serverName, peer: peer.text, clock, signal, trust });
  const tookMs = record.addPhase('tls', tlsMs);
  if (!secured.ok) return { failure: secured.failure };
  record.attributes.tls_version = secured.socket.getProtocol() ?? 'unknown';
  if (secured.objection) {
    secured.socket.destroy();
    return { failure: secured.objection };
  }
  record.metrics.tls_ms = tookMs;
  return { socket: secured.socket };
}

/** The commands before the handshake, if the protocol has any. Shared with the `tls` probe. */
export async function askForTls(
  context: RunContext,
  socket: Socket,
  { starttls }: Pick<TcpParams, 'starttls'>,
  record: RunRecord,
): Promise<Failure | undefined> {
  if (starttls === undefined || starttls === 'raw') return undefined;
  const fromMs = record.nowMs();
  const conversation = new Conversation(socket, {
    signal: context.signal,
    maxBytes: STARTTLS_LIMITS.answerBytes.value,
  });
  const failure = await startTls(conversation, starttls);
  conversation.release();
  const tookMs = record.addPhase('starttls', fromMs);
  if (!failure) record.metrics.starttls_ms = tookMs;
  return failure;
}

async function talk(
  { signal }: RunContext,
  socket: Socket,
  { dialogue }: TcpParams,
  record: RunRecord,
): Promise<Failure | undefined> {
  if (dialogue.length === 0) return undefined;
  const fromMs = record.nowMs();
  const conversation = new Conversation(socket, { signal, maxBytes: TCP_LIMITS.replyBytes.value });
  const failure = await converse(conversation, dialogue);
  const tookMs = record.addPhase('dialogue', fromMs);
  if (!failure) record.metrics.dialogue_ms = tookMs;
  return failure;
}
