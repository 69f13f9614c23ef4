import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dnsProbe } from '../../../probes/dns/dns.ts';
import { DNS_LIMITS } from '../../../probes/dns/limits.ts';
import { METRICS } from '../../../probes/metrics.ts';
import type { Network } from '../../../probes/net/network.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { probeOf } from '../../../probes/registry.ts';
import { type Authority, makeAuthority, makeCertificate } from '../net/certificates.ts';
import { startNameServer } from '../net/name-server.ts';
import { loopbackNetwork, runContext } from '../net/run-context.ts';
import {
  type Answerer,
  type DnsServer,
  encodeReply,
  ipv4,
  nameBytes,
  startHttps,
  startStream,
  startUdp,
} from './dns-server.ts';

const closers: (() => unknown)[] = [];
let authority: Authority;
let network: Network;

beforeAll(() => {
  authority = makeAuthority('Test authority');
  network = loopbackNetwork({ trustedCa: authority.cert });
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function kept<T extends DnsServer>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  closers.push(() => server.close());
  return server;
}

interface RunOptions {
  readonly network?: Network;
  readonly timeoutMs?: number;
  readonly url?: string;
}

function runDns(params: Record<string, unknown>, options: RunOptions = {}): Promise<RunResult> {
  const context = runContext({ network: options.network ?? network, timeoutMs: options.timeoutMs ?? 20_000 });
  const target = { name: 'test', url: options.url ?? 'dns://video.test', labels: {} };
  return dnsProbe.run(context, target, dnsProbe.params.parse(params));
}

const one: Answerer = () => ({ answers: [ipv4('192.0.2.7')] });
const failureOf = (result: RunResult) => (result.outcome === 'fail' ? result.failure : undefined);

describe('the probe', () => {
  it('is registered, and judges only what has a smallest effect', () => {
    expect(probeOf('dns')).toBe(dnsProbe);
    for (const name of dnsProbe.judged) {
      expect(dnsProbe.metrics).toContain(name);
      expect(METRICS[name]).toHaveProperty('minEffect');
    }
  });
});

describe('a question to a named server', () => {
  it('over UDP has no connection, and says what came', async () => {
    const server = await kept(startUdp(one));
    const result = await runDns({ server: `127.0.0.1:${server.port}` });
    expect(result).toMatchObject({
      outcome: 'ok',
      metrics: { dns_answer_count: 1, dns_ttl_s: 60 },
      attributes: {
        server_ip: '127.0.0.1',
        dns_transport: 'udp',
        dns_rcode: 'NOERROR',
        dns_answers: '192.0.2.7',
        dns_flags: 'ra',
      },
    });
    expect(result.metrics.dns_query_ms).toBeGreaterThan(0);
    expect(result.metrics).not.toHaveProperty('connect_ms');
    expect(result.phases.map(({ name }) => name)).toEqual(['query']);
    expect(server.asked).toMatchObject([{ name: 'video.test', type: 1, via: 'udp' }]);
  });

  it('over TCP has the connection apart, also where the answer comes byte by byte', async () => {
    const server = await kept(startStream(one, { chunkBytes: 1 }));
    const result = await runDns({ server: `tcp://127.0.0.1:${server.port}` });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { dns_transport: 'tcp' } });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'query']);
  });

  it('over TLS has the handshake too, and the certificate must be right', async () => {
    const certificate = makeCertificate({ names: ['127.0.0.1'], authority });
    const server = await kept(startStream(one, { certificate }));
    const params = { server: `tls://127.0.0.1:${server.port}` };
    const result = await runDns(params);
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { dns_transport: 'tls', tls_version: 'TLSv1.3' },
    });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'tls', 'query']);
    expect(await runDns(params, { network: loopbackNetwork() })).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'tls', blame: 'target' },
    });
    expect(server.asked).toHaveLength(1);
  });

  it('over HTTPS is a POST without a number, by HTTP/2 where the server has it', async () => {
    const certificate = makeCertificate({ names: ['127.0.0.1'], authority });
    const server = await kept(startHttps(one, certificate));
    const result = await runDns({ server: `https://127.0.0.1:${server.port}/dns-query` });
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { dns_transport: 'https', dns_answers: '192.0.2.7' },
    });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'tls', 'query']);
    expect(server.asked).toMatchObject([{ id: 0, via: 'https' }]);
    expect(server.versions).toEqual(['2.0']);
  });

  it('is asked again over TCP when the answer does not fit', async () => {
    const stream = await kept(startStream(() => ({ answers: [ipv4('192.0.2.1'), ipv4('192.0.2.2')] })));
    const mapped = loopbackNetwork();
    const udp = await kept(startUdp(() => ({ bits: 0x0380 })));
    // Both transports of a server have one port; two servers of a test have two.
    const moved: Network = {
      ...mapped,
      connect: (endpoint, signal) => mapped.connect({ ...endpoint, port: stream.port }, signal),
    };
    const result = await runDns({ server: `127.0.0.1:${udp.port}` }, { network: moved });
    expect(result).toMatchObject({
      outcome: 'ok',
      metrics: { dns_answer_count: 2 },
      attributes: { dns_transport: 'tcp' },
    });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'query']);
  });

  it('carries what it was told: recursion, signatures, type and name', async () => {
    const server = await kept(startUdp(one));
    await runDns({
      server: `127.0.0.1:${server.port}`,
      name: '_sip._tcp.EXAMPLE.test.',
      type: 'SRV',
      recursive: false,
      dnssec: true,
      expect: { count: { min: 0 } },
    });
    expect(server.asked).toMatchObject([{ name: '_sip._tcp.example.test', type: 33, bits: 0x0020 }]);
    // The OPT record offers what passes every path, and asks for signatures.
    const opt = server.asked[0]?.bytes.subarray(-11);
    expect(opt?.readUInt16BE(3)).toBe(DNS_LIMITS.udpBytes.value);
    expect(opt?.readUInt16BE(7)).toBe(0x8000);
  });

  it.each([
    ['192.0.2.7', '7.2.0.192.in-addr.arpa'],
    ['2001:db8::1', `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`],
  ])('turns the address %s into the name of its PTR records', async (name, asked) => {
    const server = await kept(startUdp(() => ({ answers: [{ type: 12, data: nameBytes('Host.test') }] })));
    const result = await runDns({ server: `127.0.0.1:${server.port}`, name, type: 'PTR' });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { dns_answers: 'host.test' } });
    expect(server.asked[0]?.name).toBe(asked);
  });

  it('asks for names in other letters as DNS writes them', async () => {
    const server = await kept(startUdp(one));
    await runDns({ server: `127.0.0.1:${server.port}`, name: 'bücher.test' });
    expect(server.asked[0]?.name).toBe('xn--bcher-kva.test');
  });

  it('tells where an alias leads, and does not count it as an answer', async () => {
    const server = await kept(
      startUdp(() => ({
        answers: [
          { type: 5, data: nameBytes('edge.cdn.test') },
          { ...ipv4('192.0.2.9'), name: 'edge.cdn.test' },
        ],
      })),
    );
    const result = await runDns({ server: `127.0.0.1:${server.port}` });
    expect(result).toMatchObject({
      outcome: 'ok',
      metrics: { dns_answer_count: 1 },
      attributes: { dns_cname: 'edge.cdn.test', dns_answers: '192.0.2.9' },
    });
  });

  it('cuts what a stranger made long', async () => {
    const many = Array.from({ length: 60 }, (_, at) => ipv4(`192.0.2.${at}`));
    const server = await kept(startUdp(() => ({ answers: many })));
    const result = await runDns({ server: `127.0.0.1:${server.port}` });
    expect(result.attributes.dns_answers).toHaveLength(DNS_LIMITS.answerChars.value);
  });
});

