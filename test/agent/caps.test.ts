import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Caps, RunCaps } from '../../agent/caps.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';

function capping(caps: Caps) {
  let nowMs = 1000;
  const runs = new RunCaps(caps, { monotonicMs: () => nowMs });
  return {
    take: (url = 'http://a.example/', lane: 'light' | 'browser' = 'light') => runs.take(url, lane),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('the caps of an owner', () => {
  it('let everything through where there are none', () => {
    const { take } = capping({});
    for (let run = 0; run < 1000; run += 1) expect(take()).toBeUndefined();
  });

  it('let so many runs start within a minute, and the next when the first is a minute old', () => {
    const { take, pass } = capping({ runsPerMinute: 2 });
    expect(take()).toBeUndefined();
    pass(30_000);
    expect(take()).toBeUndefined();
    expect(take()).toBe('runsPerMinute');
    pass(29_999);
    expect(take()).toBe('runsPerMinute');
    pass(1);
    expect(take()).toBeUndefined();
    expect(take()).toBe('runsPerMinute');
  });

  it('never let more start in any minute, whenever runs are wanted', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 300 }),
        (most, gaps) => {
          const { take, pass } = capping({ runsPerMinute: most });
          const starts: number[] = [];
          let atMs = 0;
          for (const gap of gaps) {
            pass(gap);
            atMs += gap;
            const inMinute = starts.filter((startMs) => atMs - startMs < 60_000).length;
            // Neither more than the cap, nor fewer than it lets through.
            expect(take() === undefined).toBe(inMinute < most);
            if (inMinute < most) starts.push(atMs);
          }
        },
      ),
    );
  });

  it('count runs of the browser among all, and by themselves', () => {
    const { take } = capping({ runsPerMinute: 3, browserRunsPerMinute: 1 });
    expect(take('http://a.example/', 'browser')).toBeUndefined();
    expect(take('http://a.example/', 'browser')).toBe('browserRunsPerMinute');
    expect(take()).toBeUndefined();
    expect(take()).toBeUndefined();
    expect(take()).toBe('runsPerMinute');
  });

  it('count a host by its name and port, however it is written', () => {
    const { take } = capping({ hostRunsPerMinute: 2 });
    expect(take('http://Video.example/a')).toBeUndefined();
    expect(take('http://video.example:80/b')).toBeUndefined();
    expect(take('http://video.example/c')).toBe('hostRunsPerMinute');
    expect(take('https://video.example:8443/')).toBeUndefined();
    expect(take('tcp://video.example:25')).toBeUndefined();
  });

  it('do not count a run that another cap refused', () => {
    const { take, pass } = capping({ runsPerMinute: 2, hostRunsPerMinute: 1 });
    expect(take()).toBeUndefined();
    for (let run = 0; run < 10; run += 1) expect(take()).toBe('hostRunsPerMinute');
    expect(take('http://b.example/')).toBeUndefined();
    pass(60_000);
    expect(take()).toBeUndefined();
  });

  it('refuse hosts beyond those that can be remembered, until some are a minute old', () => {
    const { take, pass } = capping({ hostRunsPerMinute: 5 });
    const most = AGENT_LIMITS.cappedHosts.value;
    for (let host = 0; host < most; host += 1) expect(take(`http://h${host}.example/`)).toBeUndefined();
    expect(take('http://one-more.example/')).toBe('hostRunsPerMinute');
    expect(take('http://h0.example/')).toBeUndefined();
    pass(60_000);
    expect(take('http://one-more.example/')).toBeUndefined();
  });
});
