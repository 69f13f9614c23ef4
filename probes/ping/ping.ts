/** The `ping` probe: round trips, by ICMP where the host allows it, by TCP connections otherwise, each named as what it is. */
import { tracePath } from '../net/path-trace.ts';
import { type Peer, peerOf } from '../net/peer.ts';
import { RunRecord } from '../net/run-record.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { pingIcmp } from './icmp.ts';
import { type PingParams, pingParams } from './params.ts';
import { type Pings, pingMetrics, repliesFailure } from './replies.ts';
import { pingTcp } from './tcp-connects.ts';

const PORTS = {
  icmp: 443,
  tcp: null,
  tls: 443,
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  grpc: 80,
  grpcs: 443,
} as const;

export const pingProbe: Probe<PingParams> = {
  type: 'ping',
  lane: 'light',
  summary: 'Round trips to a host: ICMP echo where the agent’s host allows it, TCP connections otherwise.',
  params: pingParams,
  metrics: [
    'dns_ms',
    'ping_ms',
    'ping_min_ms',
    'ping_max_ms',
    'ping_jitter_ms',
    'ping_loss_ratio',
    'ping_sent_count',
  ],
  judged: ['ping_ms'],
  defaults: { everyMs: 30_000, timeoutMs: 10_000 },
  run,
};

async function run(context: RunContext, target: Target, params: PingParams): Promise<RunResult> {
  const record = new RunRecord(context.clock);
  const found = peerOf(context.network, target, PORTS, params.port);
  if (!found.ok) return record.fail(found.failure);
  const startMs = record.nowMs();
  const located = await context.network.locate({ ...found.peer, protocol: 'http:' }, context.signal);
  if (located.dnsMs !== undefined) record.addPhase('dns', startMs);
  if (!located.ok) return record.fail(located.failure);
  if (located.dnsMs !== undefined) record.metrics.dns_ms = located.dnsMs;
  const { address, port } = located;
  record.attributes.server_ip = address;
  const fromMs = record.nowMs();
  const pings = await pingBy(context, found.peer, { address, port }, params, record);
  record.addPhase('ping', fromMs);
  if (!pings) return record.fail(notSupported());
  Object.assign(record.metrics, pingMetrics(pings));
  if (pings.ttl !== undefined) record.attributes.ttl = String(pings.ttl);
  const failure = repliesFailure(pings, params.minReplies, address);
  if (!failure) return record.succeed();
  if (params.path && failure.blame !== 'agent') await addPath(context, address, record);
  return record.fail(failure);
}

/** Undefined when ICMP is asked for and the host does not allow it. */
async function pingBy(
  context: RunContext,
  peer: Peer,
  goal: { readonly address: string; readonly port: number },
  params: PingParams,
  record: RunRecord,
): Promise<Pings | undefined> {
  // What stands in for a target at one port says nothing of the host that has its name.
  const isRedirected = Object.hasOwn(context.network.options.connectTo, peer.text);
  if (params.method === 'icmp' || (params.method === 'auto' && !isRedirected)) {
    const pings = await pingIcmp(goal.address, params, context.signal);
    if (pings || params.method === 'icmp') {
      record.attributes.method = 'icmp';
      return pings;
    }
  }
  record.attributes.method = 'tcp';
  record.attributes.port = String(goal.port);
  return await pingTcp(context, goal.address, goal.port, params);
}

async function addPath(context: RunContext, address: string, record: RunRecord): Promise<void> {
  const fromMs = record.nowMs();
  const path = await tracePath(address, context.signal);
  if (!path) return;
  record.addPhase('path', fromMs);
  record.attributes.path = path.text;
  record.attributes.path_tool = path.tool;
}

function notSupported(): Failure {
  return {
    layer: 'agent',
    blame: 'agent',
    code: 'not_supported',
    message:
      'The host of this agent allows no ICMP: install ping and let it open ICMP sockets (net.ipv4.ping_group_range), or use method tcp.',
  };
}