describe('a question to the name servers of the agent', () => {
  it('is asked by c-ares, and has the same shape', async () => {
    const names = await startNameServer({ 'video.test': { a: ['192.0.2.7', '192.0.2.3'] }, 'none.test': {} });
    closers.push(() => names.close());
    const own = loopbackNetwork({ nameServers: [names.address] });
    const result = await runDns({ expect: { only: ['192.0.2.*'] } }, { network: own });
    expect(result).toMatchObject({
      outcome: 'ok',
      metrics: { dns_answer_count: 2, dns_ttl_s: 60 },
      attributes: { dns_transport: 'system', dns_rcode: 'NOERROR', dns_answers: '192.0.2.3, 192.0.2.7' },
    });
    expect(await runDns({ name: 'none.test' }, { network: own })).toMatchObject({
      outcome: 'fail',
      attributes: { dns_rcode: 'NOERROR' },
      failure: { layer: 'dns', code: 'not_found', blame: 'target' },
    });
  });

  it.each([
    ['nobody.test', 'NXDOMAIN', 'not_found', 'target'],
    ['broken.test', 'SERVFAIL', 'server_failure', 'unknown'],
    ['refused.test', 'REFUSED', 'server_failure', 'unknown'],
  ])('%s is %s, blamed on %4$s', async (name, rcode, code, blame) => {
    const names = await startNameServer({ 'broken.test': { rcode: 2 }, 'refused.test': { rcode: 5 } });
    closers.push(() => names.close());
    const own = loopbackNetwork({ nameServers: [names.address] });
    const result = await runDns({ name }, { network: own });
    expect(result).toMatchObject({ outcome: 'fail', failure: { layer: 'dns', code, blame } });
    expect(result.attributes.dns_rcode).toBe(rcode);
    expect(await runDns({ name, expect: { rcode: [rcode] } }, { network: own })).toMatchObject({
      outcome: 'ok',
    });
  });

  it('ends at its deadline when they are silent', async () => {
    const names = await startNameServer({ 'video.test': { silent: true } });
    closers.push(() => names.close());
    const own = loopbackNetwork({ nameServers: [names.address] });
    expect(failureOf(await runDns({}, { network: own, timeoutMs: 150 }))).toMatchObject({
      layer: 'dns',
      code: 'timeout',
      blame: 'network',
    });
  });
});

