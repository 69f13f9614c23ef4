/** The `tls` probe: what a server shows in its handshake, and what it would agree to. */
import type { TLSSocket } from 'node:tls';
import { type Peer, peerOf } from '../net/peer.ts';
import { RunRecord } from '../net/run-record.ts';
import { chainOf, type Secured, secure, trustOf } from '../net/secure.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { askForTls } from '../tcp/tcp.ts';
import { certificateAttributes, certificateMetrics, expiringFailure } from './certificate-facts.ts';
import { readStapled } from './ocsp.ts';
import { type TlsParams, tlsParams } from './params.ts';
import { resume, sessionOf } from './resumption.ts';
import { versionsFailure } from './versions.ts';

const PORTS = { tls: 443, https: 443, http: 443, wss: 443, grpcs: 443, tcp: null } as const;

export const tlsProbe: Probe<TlsParams> = {
  type: 'tls',
  lane: 'light',
  summary:
    'Shakes hands with a TLS server: certificate chain and expiry, versions, resumption, OCSP stapling.',
  params: tlsParams,
  metrics: [
    'dns_ms',
    'connect_ms',
    'starttls_ms',
    'tls_ms',
    'tls_total_ms',
    'tls_expiry_s',
    'tls_chain_count',
    'tls_resumed_ms',
  ],
  judged: ['tls_total_ms'],
  defaults: { everyMs: 60_000, timeoutMs: 15_000 },
  run,
};

async function run(context: RunContext, target: Target, params: TlsParams): Promise<RunResult> {
  const trust = await trustOf(context.network.options);
  const record = new RunRecord(context.clock);
  // http has another port for TLS than its own.
  const url = URL.parse(target.url);
  const port = params.port ?? (url?.protocol === 'http:' && url.port === '' ? 443 : undefined);
  const found = peerOf(context.network, target, PORTS, port);
  if (!found.ok) return record.fail(found.failure);
  const { peer } = found;
  const startMs = record.nowMs();
  const connected = await context.network.connect({ ...peer, protocol: 'http:' }, context.signal);
  record.addConnection(connected, startMs);
  if (!connected.ok) return record.fail(connected.failure);
  let session: Buffer | undefined;
  try {
    const refused = await askForTls(context, connected.socket, params, record);
    if (refused) return record.fail(refused);
    const fromMs = record.nowMs();
    const secured = await secure(connected.socket, {
      serverName: params.serverName ?? peer.hostname,
      peer: peer.text,
      clock: context.clock,
      signal: context.signal,
      ...(params.alpn.length > 0 ? { alpn: params.alpn } : {}),
      trust,
      staple: true,
    });
    const tookMs = record.addPhase('tls', fromMs);
    if (!secured.ok) return record.fail(secured.failure);
    record.metrics.tls_ms = tookMs;
    record.setTotal('tls_total_ms');
    const failure = judge(context, secured, params, record);
    if (failure) return record.fail(failure);
    if (params.resumption) session = await sessionOf(secured.socket, context.signal);
  } finally {
    connected.socket.destroy();
  }
  if (params.resumption) await addResumption(context, peer, params, session, record);
  const failure = await versionsFailure(context, peer, params, record);
  return failure ? record.fail(failure) : record.succeed();
}

/** Notes all that the handshake showed; the first thing that is wrong with it, or undefined. */
function judge(
  context: RunContext,
  secured: Secured & { ok: true },
  params: TlsParams,
  record: RunRecord,
): Failure | undefined {
  const { socket, objection, stapled } = secured;
  const chain = chainOf(socket);
  Object.assign(record.metrics, certificateMetrics(chain, context.clock.wallMs()));
  Object.assign(record.attributes, handshakeAttributes(socket), certificateAttributes(chain));
  const answer = stapled && readStapled(stapled);
  const isStale = answer?.nextUpdateMs !== undefined && answer.nextUpdateMs < context.clock.wallMs();
  const ocsp = isStale ? 'stale' : (answer?.status ?? (stapled ? 'malformed' : 'none'));
  record.attributes.ocsp = ocsp;
  if (objection) return objection;
  if (ocsp === 'revoked') {
    return wrong('cert_revoked', 'The stapled OCSP response says that the certificate is revoked.');
  }
  if (params.ocsp === 'require' && ocsp !== 'good') {
    return wrong('no_stapling', `A good stapled OCSP response is required; this one is ${ocsp}.`);
  }
  return expiringFailure(record.metrics, params.minValidDays);
}

function handshakeAttributes(socket: TLSSocket): Record<string, string> {
  return {
    tls_version: socket.getProtocol() ?? 'unknown',
    tls_cipher: socket.getCipher().standardName,
    ...(socket.alpnProtocol ? { alpn: socket.alpnProtocol } : {}),
  };
}

async function addResumption(
  context: RunContext,
  peer: Peer,
  params: TlsParams,
  session: Buffer | undefined,
  record: RunRecord,
): Promise<void> {
  if (!session) {
    record.attributes.resumption = 'none';
    return;
  }
  const resumed = await resume(context, peer, params, session);
  if (!resumed) return;
  record.attributes.resumption = resumed.reused ? 'yes' : 'no';
  if (resumed.reused) record.metrics.tls_resumed_ms = resumed.tookMs;
}

function wrong(code: Failure['code'], message: string): Failure {
  return { layer: 'tls', blame: 'target', code, message };
}
