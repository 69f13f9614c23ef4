import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../probes/net/run-program.ts';
import { PING_LIMITS } from '../../../probes/ping/params.ts';

const options = { signal: new AbortController().signal, timeoutMs: 10_000, maxBytes: 1000 };
const script = (code: string, more: Partial<typeof options> = {}) =>
  runProgram(process.execPath, ['-e', code], { ...options, ...more });

describe('a program', () => {
  it('answers what it printed and how it ended', async () => {
    const end = await script('console.log("out"); console.error("err"); process.exitCode = 3');
    expect(end).toEqual({ ran: true, exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('that does not exist did not run', async () => {
    expect(await runProgram('no-such-program-anywhere', [], options)).toEqual({ ran: false });
  });

  it('gets no environment of ours but the path', async () => {
    process.env.OUTRIDER_SECRET_TEST = 'hidden';
    const end = await script('console.log(JSON.stringify(Object.keys(process.env).sort()))');
    delete process.env.OUTRIDER_SECRET_TEST;
    expect(end).toMatchObject({ stdout: '["LC_ALL","PATH"]\n' });
  });

  it('is heard so far and no further', async () => {
    const maxBytes = PING_LIMITS.outputBytes.value;
    const end = await script('process.stdout.write("x".repeat(200000))', { maxBytes });
    expect(end.ran && end.stdout.length).toBe(maxBytes);
  });

  it('is killed when its time is over, and what it said is kept', async () => {
    const end = await script('console.log("begun"); setInterval(() => {}, 1000)', { timeoutMs: 1500 });
    expect(end).toMatchObject({ ran: true, exitCode: null });
  });

  it('may sum up before it is killed, and no longer than that', async () => {
    const deaf =
      'process.on("SIGINT", () => console.log("sum")); console.log("begun"); setInterval(() => {}, 1000)';
    const end = await script(deaf, { timeoutMs: 2500 });
    expect(end).toEqual({ ran: true, exitCode: null, stdout: 'begun\nsum\n', stderr: '' });
  });

  it('is killed when the run is over', async () => {
    const startMs = performance.now();
    const end = await script('setInterval(() => {}, 1000)', { signal: AbortSignal.timeout(200) });
    expect(end).toMatchObject({ ran: true, exitCode: null });
    expect(performance.now() - startMs).toBeLessThan(8000);
  });
});
