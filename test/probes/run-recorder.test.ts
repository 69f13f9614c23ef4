import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EVIDENCE_LIMITS, type Evidence, evidenceText } from '../../probes/evidence.ts';
import { createNetwork } from '../../probes/net/create-network.ts';
import { exchange } from '../../probes/net/exchange.ts';
import type { Connected } from '../../probes/net/network.ts';
import type { Clock } from '../../probes/probe.ts';
import { REDACTED } from '../../probes/redact.ts';
import { RunRecorder } from '../../probes/run-recorder.ts';
import { makeCertificate } from './net/certificates.ts';

const NEVER = new AbortController().signal;
const clock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
const loopback = () =>
  createNetwork({ policy: { allow: ['127.0.0.0/8'], deny: [] }, connectTo: {}, nameServers: [] });

async function server(listener: RequestListener): Promise<number> {
  const http = createServer(listener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return (http.address() as AddressInfo).port;
}

async function ask(
  recorder: RunRecorder,
  port: number,
  paths: readonly string[],
  headers = {},
): Promise<void> {
  const endpoint = { protocol: 'http:', hostname: '127.0.0.1', port } as const;
  const connected = await recorder.network(loopback()).connect(endpoint, NEVER);
  if (!connected.ok) return;
  for (const path of paths) await one(connected, path, port, headers);
  connected.socket.destroy();
}

async function one(connected: Connected, path: string, port: number, headers: object): Promise<void> {
  const request = { method: 'GET', path, host: `127.0.0.1:${port}`, headers: { ...headers } };
  const answer = await exchange(connected, request, { clock, signal: NEVER, maxBodyBytes: 2 ** 20 });
  if (answer.ok) await answer.body.drain();
}

describe('RunRecorder', () => {
  it('writes down what was asked and answered, whatever the probe, without what nobody is to see', async () => {
    const port = await server((_request, response) => {
      response.writeHead(503, { 'content-type': 'text/html', 'set-cookie': 'sid=1', 'x-cache': 'MISS' });
      response.end('<h1>over s3cret-word capacity</h1>');
    });
    const recorder = new RunRecorder(clock);
    const secret = recorder.secret(() => 's3cret-word');
    await ask(recorder, port, ['/v.mp4?token=t0ken'], { authorization: `Bearer ${secret('cdn')}` });
    const { dials, requests } = recorder.evidence([{ name: 'ttfb', startMs: 0, durationMs: 1 }]);
    expect(dials).toMatchObject([
      { host: '127.0.0.1', port, address: '127.0.0.1', connectMs: expect.any(Number) },
    ]);
    expect(requests).toMatchObject([
      {
        method: 'GET',
        url: `http://127.0.0.1:${port}/v.mp4?token=${REDACTED}`,
        headers: { authorization: REDACTED },
        status: 503,
        answerHeaders: { 'set-cookie': REDACTED, 'x-cache': 'MISS' },
        body: `<h1>over ${REDACTED} capacity</h1>`,
        bodyCut: false,
      },
    ]);
    expect(JSON.stringify(requests)).not.toContain('s3cret-word');
  });

  it('writes down a dial that failed', async () => {
    const recorder = new RunRecorder(clock);
    const endpoint = { protocol: 'http:', hostname: '10.0.0.1', port: 80 } as const;
    await recorder.network(loopback()).connect(endpoint, NEVER);
    expect(recorder.evidence([]).dials).toMatchObject([
      { host: '10.0.0.1', failed: { layer: 'agent', code: 'forbidden_target' } },
    ]);
  });

  it('keeps no more of a body than bodyBytes, and none that is not text', async () => {
    const { bodyBytes } = EVIDENCE_LIMITS;
    const port = await server((request, response) => {
      const type = request.url === '/text' ? 'text/plain' : 'video/mp4';
      response.writeHead(200, { 'content-type': type }).end('x'.repeat(bodyBytes.value + 1));
    });
    const recorder = new RunRecorder(clock);
    await ask(recorder, port, ['/text', '/video']);
    const [text, video] = recorder.evidence([]).requests;
    expect(text).toMatchObject({ bodyBytes: bodyBytes.value + 1, bodyCut: true });
    expect(text?.body).toHaveLength(bodyBytes.value);
    expect(video).toMatchObject({ bodyBytes: bodyBytes.value + 1 });
    expect(video?.body).toBeUndefined();
  });

  it('keeps the last of requests, dials, phases and headers past their limits', async () => {
    const { dials, headerBytes, phases, requests } = EVIDENCE_LIMITS;
    const port = await server((_request, response) => {
      response.writeHead(200, { 'x-long': 'y'.repeat(headerBytes.value) }).end();
    });
    const recorder = new RunRecorder(clock);
    await ask(
      recorder,
      port,
      Array.from({ length: requests.value + 2 }, (_, index) => `/${index}`),
    );
    const endpoint = { protocol: 'http:', hostname: '10.0.0.1', port: 80 } as const;
    for (let dial = 0; dial < dials.value + 1; dial += 1)
      await recorder.network(loopback()).connect(endpoint, NEVER);
    const many = Array.from({ length: phases.value + 1 }, (_, n) => ({
      name: `p${n}`,
      startMs: n,
      durationMs: 1,
    }));
    const evidence = recorder.evidence(many);
    expect(evidence.requests).toHaveLength(requests.value);
    expect(evidence.requestsLeftOut).toBe(2);
    expect(evidence.requests[0]?.url).toMatch(/\/2$/);
    expect(evidence.requests[0]?.answerHeaders).not.toHaveProperty('x-long');
    expect(evidence.dials).toHaveLength(dials.value);
    expect(evidence.phases).toHaveLength(phases.value);
    expect(evidence.phases[0]?.name).toBe('p1');
  });
});

describe('the text of evidence', () => {
  const request = {
    method: 'GET',
    url: 'http://a.example/',
    startMs: 0,
    headers: {},
    body: 'b'.repeat(2000),
  };
  const whole: Evidence = {
    dials: [{ host: 'a.example', port: 80, startMs: 0 }],
    requests: Array.from({ length: 20 }, () => request),
    requestsLeftOut: 0,
    phases: [],
    screenshot: { type: 'image/jpeg', base64: 'A'.repeat(60_000) },
  };

  it.each([
    [110_000, 20, true, true],
    [60_000, 20, true, false],
    [5000, 20, false, false],
    [500, 1, false, false],
    [100, 0, false, false],
  ])('in %i bytes has %i requests', (bytes, requests, hasBody, hasPicture) => {
    const text = evidenceText(whole, bytes);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes);
    const kept = JSON.parse(text) as Evidence;
    expect(kept.requests).toHaveLength(requests);
    expect(kept.requests[0]?.body !== undefined).toBe(hasBody);
    expect(kept.screenshot !== undefined).toBe(hasPicture);
  });

  it('is within EVIDENCE_LIMITS.bytes by itself', () => {
    const text = evidenceText({ ...whole, screenshot: { type: 'image/jpeg', base64: 'A'.repeat(10 ** 6) } });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(EVIDENCE_LIMITS.bytes.value);
  });
});

