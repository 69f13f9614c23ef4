import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clearProgress, withProgress } from '../../../cli/support/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function sinkOf(isTTY: boolean) {
  const sink = { isTTY, text: '', write: (text: string) => (sink.text += text) };
  return sink;
}

/** Something that takes so long, with what was written until its end. */
async function during(isTTY: boolean, ms: number): Promise<string> {
  const sink = sinkOf(isTTY);
  const work = () => new Promise<string>((resolve) => setTimeout(resolve, ms, 'done'));
  const done = withProgress((seconds) => `waiting: ${seconds} s`, work, sink);
  await vi.advanceTimersByTimeAsync(ms);
  expect(await done).toBe('done');
  return sink.text;
}

describe('progress', () => {
  it('says nothing of what takes a moment', async () => {
    expect(await during(true, 900)).toBe('');
    expect(await during(false, 4900)).toBe('');
  });

  it('counts on one line of a terminal from the first second on, and takes the line away', async () => {
    expect(await during(true, 3500)).toBe(
      '\r\u001b[Kwaiting: 1 s\r\u001b[Kwaiting: 2 s\r\u001b[Kwaiting: 3 s\r\u001b[K',
    );
  });

  it('is one line in a log', async () => {
    expect(await during(false, 60_000)).toBe('waiting: 5 s\n');
  });

  it('is cleared for what is written in between, and comes again', async () => {
    const sink = sinkOf(true);
    const done = withProgress(
      (seconds) => `${seconds} s`,
      () => new Promise((resolve) => setTimeout(resolve, 2500)),
      sink,
    );
    await vi.advanceTimersByTimeAsync(1500);
    clearProgress();
    sink.write('data\n');
    await vi.advanceTimersByTimeAsync(1000);
    await done;
    expect(sink.text).toBe('\r\u001b[K1 s\r\u001b[Kdata\n\r\u001b[K2 s\r\u001b[K');
  });

  it('is of one thing at a time, and ends with an error too', async () => {
    const sink = sinkOf(true);
    const fail = () => new Promise<never>((_, reject) => setTimeout(reject, 2500, new Error('lost')));
    const inner = () => withProgress(() => 'inner', fail, sink);
    const done = withProgress(() => 'outer', inner, sink);
    const refused = expect(done).rejects.toThrow('lost');
    await vi.advanceTimersByTimeAsync(3000);
    await refused;
    expect(sink.text).not.toContain('inner');
    expect(sink.text.endsWith('\r\u001b[K')).toBe(true);
    expect(await during(true, 1500)).toContain('waiting: 1 s');
  });

  it('is off where the variable says so', async () => {
    vi.stubEnv('OUTRIDER_PROGRESS', 'off');
    expect(await during(true, 5000)).toBe('');
    vi.unstubAllEnvs();
  });
});
