import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OWN_LIMITS } from '../../../probes/own/limits.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { loopbackNetwork, runContext } from '../../probes/net/run-context.ts';
import { deadline, open, runBody, runOf, writeList } from './support.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const failureOf = (result: RunResult) => (result.outcome === 'fail' ? result.failure : undefined);
const OK = `return { outcome: 'ok' };`;

describe('a module', () => {
  it('gets target, parameters and agent, and its result is the result of the run', async () => {
    const result = await runBody(
      `return { outcome: 'ok', metrics: { own_count: params.a }, attributes: { name: target.name, cdn: target.labels.cdn, agent: context.agent.id } };`,
      { params: { a: 7 } },
    );
    expect(result).toEqual({
      outcome: 'ok',
      metrics: { own_count: 7 },
      attributes: { name: 'target', cdn: 'a', agent: 'test-1' },
      phases: [],
    });
  });

  it('may be TypeScript, and take defineProbe from wherever it has it', async () => {
    const content = `import type { OwnProbe } from './nowhere.ts';
import { defineProbe } from 'outrider/define-probe';
import { defineProbe as again } from '../x/define-probe.ts';
const one: number = defineProbe === again ? 1 : 0;
export default defineProbe({ summary: '', async run() { return { outcome: 'ok' as const, metrics: { own_count: one } }; } });`;
    const { file } = writeList({ modules: [{ name: 'typed', content, file: 'typed.ts' }] });
    expect(await runOf(await open(file), 'own', 'typed')).toMatchObject({
      outcome: 'ok',
      metrics: { own_count: 1 },
    });
  });

  it('keeps nothing from one run to the next', async () => {
    const content = `globalThis.count = (globalThis.count ?? 0) + 1;
export default { run: async () => ({ outcome: 'ok', metrics: { own_count: globalThis.count } }) };`;
    const own = await open(writeList({ modules: [{ name: 'm', content }] }).file);
    for (let run = 0; run < 3; run += 1)
      expect(await runOf(own, 'own', 'm')).toMatchObject({ metrics: { own_count: 1 } });
    expect(globalThis).not.toHaveProperty('count');
  });

  it('checks its parameters itself', async () => {
    const params_ = `{ parse(value) { if (typeof value.n !== 'number') throw new Error('n: a number'); return { n: value.n * 2 }; } }`;
    const body = `return { outcome: 'ok', metrics: { own_count: params.n } };`;
    expect(await runBody(body, { params_, params: { n: 2 } })).toMatchObject({ metrics: { own_count: 4 } });
    expect(failureOf(await runBody(body, { params_ }))).toMatchObject({
      blame: 'agent',
      code: 'bad_params',
      message: expect.stringContaining('n: a number'),
    });
  });

  it.each([
    ['throws', `throw new TypeError('no cart');`, 'TypeError: no cart'],
    ['throws what is no error', `throw 'no cart';`, 'no cart'],
    ['returns nothing', '', 'is not a result'],
    ['returns what is no result', `return { outcome: 'fine' };`, 'outcome'],
    ['returns what cannot be JSON', `const a = {}; a.a = a; return a;`, 'circular'],
    ['rejects on the side', `Promise.reject(new Error('aside')); await new Promise(() => {});`, 'aside'],
    [
      'throws on the side',
      `setTimeout(() => { throw new Error('aside'); }); await new Promise(() => {});`,
      'aside',
    ],
  ])('that %s fails, and not its target', async (_what, body, message) => {
    expect(failureOf(await runBody(body))).toMatchObject({
      layer: 'agent',
      blame: 'agent',
      code: 'own_probe',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['does not parse', 'export default {'],
    ['throws when it is loaded', `throw new Error('early');`],
    ['exports no probe', 'export const run = 1;'],
    ['exports a probe without run', 'export default { summary: "x" };'],
  ])('that %s fails, and not its target', async (_what, content) => {
    const own = await open(writeList({ modules: [{ name: 'm', content }] }).file);
    expect(failureOf(await runOf(own, 'own', 'm'))).toMatchObject({ blame: 'agent', code: 'own_probe' });
  });

  it('can end on a failure of its target in its own words', async () => {
    const failure = { layer: 'content', blame: 'target', code: 'bad_body', message: 'The cart was empty.' };
    expect(
      failureOf(await runBody(`return { outcome: 'fail', failure: ${JSON.stringify(failure)} };`)),
    ).toEqual(failure);
  });
});

describe('the deadline', () => {
  it('tells a module that listens, which may say why it failed', async () => {
    const result = await runBody(
      `await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
       return { outcome: 'fail', failure: { layer: 'content', blame: 'target', code: 'timeout', message: 'Still no cart.' } };`,
      { context: deadline(300) },
    );
    expect(failureOf(result)?.message).toBe('Still no cart.');
  });

  it.each([
    ['waits for ever', 'await new Promise(() => {});'],
    ['turns in a circle', 'for (;;) {}'],
    ['turns in a circle of microtasks', 'for (;;) await null;'],
    ['floods its output', 'for (;;) { console.log("x".repeat(1000)); await null; }'],
  ])(`ends a module that %s, OWN_LIMITS.abortMs later`, async (_what, body) => {
    const startedMs = performance.now();
    const failure = failureOf(await runBody(body, { context: deadline(500) }));
    expect(failure).toMatchObject({ blame: 'agent', code: 'timeout' });
    expect(performance.now() - startedMs).toBeGreaterThan(500 + OWN_LIMITS.abortMs.value - 20);
  });

  it('that passes while a target does not answer is no fault of the module', async () => {
    const url = await serve(() => undefined);
    const result = await runBody(`await context.request({ url: target.url }); ${OK}`, {
      url,
      context: deadline(500),
    });
    expect(failureOf(result)).toMatchObject({ layer: 'http', code: 'timeout' });
  });

  it('is not met by a result that comes after it', async () => {
    const result = await runBody(
      `await new Promise((resolve) => context.signal.addEventListener('abort', resolve)); ${OK}`,
      { context: deadline(300) },
    );
    expect(failureOf(result)?.code).toBe('timeout');
  });

  it('holds while a module waits for its turn past OWN_LIMITS.modulesAtOnce', async () => {
    const content = `export default { run: () => new Promise(() => {}) };`;
    const own = await open(writeList({ modules: [{ name: 'm', content }] }).file);
    const { value } = OWN_LIMITS.modulesAtOnce;
    const context = deadline(1500);
    const results = await Promise.all(
      Array.from({ length: value + 1 }, () => runOf(own, 'own', 'm', { context })),
    );
    expect(results.map((result) => failureOf(result)?.code).sort()).toEqual([
      'overloaded',
      ...Array.from({ length: value }, () => 'timeout'),
    ]);
  });
});

describe('the memory', () => {
  const more = { memoryMiB: 32 };

  it('of a module that fills its heap is bounded, OWN_LIMITS.memoryMib by default', async () => {
    const failure = failureOf(
      await runBody(`const a = []; for (;;) a.push({ text: 'x' + a.length });`, { more }),
    );
    expect(failure).toMatchObject({
      blame: 'agent',
      code: 'own_probe',
      message: expect.stringContaining('32 MiB'),
    });
  });

  it('of a module that fills buffers is looked at every OWN_LIMITS.memoryLookMs', async () => {
    const body = `const a = []; for (;;) { a.push(Buffer.alloc(4 * 1024 * 1024, 1)); await new Promise((resolve) => setTimeout(resolve, 20)); }`;
    const failure = failureOf(await runBody(body, { more }));
    expect(failure).toMatchObject({ code: 'own_probe', message: expect.stringContaining('32 MiB') });
  });

  it('of a result is bounded by OWN_LIMITS.resultBytes', async () => {
    const { value } = OWN_LIMITS.resultBytes;
    const failure = failureOf(
      await runBody(`return { outcome: 'ok', attributes: { a: 'x'.repeat(${value}) } };`),
    );
    expect(failure).toMatchObject({ code: 'own_probe', message: expect.stringContaining('larger than') });
  });
});

describe('what a module can reach', () => {
  it.each([
    'node:fs',
    'fs/promises',
    'node:net',
    'http',
    'node:child_process',
    'node:worker_threads',
    'node:module',
    'node:process',
    'node:inspector',
    'zod',
    './neighbour.mjs',
    'file:///etc/passwd',
    'data:text/javascript,0',
    'https://example.com/x.js',
  ])('is not what it would import from %s', async (specifier) => {
    const head = `import * as stolen from ${JSON.stringify(specifier)};`;
    expect(failureOf(await runBody(`void stolen; ${OK}`, { head }))?.message).toContain('cannot import');
    const body = `await import(${JSON.stringify(specifier)}); ${OK}`;
    expect(failureOf(await runBody(body))?.message).toContain('cannot import');
  });

  it('are modules of Node that only compute', async () => {
    const head = `import { createHash } from 'node:crypto'; import { setTimeout } from 'timers/promises';`;
    const body = `await setTimeout(1); return { outcome: 'ok', attributes: { hash: createHash('sha256').update('').digest('hex').slice(0, 8) } };`;
    expect(await runBody(body, { head })).toMatchObject({ attributes: { hash: 'e3b0c442' } });
  });

  it('is no socket, process, environment or loader among the globals', async () => {
    const names = [
      'fetch',
      'WebSocket',
      'EventSource',
      'BroadcastChannel',
      'require',
      'module',
      'WebAssembly',
      'SharedArrayBuffer',
    ];
    const inProcess = [
      'binding',
      'getBuiltinModule',
      'kill',
      'dlopen',
      'exit',
      'report',
      'mainModule',
      'stdout',
      'chdir',
    ];
    const body = `
      const left = ${JSON.stringify(names)}.filter((name) => name in globalThis);
      const inProcess = ${JSON.stringify(inProcess)}.filter((name) => process[name] !== undefined);
      try { globalThis.process = { env: { stolen: 1 } }; } catch {}
      return { outcome: 'ok', attributes: { left: left.join(), in_process: inProcess.join(), env: Object.keys(process.env).join() } };`;
    expect(await runBody(body)).toMatchObject({ attributes: { left: '', in_process: '', env: '' } });
  });

  it('is a secret that the allow-list grants, and no other', async () => {
    const context = { ...runContext(), secret: (name: string) => `value of ${name}` };
    const more = { secrets: ['shop'] };
    const read = (name: string) =>
      runBody(`return { outcome: 'ok', metrics: { own_count: (await context.secret('${name}')).length } };`, {
        context,
        more,
      });
    expect(await read('shop')).toMatchObject({ metrics: { own_count: 'value of shop'.length } });
    expect(failureOf(await read('bank'))?.message).toContain('does not grant');
  });
});

describe('a secret', () => {
  const context = { ...runContext(), secret: () => 'swordfish' };
  const more = { secrets: ['shop'] };

  it('that a module was given does not leave the agent with what the module says', async () => {
    const body = `const secret = await context.secret('shop');
      return { outcome: 'ok', attributes: { got: 'it is ' + secret }, phases: [{ name: 'a', startMs: 0, durationMs: 1, note: secret }] };`;
    const result = await runBody(body, { context, more });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { got: 'it is [redacted]' } });
    expect(JSON.stringify(result)).not.toContain('swordfish');
  });

  it('does not leave it with an error either', async () => {
    const result = await runBody(`throw new Error('refused: ' + (await context.secret('shop')));`, {
      context,
      more,
    });
    expect(failureOf(result)?.message).toContain('refused: [redacted]');
  });

  it('does not leave it in half where a message is cut', async () => {
    const long = `throw new Error('x '.repeat(1100 / 2 - 80) + (await context.secret('shop')).repeat(30));`;
    expect(JSON.stringify(await runBody(long, { context, more }))).not.toContain('sword');
  });
});

