/** The `websocket` probe: the upgrade, a message and its answer, a ping and its pong. */
import { credentialsOf } from '../http/credentials.ts';
import { peerOf } from '../net/peer.ts';
import { RunRecord } from '../net/run-record.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { type WebsocketParams, websocketParams } from './params.ts';
import { closeTalk, expected, openTalk, type Talk } from './talk.ts';

const PORTS = { ws: 80, wss: 443, http: 80, https: 443 } as const;

export const websocketProbe: Probe<WebsocketParams> = {
  type: 'websocket',
  lane: 'light',
  summary: 'Opens a WebSocket on a fresh connection; sends a message and awaits the answer; times a pong.',
  params: websocketParams,
  metrics: ['dns_ms', 'connect_ms', 'tls_ms', 'ws_upgrade_ms', 'ws_message_ms', 'ws_ping_ms'],
  judged: ['ws_upgrade_ms'],
  defaults: { everyMs: 30_000, timeoutMs: 10_000 },
  run,
};

async function run(context: RunContext, target: Target, params: WebsocketParams): Promise<RunResult> {
  const record = new RunRecord(context.clock);
  const found = peerOf(context.network, target, PORTS);
  if (!found.ok) return record.fail(found.failure);
  const { credentials } = params;
  const secret = credentialsOf(context, { auth: 'bearer', ...(credentials && { credentials }) });
  if (!secret.ok) return record.fail(secret.failure);
  const { peer } = found;
  const isSecure = peer.url.protocol === 'wss:' || peer.url.protocol === 'https:';
  const startMs = record.nowMs();
  const protocol = isSecure ? 'https:' : 'http:';
  const connected = await context.network.connect({ ...peer, protocol }, context.signal);
  record.addConnection(connected, startMs);
  if (!connected.ok) return record.fail(connected.failure);
  const headers = { 'user-agent': context.userAgent, ...params.headers, ...secret.headers };
  const url = new URL(peer.url.href.replace(/^http/, 'ws'));
  const talk = openTalk(connected.socket, url, params, headers, context.signal);
  try {
    const failure = await converse(talk, params, record);
    return failure ? record.fail({ ...failure, message: secret.redact(failure.message) }) : record.succeed();
  } finally {
    closeTalk(talk, connected.socket);
  }
}

async function converse(
  talk: Talk,
  params: WebsocketParams,
  record: RunRecord,
): Promise<Failure | undefined> {
  const upgradeMs = record.nowMs();
  const opened = await talk.until('open', () => true as const);
  const tookMs = record.addPhase('upgrade', upgradeMs);
  if (opened !== true) return opened;
  record.metrics.ws_upgrade_ms = tookMs;
  if (talk.socket.protocol !== '') record.attributes.ws_protocol = talk.socket.protocol;
  const failure = await exchangeMessages(talk, params, record);
  if (failure || !params.ping) return failure;
  const pingMs = record.nowMs();
  talk.socket.ping();
  const pong = await talk.until('pong', () => true as const);
  const pongMs = record.addPhase('ping', pingMs);
  if (pong !== true) return pong;
  record.metrics.ws_ping_ms = pongMs;
  return undefined;
}

async function exchangeMessages(
  talk: Talk,
  { send, expect }: WebsocketParams,
  record: RunRecord,
): Promise<Failure | undefined> {
  if (send === undefined && expect === undefined) return undefined;
  const fromMs = record.nowMs();
  // Listened for before it is asked for: an answer is not missed.
  const answer = expect === undefined ? undefined : talk.until('message', expected(new RegExp(expect, 'm')));
  if (send !== undefined) talk.socket.send(send);
  if (!answer) return undefined;
  const heard = await answer;
  const tookMs = record.addPhase('message', fromMs);
  if (heard !== true) return heard;
  record.metrics.ws_message_ms = tookMs;
  return undefined;
}