describe('a named server that fails', () => {
  it('is to blame for SERVFAIL, as nobody else was asked', async () => {
    const server = await kept(startUdp(() => ({ rcode: 2 })));
    const result = await runDns({ server: `127.0.0.1:${server.port}` });
    expect(failureOf(result)).toMatchObject({ layer: 'dns', code: 'server_failure', blame: 'target' });
    expect(failureOf(result)?.message).toContain('SERVFAIL');
  });

  it.each([
    ['udp', startUdp],
    ['tcp', startStream],
  ] as const)('times out over %s when it is silent', async (transport, start) => {
    const server = await kept(start(() => ({ silent: true })));
    const result = await runDns({ server: `${transport}://127.0.0.1:${server.port}` }, { timeoutMs: 150 });
    expect(failureOf(result)).toMatchObject({ layer: 'dns', code: 'timeout', blame: 'network' });
    expect(failureOf(result)?.message).toContain(`:${server.port}`);
  });

  it.each(['udp', 'tcp'])('is refused over %s where nobody listens', async (transport) => {
    const gone = await (transport === 'udp' ? startUdp(one) : startStream(one));
    await gone.close();
    const result = await runDns({ server: `${transport}://127.0.0.1:${gone.port}` });
    expect(failureOf(result)).toMatchObject({ layer: 'connect', code: 'refused', blame: 'target' });
  });

  it('that hangs up before its answer is whole resets', async () => {
    const server = await kept(startStream((question) => ({ raw: encodeReply(question, {}) })));
    const early: Network = {
      ...network,
      async connect(endpoint, signal) {
        const connected = await network.connect(endpoint, signal);
        if (connected.ok) queueMicrotask(() => connected.socket.destroy());
        return connected;
      },
    };
    const result = await runDns({ server: `tcp://127.0.0.1:${server.port}` }, { network: early });
    expect(failureOf(result)).toMatchObject({ layer: 'dns', code: 'reset' });
  });

  it('that answers another question is not listened to', async () => {
    const server = await kept(
      startUdp((question) => ({
        before: [
          encodeReply({ ...question, id: (question.id + 1) % 65_536 }, { answers: [ipv4('203.0.113.1')] }),
          encodeReply({ ...question, name: 'other.test' }, { answers: [ipv4('203.0.113.2')] }),
          encodeReply({ ...question, type: 28 }, { answers: [ipv4('203.0.113.3')] }),
          question.bytes,
          Buffer.from([1]),
        ],
        answers: [ipv4('192.0.2.7')],
      })),
    );
    const result = await runDns({ server: `127.0.0.1:${server.port}` });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { dns_answers: '192.0.2.7' } });
  });

  it.each([
    ['udp', startUdp],
    ['tcp', startStream],
  ] as const)('that never stops doing so over %s ends the run', async (transport, start) => {
    const strays = (question: Parameters<Answerer>[0]) =>
      Array.from({ length: DNS_LIMITS.strayPackets.value + 1 }, () =>
        encodeReply({ ...question, name: 'other.test' }, {}),
      );
    const server = await kept(start((question) => ({ silent: true, before: strays(question) })));
    const result = await runDns({ server: `${transport}://127.0.0.1:${server.port}` });
    expect(failureOf(result)).toMatchObject({ code: 'bad_response', blame: 'target' });
  });

  it('that sends a broken answer breaks the protocol', async () => {
    const server = await kept(
      startUdp((question) => {
        const whole = encodeReply(question, { answers: [ipv4('192.0.2.7')] });
        return { raw: whole.subarray(0, whole.length - 2) };
      }),
    );
    const result = await runDns({ server: `127.0.0.1:${server.port}` });
    expect(failureOf(result)).toMatchObject({ layer: 'dns', code: 'bad_response', blame: 'target' });
    expect(failureOf(result)?.message).toContain('middle of a record');
  });

  it.each([
    [{ status: 500 }, { layer: 'http', code: 'status' }],
    [
      { status: 302, headers: { location: 'https://127.0.0.1/' } },
      { layer: 'http', code: 'status' },
    ],
    [{ headers: { 'content-type': 'text/html' } }, { layer: 'dns', code: 'bad_response' }],
  ] as const)('over HTTPS with %j fails', async (head, failure) => {
    const certificate = makeCertificate({ names: ['127.0.0.1'], authority });
    const server = await kept(startHttps(one, certificate, head));
    const result = await runDns({ server: `https://127.0.0.1:${server.port}/dns-query` });
    expect(failureOf(result)).toMatchObject({ ...failure, blame: 'target' });
  });

  it('over HTTPS with more than a message can be is too large', async () => {
    const certificate = makeCertificate({ names: ['127.0.0.1'], authority });
    const raw = Buffer.alloc(DNS_LIMITS.messageBytes.value + 1);
    const server = await kept(startHttps(() => ({ raw }), certificate));
    const result = await runDns({ server: `https://127.0.0.1:${server.port}/dns-query` });
    expect(failureOf(result)).toMatchObject({ code: 'too_large' });
  });
});

describe('a target without a name', () => {
  it.each(['http://192.0.2.1/', 'http://[2001:db8::1]/'])('%s is a mistake of the probe', async (url) => {
    expect(failureOf(await runDns({}, { url }))).toMatchObject({ layer: 'agent', code: 'bad_params' });
  });

  it('takes the host of a web page', async () => {
    const server = await kept(startUdp(one));
    await runDns({ server: `127.0.0.1:${server.port}` }, { url: 'https://Video.test:8443/watch?v=1' });
    expect(server.asked[0]?.name).toBe('video.test');
  });
});
