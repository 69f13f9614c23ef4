import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { OWN_LIMITS } from '../../../probes/own/limits.ts';
import { runContext } from '../../probes/net/run-context.ts';
import { temporaryFolder } from '../fixtures.ts';
import { deadline, failureOf, ok, open, runOf, runScript, setVariable, writeList } from './support.ts';

/** Whether a process lives; a zombie that nobody has waited for yet does not. */
function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

async function pidIn(file: string): Promise<number> {
  await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toMatch(/\d\n/), { timeout: 5000 });
  return Number(readFileSync(file, 'utf8'));
}

describe('a program', () => {
  it('prints its result', async () => {
    expect(await runScript(`echo '${ok({ own_ms: 12.5 })}'`)).toEqual({
      outcome: 'ok',
      metrics: { own_ms: 12.5 },
      attributes: {},
      phases: [],
    });
  });

  it('reads what to do from its standard input', async () => {
    const folder = temporaryFolder();
    const context = { ...runContext(), secret: (name: string) => (name === 'shop' ? 'token' : undefined) };
    const more = { args: [join(folder, 'input')], secrets: ['shop', 'gone'] };
    await runScript(`cat > "$1"; echo '${ok()}'`, { context, more, params: { a: 1 } });
    expect(JSON.parse(readFileSync(join(folder, 'input'), 'utf8'))).toEqual({
      version: 1,
      target: { name: 'target', url: 'http://127.0.0.1/', labels: { cdn: 'a' } },
      params: { a: 1 },
      agent: { id: 'test-1', region: 'test' },
      secrets: { shop: 'token' },
    });
  });

  it('need not read it', async () => {
    const params = { text: 'x'.repeat(50_000) };
    expect(await runScript(`exec 0<&-; echo '${ok()}'`, { params })).toMatchObject({ outcome: 'ok' });
  });

  it('has the environment and the arguments of the allow-list, and nothing of the agent’s', async () => {
    setVariable('OUTRIDER_SECRET_BANK', 'gold');
    const folder = temporaryFolder();
    const more = { args: ['a b', '$(touch x)'], env: { OUT: join(folder, 'env') }, cwd: folder };
    expect(
      await runScript(`env > "$OUT"; echo "$1|$2|$(pwd)" >> "$OUT"; echo '${ok()}'`, { more }),
    ).toMatchObject({
      outcome: 'ok',
    });
    const seen = readFileSync(join(folder, 'env'), 'utf8');
    expect(seen).not.toContain('gold');
    expect(seen).toContain(`a b|$(touch x)|${folder}`);
    expect(existsSync(join(folder, 'x'))).toBe(false);
    const names = seen
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => line.split('=')[0] ?? '');
    expect(
      names.filter((name) => !['PATH', 'LANG', 'OUT', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)),
    ).toEqual([]);
  });

  it.each([
    ['ends with an error', `echo '${ok()}'; echo 'no disk' >&2; exit 3`, 'ended with 3. It said: no disk'],
    ['is killed', 'kill -9 $$', 'was killed by SIGKILL'],
    ['prints nothing', 'true', 'it is not JSON'],
    ['prints words', 'echo all is well', 'it is not JSON'],
    ['prints two results', `echo '${ok()}'; echo '${ok()}'`, 'it is not JSON'],
    ['prints what is no result', `echo '{"outcome":"fine"}'`, 'outcome'],
  ])('that %s fails, and not its target', async (_what, script, message) => {
    expect(failureOf(await runScript(script))).toMatchObject({
      layer: 'agent',
      blame: 'agent',
      code: 'own_probe',
      message: expect.stringContaining(message),
    });
  });

  it('that cannot be started fails, and not its target', async () => {
    const programs = [{ name: 'p', content: '#!/no/such/interpreter\n' }];
    const result = await runOf(await open(writeList({ programs }).file), 'exec', 'p');
    expect(failureOf(result)).toMatchObject({
      code: 'own_probe',
      message: expect.stringContaining('could not be started'),
    });
    const lost = await runScript('true', { more: { cwd: '/no/such/folder' } });
    expect(failureOf(lost)?.message).toContain('could not be started');
  });

  it('is killed when it prints more than OWN_LIMITS.resultBytes', async () => {
    const { value } = OWN_LIMITS.resultBytes;
    const failure = failureOf(
      await runScript('while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done'),
    );
    expect(failure?.message).toContain(`more than ${value} bytes`);
  });

  it('has the last OWN_LIMITS.stderrChars of what it complained in the message', async () => {
    const { value } = OWN_LIMITS.stderrChars;
    const message =
      failureOf(await runScript(`i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1`))
        ?.message ?? '';
    expect(message).toContain('line 1999');
    expect(message).not.toContain('line 100\n');
    expect(message.length).toBeLessThan(value + 100);
  });
});

describe('a secret', () => {
  it('that a program was given does not leave the agent with what it prints', async () => {
    const context = { ...runContext(), secret: () => 'swordfish' };
    const more = { secrets: ['shop'] };
    const said = await runScript('cat >&2; exit 1', { context, more });
    expect(failureOf(said)?.message).toContain('ended with 1. It said:');
    expect(JSON.stringify(said)).not.toContain('swordfish');
  });
});

describe('the deadline', () => {
  it('kills the whole group, children that ignore signals included', async () => {
    const file = join(temporaryFolder(), 'pid');
    const script = `sh -c 'trap "" TERM INT HUP; echo $$ > ${file}; while :; do sleep 0.1; done' & wait`;
    const failure = failureOf(await runScript(script, { context: deadline(1000) }));
    expect(failure).toMatchObject({ blame: 'agent', code: 'timeout' });
    const pid = await pidIn(file);
    await vi.waitFor(() => expect(lives(pid)).toBe(false));
  });

  it('holds for a program that waits for its turn past OWN_LIMITS.programsAtOnce', async () => {
    const { value } = OWN_LIMITS.programsAtOnce;
    const own = await open(
      writeList({ programs: [{ name: 'p', content: '#!/bin/sh\nexec sleep 60\n' }] }).file,
    );
    const context = deadline(1000);
    const results = await Promise.all(
      Array.from({ length: value + 1 }, () => runOf(own, 'exec', 'p', { context })),
    );
    expect(results.map((result) => failureOf(result)?.code).sort()).toEqual([
      'overloaded',
      ...Array.from({ length: value }, () => 'timeout'),
    ]);
  });

  it('that has passed starts nothing', async () => {
    const file = join(temporaryFolder(), 'ran');
    const context = { ...runContext(), signal: AbortSignal.abort() };
    expect(failureOf(await runScript(`touch ${file}`, { context }))?.blame).toBe('agent');
    expect(existsSync(file)).toBe(false);
  });
});

describe('what a program leaves behind', () => {
  it('is killed with its end, and holds the run no longer than OWN_LIMITS.drainMs by its pipe', async () => {
    const file = join(temporaryFolder(), 'pid');
    const startedMs = performance.now();
    const result = await runScript(`sleep 60 & echo $! > ${file}; echo '${ok({ own_count: 1 })}'`);
    expect(result).toMatchObject({ outcome: 'ok', metrics: { own_count: 1 } });
    expect(performance.now() - startedMs).toBeGreaterThan(OWN_LIMITS.drainMs.value - 20);
    const pid = await pidIn(file);
    await vi.waitFor(() => expect(lives(pid)).toBe(false));
  });
});
