/** Where the tricks of requests that are not the agent’s to make are tried: on loopback, with what must not be reached counting who comes. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { RunResult } from '../../probes/probe.ts';
import { probeOf } from '../../probes/registry.ts';
import { type DnsServer, ipv4, nameBytes, startUdp, type WireRecord } from './dns/dns-server.ts';
import { loopbackNetwork, runContext } from './net/run-context.ts';
import type { Attempt, Lead } from './ssrf-tricks.ts';

/** Stands for everything that must not be reached: it listens on every address of this host and counts who comes, and where. */
class Inside {
  readonly contacts: string[] = [];
  port = 0;
  readonly #sockets = new Set<Socket>();
  readonly #udp: UdpSocket = createSocket('udp4');
  readonly #server: Server = createServer((socket) => {
    this.#sockets.add(socket);
    this.contacts.push(socket.localAddress?.replace('::ffff:', '') ?? '');
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });

  async open(): Promise<void> {
    this.#server.listen(0, '::');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    this.#udp.on('message', () => this.contacts.push('udp'));
    // A datagram does not say where it was sent to: every one that comes here is one too many.
    this.#udp.bind(this.port, '127.0.0.1');
    await once(this.#udp, 'listening');
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#udp.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const NAMES: Readonly<Record<string, readonly WireRecord[]>> = {
  'inside.test': [ipv4('127.0.0.1')],
  '127.0.0.1.nip.test': [ipv4('127.0.0.1')],
  'alias.test': [
    { type: 5, data: nameBytes('inside.test') },
    { ...ipv4('127.0.0.1'), name: 'inside.test' },
  ],
  'mixed.test': [ipv4('8.8.8.8'), ipv4('127.0.0.1')],
  'zero.test': [ipv4('0.0.0.0')],
  'metadata.google.internal': [ipv4('169.254.169.254')],
  'six.test': [ipv6('00000000000000000000000000000001')],
  'mapped.test': [ipv6('00000000000000000000ffff7f000001')],
  'nat64.test': [ipv6('0064ff9b00000000000000007f000001')],
};

function ipv6(hex: string): WireRecord {
  return { type: 28, data: Buffer.from(hex, 'hex') };
}

/** What came of a trick. */
export interface Tried {
  /** `refused` by the parameters, so that it never came to a run. */
  readonly result: RunResult | 'refused';
  /** The addresses at which somebody called what must not be reached. */
  readonly contacts: readonly string[];
}

/** Whether it was refused before anybody was dialled, by the agent’s own policy. */
export function isRefused({ result, contacts }: Tried): boolean {
  if (contacts.length > 0) return false;
  if (result === 'refused') return true;
  return (
    result.outcome === 'fail' &&
    result.failure.layer === 'agent' &&
    result.failure.blame === 'agent' &&
    ['forbidden_target', 'bad_params'].includes(result.failure.code) &&
    !('connect_ms' in result.metrics)
  );
}

export class SsrfStage {
  readonly #inside = new Inside();
  #names: DnsServer | undefined;
  #rebinds = 0;

  static async open(): Promise<SsrfStage> {
    const stage = new SsrfStage();
    await stage.#inside.open();
    stage.#names = await startUdp(({ name, type }) => {
      const lower = name.toLowerCase();
      // Another address for every question: the one that is allowed first.
      if (lower === 'rebind.test') {
        return type === 1 ? { answers: [ipv4(stage.#rebinds++ % 2 === 0 ? '127.0.0.2' : '127.0.0.1')] } : {};
      }
      const records = NAMES[lower];
      if (!records) return { rcode: 3 };
      return { answers: records.filter((record) => record.type === type || record.type === 5) };
    });
    return stage;
  }

  /** One run against a host, by an agent that allows public addresses alone, which is the default, and those blocks. */
  async tryHost(
    type: string,
    { url, params }: Attempt,
    host: string,
    { allow = [], timeoutMs = 20_000 }: { allow?: readonly string[]; timeoutMs?: number } = {},
  ): Promise<Tried> {
    const probe = probeOf(type);
    if (!probe) throw new Error(`there is no probe ${type}`);
    this.#inside.contacts.length = 0;
    const parsed = probe.params.safeParse(this.#withPort(params?.(host) ?? {}));
    if (!parsed.success) return { result: 'refused', contacts: [] };
    const target = { name: 'test', url: this.#withPort(url(host)), labels: {} };
    const nameServers = [`127.0.0.1:${this.#names?.port}`];
    const network = loopbackNetwork({ policy: { allow, deny: [] }, nameServers });
    const result = await probe.run(runContext({ network, timeoutMs }), target, parsed.data);
    return { result, contacts: [...this.#inside.contacts] };
  }

  /** Runs against a name that has another address each time, of which one is allowed: who was called that is not. */
  async tryRebinding(type: string, how: Attempt): Promise<readonly string[]> {
    const contacts: string[] = [];
    for (let run = 0; run < 4; run++) {
      const tried = await this.tryHost(type, how, 'rebind.test', { allow: ['127.0.0.2/32'], timeoutMs: 300 });
      contacts.push(...tried.contacts);
    }
    return contacts.filter((address) => address !== '127.0.0.2');
  }

  /** A run against a service that is allowed, and answers so that it leads to the host. */
  async tryLead([, type, path, params, answer]: Lead, host: string): Promise<Tried> {
    const place = `http://${host}:${this.#inside.port}`;
    const lead = (text: string) => text.replaceAll('INSIDE', place);
    const edge = createHttpServer((request, response) => {
      request.resume().on('end', () => {
        const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [name, lead(value)]);
        response.writeHead(answer.status, Object.fromEntries(headers)).end(lead(answer.body ?? ''));
      });
    });
    edge.listen(0, '127.0.0.2');
    await once(edge, 'listening');
    const scheme = type === 'websocket' ? 'ws' : 'http';
    const url = `${scheme}://127.0.0.2:${(edge.address() as AddressInfo).port}${path}`;
    try {
      const how: Attempt = { url: () => url, params: () => ({ ...params }) };
      return await this.tryHost(type, how, host, { allow: ['127.0.0.2/32'], timeoutMs: 2000 });
    } finally {
      edge.closeAllConnections();
      edge.close();
    }
  }

  async close(): Promise<void> {
    await this.#names?.close();
    await this.#inside.close();
  }

  #withPort<T>(value: T): T {
    return JSON.parse(JSON.stringify(value).replaceAll('PORT', String(this.#inside.port))) as T;
  }
}
