import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Network } from '../../../probes/net/network.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { type NameServer, startNameServer } from '../net/name-server.ts';
import { loopbackNetwork } from '../net/run-context.ts';
import { type ScriptedServer, startScriptedServer } from '../net/scripted-server.ts';
import { runHttp, type Served, serve } from './support.ts';

/** Stands for everything that a probe must not reach: it counts who comes. */
let inside: ScriptedServer;
let names: NameServer;
/** Redirects to whatever its query says. */
let redirector: Served;

beforeAll(async () => {
  inside = await startScriptedServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  names = await startNameServer({
    'inside.test': { a: ['127.0.0.1'] },
    'metadata.google.internal': { a: ['169.254.169.254'] },
    'instance-data.ec2.internal': { a: ['169.254.169.254'] },
    'mixed.test': { a: ['8.8.8.8', '127.0.0.1'] },
    'six.test': { aaaa: ['::1'] },
    'mapped.test': { aaaa: ['::ffff:7f00:1'] },
    'zero.test': { a: ['0.0.0.0'] },
    '127.0.0.1.nip.test': { a: ['127.0.0.1'] },
  });
  redirector = await serve((request, response) => {
    const location = decodeURIComponent(request.url?.slice(2) ?? '');
    // Header values are ASCII: a host in other letters travels percent-encoded.
    response.writeHead(302, { location: location.replace(/[^\t\x20-\x7e]/g, encodeURIComponent) }).end();
  });
});

afterAll(async () => {
  names.close();
  redirector.close();
  await inside.close();
});

const TRICKS: readonly string[] = [
  'http://127.0.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://127.255.255.254:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://0177.0.0.01:PORT/',
  'http://00000177.1:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7F.1:PORT/',
  'http://2130706433:PORT/',
  'http://017700000001:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0x0:PORT/',
  'http://１２７.０.０.１:PORT/',
  'http://①②⑦.0.0.1:PORT/',
  'http://127。0。0。1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http:\\\\127.0.0.1:PORT\\',
  'http:127.0.0.1:PORT/',
  'http:///127.0.0.1:PORT/',
  ' http://127.0.0.1:PORT/',
  'http://12\t7.0.0.1:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://anything.localhost:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[0000::0001]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://example.com@127.0.0.1:PORT/',
  'http://example.com:80@127.0.0.1:PORT/',
  'http://user:secret@example.com/',
  'http://127.0.0.1:PORT\\@example.com/',
  'http://127.0.0.1:PORT#@example.com/',
  'http://127.0.0.1:PORT?@example.com/',
  'http://inside.test:PORT/',
  'http://INSIDE.test.:PORT/',
  'http://127.0.0.1.nip.test:PORT/',
  'http://mixed.test:PORT/',
  'http://six.test:PORT/',
  'http://mapped.test:PORT/',
  'http://zero.test:PORT/',
  'http://169.254.169.254/latest/meta-data/',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://[::ffff:169.254.169.254]/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://169.254.170.2/v2/credentials/',
  'http://100.100.100.200/latest/meta-data/',
  'http://192.0.0.192/opc/v1/instance/',
  'http://168.63.129.16/machine',
  'http://metadata.google.internal/computeMetadata/v1/',
  'http://instance-data.ec2.internal/latest/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://192.168.0.1/',
  'https://192.168.0.1/',
  'http://[fe80::1]/',
  'http://[fc00::1]/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'file:///etc/passwd',
  'FILE:///etc/passwd',
  'ftp://127.0.0.1/',
  'gopher://127.0.0.1:PORT/_GET%20/',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'ws://127.0.0.1:PORT/',
  'unix:/var/run/docker.sock',
  'blob:http://127.0.0.1:PORT/x',
  'view-source:http://127.0.0.1:PORT/',
];

const withPort = (url: string) => url.replaceAll('PORT', String(inside.port));

/** Only public addresses, which is the default. */
function guarded(): Network {
  return loopbackNetwork({ policy: { allow: [], deny: [] }, nameServers: [names.address] });
}

/** The same, but for `edge.test`, where the redirector is met as if it were public. */
function guardedBeyondEdge(): Network {
  const open = loopbackNetwork({ connectTo: { 'edge.test:80': `127.0.0.1:${redirector.port}` } });
  const closed = guarded();
  return {
    options: closed.options,
    locate: (endpoint, signal) =>
      (endpoint.hostname === 'edge.test' ? open : closed).locate(endpoint, signal),
    forbids: (url) => (url.host === 'edge.test' ? open : closed).forbids(url),
    connect: (endpoint, signal) =>
      (endpoint.hostname === 'edge.test' ? open : closed).connect(endpoint, signal),
  };
}

async function expectRefused(run: Promise<RunResult>): Promise<RunResult> {
  const result = await run;
  expect(result).toMatchObject({
    outcome: 'fail',
    failure: { layer: 'agent', blame: 'agent', code: 'forbidden_target' },
  });
  expect(inside.connectionCount()).toBe(0);
  return result;
}

describe('a target that this agent must not reach', () => {
  it.each(TRICKS)('%j is refused, and nobody is called', async (trick) => {
    const result = await expectRefused(runHttp(withPort(trick), {}, { network: guarded() }));
    expect(result.metrics.connect_ms).toBeUndefined();
  });
});

describe('a redirect to a place that this agent must not reach', () => {
  // Relative to an http URL, a scheme without slashes is a relative path.
  const redirects = TRICKS.filter((trick) => !/^http:\d/.test(trick));

  it.each(redirects)('%j is refused at the second hop', async (trick) => {
    const url = `http://edge.test/?${encodeURIComponent(withPort(trick).trim())}`;
    const result = await expectRefused(runHttp(url, {}, { network: guardedBeyondEdge() }));
    expect(result.attributes.redirects).toBe('1');
  });
});
