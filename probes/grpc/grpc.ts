/** The `grpc` probe: the standard health check (grpc.health.v1) on a fresh HTTP/2 connection. */
import { credentialsOf } from '../http/credentials.ts';
import { peerOf } from '../net/peer.ts';
import { RunRecord } from '../net/run-record.ts';
import { secure, trustOf } from '../net/secure.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { type CallEnd, callHealth } from './call.ts';
import { decodeHealthResponse } from './health.ts';
import { type GrpcParams, grpcParams } from './params.ts';

const PORTS = { grpc: 80, grpcs: 443, http: 80, https: 443 } as const;

/** Statuses of gRPC that mean more here than that the call failed. */
const DENIED = new Set([7, 16]);
const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

export const grpcProbe: Probe<GrpcParams> = {
  type: 'grpc',
  lane: 'light',
  summary: 'Asks a gRPC server for its health, by the standard service grpc.health.v1.',
  params: grpcParams,
  metrics: ['dns_ms', 'connect_ms', 'tls_ms', 'grpc_call_ms'],
  judged: ['grpc_call_ms'],
  defaults: { everyMs: 30_000, timeoutMs: 10_000 },
  run,
};

async function run(context: RunContext, target: Target, params: GrpcParams): Promise<RunResult> {
  const trust = await trustOf(context.network.options);
  const record = new RunRecord(context.clock);
  const found = peerOf(context.network, target, PORTS, params.port);
  if (!found.ok) return record.fail(found.failure);
  const { credentials } = params;
  const secret = credentialsOf(context, { auth: 'bearer', ...(credentials && { credentials }) });
  if (!secret.ok) return record.fail(secret.failure);
  const { peer } = found;
  const isSecure = peer.url.protocol === 'grpcs:' || peer.url.protocol === 'https:';
  const startMs = record.nowMs();
  const connected = await context.network.connect({ ...peer, protocol: 'http:' }, context.signal);
  record.addConnection(connected, startMs);
  if (!connected.ok) return record.fail(connected.failure);
  let { socket } = connected;
  try {
    if (isSecure) {
      const fromMs = record.nowMs();
      const { clock, signal } = context;
      const serverName = params.serverName ?? peer.hostname;
      const secured = await secure(socket, {
        serverName,
        peer: peer.text,
        clock,
        signal,
        trust,
        alpn: ['h2'],
      });
      const tookMs = record.addPhase('tls', fromMs);
      if (!secured.ok) return record.fail(secured.failure);
      if (secured.objection) return record.fail(secured.objection);
      record.metrics.tls_ms = tookMs;
      record.attributes.tls_version = secured.socket.getProtocol() ?? 'unknown';
      socket = secured.socket;
    }
    const callMs = record.nowMs();
    const headers = { 'user-agent': context.userAgent, ...secret.headers };
    const end = await callHealth(socket, peer.text, params.service, {
      signal: context.signal,
      isSecure,
      headers,
    });
    const tookMs = record.addPhase('call', callMs);
    if (end.ok) record.metrics.grpc_call_ms = tookMs;
    const failure = judge(end, params.service, record);
    if (!failure) return record.succeed();
    return record.fail({ ...failure, message: secret.redact(failure.message) });
  } finally {
    socket.destroy();
    connected.socket.destroy();
  }
}

/** Notes what the call answered; what is wrong with it, or undefined. */
function judge(end: CallEnd, service: string, record: RunRecord): Failure | undefined {
  if (!end.ok) return end.failure;
  record.attributes.http_status = String(end.httpStatus);
  if (end.status === undefined || !end.contentType.startsWith('application/grpc')) {
    const denied = end.httpStatus === 401 || end.httpStatus === 403;
    const message = `The server answered HTTP status ${end.httpStatus} and no gRPC: a proxy may have answered for it.`;
    return http(denied ? 'denied' : end.httpStatus === 200 ? 'bad_response' : 'status', message);
  }
  const name = STATUS_NAMES[end.status] ?? String(end.status);
  record.attributes.grpc_status = name;
  if (end.status !== 0) return callFailure(end.status, name, end.statusText, service);
  const health = decodeHealthResponse(end.frame);
  if (health === undefined) return http('bad_response', 'The answer is no HealthCheckResponse.');
  record.attributes.serving_status = health;
  if (health === 'serving') return undefined;
  const message = `${asked(service)} says ${health.toUpperCase()}.`;
  return { layer: 'content', blame: 'target', code: 'not_serving', message };
}

function callFailure(status: number, name: string, text: string, service: string): Failure {
  const why = text === '' ? name : `${name}: ${text}`;
  if (DENIED.has(status)) return http('denied', `The server denied the health check: ${why}.`);
  if (status === 5) {
    const message = `The server does not know ${asked(service)}: ${why}.`;
    return { layer: 'content', blame: 'target', code: 'not_found', message };
  }
  const hint = status === 12 ? ' It has no service grpc.health.v1.' : '';
  return http('status', `The health check ended with ${why}.${hint}`);
}

function asked(service: string): string {
  return service === '' ? 'the server' : `the service ${service}`;
}

function http(code: Failure['code'], message: string): Failure {
  return { layer: 'http', blame: 'target', code, message };
}