describe('a request of a module', () => {
  it('is made by the agent, timed at its sockets, and says who asks', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push([
          request.method,
          request.url,
          request.headers['user-agent'],
          request.headers['x-a'],
          Buffer.concat(chunks).toString(),
        ]);
        response.writeHead(201, { 'x-pop': 'fra' }).end('{"items":3}');
      });
    });
    const result = await runBody(
      `const { status, json, headers, metrics, attributes, phases, body } = await context.request({ url: target.url + 'cart', method: 'POST', headers: { 'X-A': 'b' }, body: 'hi' });
       return { outcome: 'ok', metrics: { ...metrics, own_count: json().items }, attributes: { ...attributes, is: String(body instanceof Uint8Array), status: String(status), header: headers['x-pop'] }, phases };`,
      { url },
    );
    expect(seen).toEqual([['POST', '/cart', runContext().userAgent, 'b', 'hi']]);
    expect(result).toMatchObject({
      outcome: 'ok',
      metrics: { own_count: 3, body_bytes: 11, connect_ms: expect.any(Number), ttfb_ms: expect.any(Number) },
      attributes: {
        http_status: '201',
        pop: 'fra',
        status: '201',
        header: 'fra',
        is: 'true',
        server_ip: '127.0.0.1',
      },
    });
    expect(result.phases.map(({ name }) => name)).toEqual(['connect', 'ttfb', 'transfer']);
  });

  it('does not follow redirects: where they lead is for the module to ask, and for the policy to judge', async () => {
    const url = await serve(
      (_request, response) => void response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
    );
    const body = `const first = await context.request({ url: target.url }); await context.request({ url: first.headers.location }); ${OK}`;
    expect(failureOf(await runBody(body, { url }))).toMatchObject({ code: 'forbidden_target' });
  });

  it('that nobody answers ends the run as what it was, unless the module catches it', async () => {
    const ask = `context.request({ url: 'http://127.0.0.1:9/' })`;
    expect(failureOf(await runBody(`await ${ask}; ${OK}`))).toMatchObject({
      layer: 'connect',
      code: 'refused',
    });
    const caught = await runBody(
      `const code = await ${ask}.catch((error) => error.failure.code); return { outcome: 'ok', attributes: { code } };`,
    );
    expect(caught).toMatchObject({ attributes: { code: 'refused' } });
  });

  it.each([
    'http://169.254.169.254/latest/',
    'http://[::1]/',
    'http://0x7f.1/',
    'http://localhost./',
    'http://2130706433/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'http://a:b@example.com/',
  ])('to %s is refused where the agent’s owner has not allowed it', async (url) => {
    const network = loopbackNetwork({ policy: { allow: [], deny: [] } });
    const result = await runBody(`await context.request({ url: ${JSON.stringify(url)} }); ${OK}`, {
      context: runContext({ network }),
    });
    expect(failureOf(result)?.code).toBe('forbidden_target');
  });

  it.each([
    ['no URL', `{ url: 'nowhere' }`],
    ['an unknown method', `{ url: target.url, method: 'TRACE' }`],
    ['a header of the connection', `{ url: target.url, headers: { 'Transfer-Encoding': 'chunked' } }`],
    ['a header with a line break', `{ url: target.url, headers: { a: 'b\\r\\nc: d' } }`],
    ['what cannot be sent', `{ url: target.url, body: () => 1 }`],
    [
      'more headers than OWN_LIMITS.headers',
      `{ url: target.url, headers: Object.fromEntries(Array.from({ length: ${OWN_LIMITS.headers.value + 1} }, (_, i) => ['h' + i, 'x'])) }`,
    ],
    [
      'a body past OWN_LIMITS.requestBytes',
      `{ url: target.url, body: 'x'.repeat(${OWN_LIMITS.requestBytes.value + 1}) }`,
    ],
    [
      'an answer past OWN_LIMITS.responseBytesMax',
      `{ url: target.url, maxBodyBytes: ${OWN_LIMITS.responseBytesMax.value + 1} }`,
    ],
  ])('with %s is refused', async (_what, request) => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests += 1;
      response.end();
    });
    expect(failureOf(await runBody(`await context.request(${request}); ${OK}`, { url }))).toMatchObject({
      blame: 'agent',
      code: 'own_probe',
    });
    expect(requests).toBe(0);
  });

  it('fails when its answer is larger than OWN_LIMITS.responseBytes, or what the module expects', async () => {
    const url = await serve(
      (_request, response) => void response.end(Buffer.alloc(OWN_LIMITS.responseBytes.value + 1)),
    );
    const large = await runBody(`await context.request({ url: target.url }); ${OK}`, { url });
    expect(failureOf(large)?.code).toBe('too_large');
    const expected = `await context.request({ url: target.url, maxBodyBytes: ${OWN_LIMITS.responseBytes.value + 1} }); ${OK}`;
    expect(await runBody(expected, { url })).toMatchObject({ outcome: 'ok' });
  });

  it('is refused past OWN_LIMITS.calls in a run and OWN_LIMITS.callsAtOnce', async () => {
    const more = { secrets: ['s'] };
    const { calls, callsAtOnce } = OWN_LIMITS;
    const inTurn = (count: number) =>
      runBody(`for (let i = 0; i < ${count}; i += 1) await context.secret('s'); ${OK}`, { more });
    expect(await inTurn(calls.value)).toMatchObject({ outcome: 'ok' });
    expect(failureOf(await inTurn(calls.value + 1))?.message).toContain(
      `more than ${calls.value} calls in a run`,
    );
    const atOnce = (count: number) =>
      runBody(`await Promise.all(Array.from({ length: ${count} }, () => context.secret('s'))); ${OK}`, {
        more,
      });
    expect(await atOnce(callsAtOnce.value)).toMatchObject({ outcome: 'ok' });
    expect(failureOf(await atOnce(callsAtOnce.value + 1))?.message).toContain('calls at once');
  });

  it('under way is ended with the run', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let asked: () => void = () => undefined;
    const there = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const url = await serve((request, response) => {
      if (request.url === '/first') asked();
      else void there.then(() => response.end());
      request.socket.on('close', closed);
    });
    const body = `context.request({ url: target.url + 'first' }).catch(() => {}); await context.request({ url: target.url + 'second' }); ${OK}`;
    expect(await runBody(body, { url })).toMatchObject({ outcome: 'ok' });
    await gone;
  });
});