describe('the evidence of a handshake that failed', () => {
  it('has the certificate that the server showed', async () => {
    const { cert, key } = makeCertificate({ names: ['other.example'] });
    const https = createTls({ cert, key }, (socket) => socket.on('error', () => {}).resume());
    https.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void https.close());
    const recorder = new RunRecorder(clock);
    const { port } = https.address() as AddressInfo;
    const endpoint = { protocol: 'https:', hostname: '127.0.0.1', port } as const;
    await recorder.network(loopback()).connect(endpoint, NEVER);
    expect(recorder.evidence([]).dials).toMatchObject([
      {
        failed: { layer: 'tls' },
        certificate: {
          subject: expect.stringContaining('other.example'),
          validTo: expect.stringMatching(/^\d{4}-.*Z$/),
          fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}/),
        },
      },
    ]);
  });
});

describe('a kept connection', () => {
  it('is seen by the run that uses it, and no longer by the one that opened it', async () => {
    const port = await server((_request, response) => void response.writeHead(200).end());
    const [first, second] = [new RunRecorder(clock), new RunRecorder(clock)];
    const endpoint = { protocol: 'http:', hostname: '127.0.0.1', port } as const;
    const connected = await first.network(loopback()).connect(endpoint, NEVER);
    if (!connected.ok) throw new Error('not connected');
    await one(connected, '/first', port, {});
    second.network(loopback()).kept?.(connected, endpoint);
    await one(connected, '/second', port, {});
    connected.socket.destroy();
    const urls = (recorder: RunRecorder) =>
      recorder.evidence([]).requests.map(({ url }) => new URL(url).pathname);
    expect(urls(first)).toEqual(['/first']);
    expect(urls(second)).toEqual(['/second']);
  });

  it('knows when others last said something', async () => {
    let nowMs = 1000;
    const recorder = new RunRecorder({ monotonicMs: () => nowMs, wallMs: () => 0 });
    const port = await server((_request, response) => {
      nowMs = 1300;
      response.end('all is well');
    });
    expect(recorder.lastWordMs).toBe(0);
    await ask(recorder, port, ['/']);
    expect(recorder.lastWordMs).toBe(300);
    const failure = { layer: 'tls', blame: 'unknown', code: 'timeout', message: '' } as const;
    const silent = {
      ...loopback(),
      connect: async () => ({ ok: false, failure, dnsMs: 5, connectMs: 7 }) as const,
    };
    await recorder.network(silent).connect({ protocol: 'https:', hostname: 'a.test', port: 443 }, NEVER);
    expect(recorder.lastWordMs).toBe(312);
  });

  it('knows how far the last connection came, a kept one too', async () => {
    const port = await server((_request, response) => response.end());
    const recorder = new RunRecorder(clock);
    expect(recorder.reached).toBeUndefined();
    await ask(recorder, port, ['/']);
    expect(recorder.reached).toEqual({ host: '127.0.0.1', port, isConnected: true });
    await ask(recorder, 1, ['/']);
    expect(recorder.reached).toEqual({ host: '127.0.0.1', port: 1, isConnected: false });
    const kept = { ok: true, remoteAddress: '127.0.0.9', remotePort: 9, socket: {} } as Connected;
    recorder.network(loopback()).kept?.(kept, { protocol: 'http:', hostname: '127.0.0.9', port: 9 });
    expect(recorder.reached).toEqual({ host: '127.0.0.9', port: 9, isConnected: true });
  });
});
