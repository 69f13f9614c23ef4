import { describe, expect, it } from 'vitest';
import { runContext } from '../../probes/net/run-context.ts';
import { failureOf, OK, runBody } from './support.ts';

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
