/** The `dns` probe: one question to the name servers of the agent or to one that is named, its way there and its answer timed. */
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import type { Metrics } from '../metrics.ts';
import { connectMetrics, connectPhases } from '../net/connect-steps.ts';
import { canonicalHost } from '../net/host-port.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { peerOf } from './failures.ts';
import { judgeReply, recordsAsked } from './judge.ts';
import { DNS_LIMITS } from './limits.ts';
import { type DnsReply, isDnsName, type Question } from './message.ts';
import { type NameServer, parseNameServer } from './name-server.ts';
import { type DnsParams, dnsParams } from './params.ts';
import { askServer, type QueryObserver } from './query.ts';
import type { Asked } from './received.ts';
import { askSystem } from './system-query.ts';

/**
 * `dns_ms`, `connect_ms` and `tls_ms` are the way to the named server: its own name, TCP, TLS. `dns_query_ms` is the question itself.
 * Nothing is cached and nothing is repeated, but for an answer that was truncated, which is asked for again over TCP; `dns_query_ms`
 * is then the sum of both.
 */
export const dnsProbe: Probe<DnsParams> = {
  type: 'dns',
  lane: 'light',
  summary: 'Asks a name server, by UDP, TCP, TLS or HTTPS, and holds its answer against what is expected.',
  params: dnsParams,
  metrics: ['dns_ms', 'connect_ms', 'tls_ms', 'dns_query_ms', 'dns_answer_count', 'dns_ttl_s'],
  judged: ['dns_query_ms'],
  defaults: { everyMs: 30_000, timeoutMs: 5000 },
  run,
};

async function run(context: RunContext, target: Target, params: DnsParams): Promise<RunResult> {
  const record = new DnsRecord(context);
  const name = nameOf(target, params);
  const server = parseNameServer(params.server);
  if (name === undefined || server === undefined) return record.end(badName(target, params));
  const question = { name, type: params.type, recursive: params.recursive, dnssec: params.dnssec };
  const asked = await ask(context, server, question, record);
  if (!asked.ok) return record.end(asked.failure);
  record.addReply(question, asked.reply, asked.queryMs);
  const who = server === 'system' ? 'The name server of the agent' : (server.url?.host ?? peerOf(server));
  return record.end(judgeReply(asked.reply, params.expect, { question, who, isNamed: server !== 'system' }));
}

async function ask(
  context: RunContext,
  server: NameServer,
  question: Question,
  record: DnsRecord,
): Promise<Asked> {
  if (server !== 'system') {
    const forbidden = server.url && context.network.forbids(server.url);
    return forbidden ? { ok: false, failure: forbidden } : askServer(context, server, question, record);
  }
  record.onTransport('system');
  return askSystem(question, context.network.options.nameServers, context.clock, context.signal);
}

/** What a run has measured so far. */
class DnsRecord implements QueryObserver {
  readonly #timeline: Timeline;
  readonly #metrics: Metrics = {};
  readonly #attributes: Record<string, string> = {};

  constructor({ clock }: RunContext) {
    this.#timeline = new Timeline(clock);
  }

  onTransport(transport: Parameters<QueryObserver['onTransport']>[0] | 'system'): void {
    this.#attributes.dns_transport = transport;
  }

  onLocated(located: Parameters<QueryObserver['onLocated']>[0], startMs: number): void {
    if (located.remoteAddress !== undefined) this.#attributes.server_ip = located.remoteAddress;
    const steps = 'socket' in located || !located.ok ? located : undefined;
    if (steps) {
      Object.assign(this.#metrics, connectMetrics(steps));
      this.#timeline.addAll(connectPhases(steps, this.#timeline.elapsed(startMs)));
      if (steps.ok && steps.tlsVersion) this.#attributes.tls_version = steps.tlsVersion;
    } else if (located.dnsMs !== undefined) {
      this.#metrics.dns_ms = located.dnsMs;
      this.#timeline.add('dns', startMs, startMs + located.dnsMs);
    }
  }

  addReply(question: Question, reply: DnsReply, queryMs: number): void {
    const nowMs = this.#timeline.nowMs();
    this.#timeline.add('query', nowMs - queryMs, nowMs);
    const records = recordsAsked(reply, question.type);
    const ttls = records.flatMap(({ ttlSeconds }) => (ttlSeconds === undefined ? [] : [ttlSeconds]));
    this.#metrics.dns_query_ms = queryMs;
    this.#metrics.dns_answer_count = records.length;
    if (ttls.length > 0) this.#metrics.dns_ttl_s = Math.min(...ttls);
    this.#attributes.dns_rcode = reply.rcode;
    if (reply.flags) this.#attributes.dns_flags = reply.flags.join(' ');
    // Sorted: name servers turn their records round, and what differs each time tells nothing.
    const answers = records.map(({ value }) => value).sort();
    if (answers.length > 0) this.#attributes.dns_answers = cut(answers.join(', '));
    const aliases = reply.answers.filter(({ type }) => type === 'CNAME' && question.type !== 'CNAME');
    const last = aliases.at(-1);
    if (last) this.#attributes.dns_cname = cut(last.value);
  }

  end(failure: Failure | undefined): RunResult {
    const measured = {
      metrics: this.#metrics,
      attributes: this.#attributes,
      phases: this.#timeline.phases,
    };
    return failure ? { outcome: 'fail', failure, ...measured } : { outcome: 'ok', ...measured };
  }
}

function cut(text: string): string {
  return text.slice(0, DNS_LIMITS.answerChars.value);
}

/** Undefined when it is no name: an address has none but for PTR. */
function nameOf(target: Target, params: DnsParams): string | undefined {
  const given = params.name ?? URL.parse(target.url)?.hostname ?? '';
  const name = /[^\0-\x7f]/.test(given) ? domainToASCII(given) : given;
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(bare))
    return params.type === 'PTR' ? reverseName(canonicalHost(bare) ?? bare) : undefined;
  return isDnsName(name) ? name.toLowerCase() : undefined;
}

/** RFC 1035 §3.5 and RFC 3596 §2.5. */
function reverseName(address: string): string {
  const bytes = ipaddr.parse(address).toByteArray();
  if (bytes.length === 4) return `${bytes.reverse().join('.')}.in-addr.arpa`;
  const digits = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}

function badName(target: Target, params: DnsParams): Failure {
  const text = (params.name ?? target.url).slice(0, 100);
  return {
    layer: 'agent',
    blame: 'agent',
    code: 'bad_params',
    message: `${JSON.stringify(text)} has no name to ask ${params.type} records for. Set params.name, such as www.example.com.`,
  };
}
