import { createServer, connect as dial, type Server } from 'node:net';
import { platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createAdmission } from '../../../probes/browser/admission.ts';
import { BROWSER_LIMITS, DEFAULT_BROWSER_LIMITS } from '../../../probes/browser/limits.ts';
import { createNetwork } from '../../../probes/net/create-network.ts';
import type { AddressPolicy } from '../../../probes/net/network.ts';
import { startNameServer } from '../net/name-server.ts';

let server: Server;
let port: number;
let connections: number;
let nowMs: number;

beforeEach(async () => {
  connections = 0;
  nowMs = 1000;
  server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {}).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
});
afterEach(() => server.close());

function admissionOf(policy: AddressPolicy, limits = {}, connectTo = {}, nameServers: string[] = []) {
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const network = createNetwork({ policy, connectTo, nameServers });
  return createAdmission(network, clock, { ...DEFAULT_BROWSER_LIMITS, ...limits });
}

/** A port whose queue of connections is full, since nobody takes any: the next one is neither accepted nor refused. */
async function fullPort(): Promise<number> {
  const script = `
    const { createServer } = require('node:net');
    const { parentPort } = require('node:worker_threads');
    const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const worker = new Worker(script, { eval: true });
  const fullPort = await new Promise<number>((resolve) => worker.once('message', resolve));
  // Linux queues one more than it was told to.
  const fillers = Array.from({ length: 8 }, () => dial(fullPort, '127.0.0.1').on('error', () => {}));
  onTestFinished(async () => {
    for (const filler of fillers) filler.destroy();
    await worker.terminate();
  });
  const connected = () => fillers.filter(({ connecting }) => !connecting).length;
  await expect.poll(connected).toBeGreaterThanOrEqual(2);
  return fullPort;
}

const loopback = { allow: ['127.0.0.0/8'], deny: [] };
const nothing = { allow: [], deny: [] };
const url = (path = '/') => new URL(`http://127.0.0.1:${port}${path}`);
const forbidden = { code: 'forbidden_target', layer: 'agent', blame: 'agent' };

/** The server learns of a connection after the client: a moment later it has learned of one too many as well. */
const connectionsAre = async (count: number): Promise<void> => {
  await expect.poll(() => connections).toBe(count);
  await sleep(50);
  expect(connections).toBe(count);
};

describe('the admission of URLs', () => {
  it('resolves and dials a host once, then goes by the answer', async () => {
    const admission = admissionOf(loopback);
    expect(await admission.admit(url('/a'))).toBeUndefined();
    expect(await admission.admit(url('/b'))).toBeUndefined();
    await connectionsAre(1);
  });

  it('asks once for many requests at a time', async () => {
    const admission = admissionOf(loopback);
    await Promise.all(['/a', '/b', '/c'].map((path) => admission.admit(url(path))));
    await connectionsAre(1);
  });

  it('renews an old answer behind a request, and waits for one that is too old', async () => {
    const admission = admissionOf(loopback, { admissionFreshMs: 10, admissionStaleMs: 100 });
    await admission.admit(url());
    nowMs += 11;
    await admission.admit(url());
    await connectionsAre(2);
    await admission.admit(url());
    await connectionsAre(2);
    nowMs += 101;
    await admission.admit(url());
    await connectionsAre(3);
  });

  it('refuses what the policy refuses, without a connection', async () => {
    const admission = admissionOf(nothing);
    expect(await admission.admit(url())).toMatchObject(forbidden);
    expect(await admission.admit(new URL('http://169.254.169.254/latest'))).toMatchObject(forbidden);
    expect(await admission.admit(new URL('http://[::1]/'))).toMatchObject(forbidden);
    expect(connections).toBe(0);
  });

  it('refuses a name that leads to a forbidden address', async () => {
    expect(await admissionOf(nothing).admit(new URL(`http://localhost:${port}/`))).toMatchObject(forbidden);
    expect(connections).toBe(0);
  });

  it('refuses what the agent maps to a forbidden address', async () => {
    const admission = admissionOf(nothing, {}, { 'video.test:80': `127.0.0.1:${port}` });
    expect(await admission.admit(new URL('http://video.test/'))).toMatchObject(forbidden);
  });

  it('refuses schemes that are not for probes, and lets pass what never leaves the page', async () => {
    const admission = admissionOf(loopback);
    expect(await admission.admit(new URL('file:///etc/passwd'))).toMatchObject(forbidden);
    expect(await admission.admit(new URL('ftp://127.0.0.1/'))).toMatchObject(forbidden);
    for (const local of ['data:video/mp4;base64,AAAA', 'blob:null/1234', 'about:blank']) {
      expect(await admission.admit(new URL(local))).toBeUndefined();
    }
  });

  it('leaves a refused connection for the browser to meet', async () => {
    const goneUrl = url();
    await new Promise((resolve) => server.close(resolve));
    expect(await admissionOf(loopback).admit(goneUrl)).toBeUndefined();
  });

  it('tells of a name that does not resolve', async () => {
    const failure = await admissionOf(loopback).admit(new URL('http://no-such-name.invalid/'));
    expect(failure).toMatchObject({ layer: 'dns' });
  });

  it('gives up on a name that does not resolve within the limit, and says so', async () => {
    const names = await startNameServer({ 'silent.test': { silent: true } });
    onTestFinished(() => names.close());
    const admissionMs = BROWSER_LIMITS.admissionMs.value / 20;
    const admission = admissionOf(loopback, { admissionMs }, {}, [names.address]);
    const failure = await admission.admit(new URL('http://silent.test/'));
    expect(failure).toMatchObject({ layer: 'dns', code: 'timeout' });
  });

  it.runIf(platform() === 'linux')(
    'leaves a host that does not answer within the limit for the browser to meet',
    async () => {
      const admissionMs = BROWSER_LIMITS.admissionMs.value / 20;
      const target = new URL(`http://127.0.0.1:${await fullPort()}/`);
      const startMs = performance.now();
      expect(await admissionOf(loopback, { admissionMs }).admit(target)).toBeUndefined();
      expect(performance.now() - startMs).toBeGreaterThan(admissionMs * 0.9);
    },
  );

  it('forgets the oldest host past its limit', async () => {
    const admission = admissionOf(loopback, { admissions: 1 });
    const second = new URL(`http://127.0.0.2:${port}/`);
    await admission.admit(url());
    await admission.admit(second);
    await admission.admit(url());
    await connectionsAre(2);
  });

  it('judges the address that a request came to in the end', () => {
    const admission = admissionOf(loopback);
    expect(admission.refuses('127.0.0.1')).toBeUndefined();
    expect(admission.refuses('192.0.43.8')).toBeUndefined();
    expect(admission.refuses('10.0.0.1')).toMatchObject(forbidden);
    expect(admission.refuses('fd00::1')).toMatchObject(forbidden);
  });

  it('is needed unless every address is allowed', () => {
    expect(admissionOf(loopback).isNeeded).toBe(true);
    expect(admissionOf({ allow: ['0.0.0.0/0', '::/0'], deny: [] }).isNeeded).toBe(false);
    expect(admissionOf({ allow: ['0.0.0.0/0', '::/0'], deny: ['10.0.0.0/8'] }).isNeeded).toBe(true);
    expect(admissionOf({ allow: ['0.0.0.0/0'], deny: [] }).isNeeded).toBe(true);
  });
});
