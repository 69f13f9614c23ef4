import { describe, expect, it } from 'vitest';
import { OWN_LIMITS } from '../../../probes/own/limits.ts';
import { deadline, failureOf, OK, open, runBody, runOf, serve, writeList } from './support.ts';

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
