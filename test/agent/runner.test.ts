import { describe, expect, it } from 'vitest';
import { DelaySampler } from '../../agent/delay-sampler.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { type RunnerOptions, runOnce } from '../../agent/runner.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import { createNetwork } from '../../probes/net/create-network.ts';
import type { Probe, RunResult } from '../../probes/probe.ts';
import { OK, probeThat } from './fixtures.ts';
import { settle, VirtualTime } from './virtual-time.ts';

const TARGET = { name: 'origin', url: 'http://video.sandbox.test/', labels: {} };
const NEVER = new AbortController().signal;

function runner(time?: VirtualTime): RunnerOptions {
  const clock = time?.clock ?? systemClock;
  const timers = time?.timers ?? systemTimers;
  const network = createNetwork({ policy: { allow: [], deny: [] }, connectTo: {}, nameServers: [] });
  const agent = { id: 'agent-1', region: 'eu-west' };
  return {
    clock,
    timers,
    sampler: new DelaySampler(clock, timers),
    context: { clock, random: () => 0.5, network, agent, userAgent: 'Outrider/test' },
    clockOffsetMs: () => 42,
  };
}

const check = (changes: object = {}) => ({
  type: 'echo',
  target: TARGET,
  params: {},
  timeoutMs: 1000,
  ...changes,
});

const hangsUntilAborted: Probe = probeThat(
  ({ signal }) =>
    new Promise((resolve) => {
      const failure = { layer: 'http', blame: 'unknown', code: 'timeout', message: 'cut short' } as const;
      const result: RunResult = { ...OK, outcome: 'fail', failure };
      signal.addEventListener('abort', () => resolve(result));
    }),
);

describe('runOnce', () => {
  it('hands the probe its context, target and parsed parameters, and stamps the agent’s state', async () => {
    let word: string | undefined;
    const probe = probeThat(async (context, params) => {
      word = params.word;
      expect(context.agent.region).toBe('eu-west');
      expect(context.browser).toBeUndefined();
      return OK;
    });
    const end = await runOnce(runner(), probe, check({ params: { word: 'hello' } }), NEVER);
    expect(word).toBe('hello');
    expect(end.result).toBe(OK);
    expect(end.stopped).toBe(false);
    expect(end.state.clockOffsetMs).toBe(42);
    expect(end.state.rssBytes).toBeGreaterThan(1_000_000);
    expect(end.durationMs).toBeGreaterThan(0);
    expect(end.state.cpuRatio).toBeGreaterThanOrEqual(0);
  });

  it('aborts a run at its deadline and takes what the probe makes of it', async () => {
    const time = new VirtualTime();
    const run = runOnce(runner(time), hangsUntilAborted, check(), NEVER);
    await time.advanceSettling(1010);
    const { result, durationMs } = await run;
    expect(result).toMatchObject({ outcome: 'fail', failure: { layer: 'http', code: 'timeout' } });
    expect(durationMs).toBe(1000);
    expect(time.armed).toBe(0);
  });

  it('cuts off a run that ignores its abort, and says so', async () => {
    const time = new VirtualTime();
    let letGo = (_: RunResult): void => {};
    const deaf = probeThat(() => new Promise((resolve) => (letGo = resolve)));
    const run = runOnce(runner(time), deaf, check(), NEVER);
    await time.advanceSettling(1000 + AGENT_LIMITS.abortGraceMs.value + 10);
    const { result, released } = await run;
    expect(result).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'agent', blame: 'agent', code: 'timeout' },
    });
    let isReleased = false;
    void released?.then(() => (isReleased = true));
    await settle();
    expect(isReleased).toBe(false);
    letGo(OK);
    await settle();
    expect(isReleased).toBe(true);
  });

  it('turns a probe that throws, at once or later, into a failure of the agent', async () => {
    const thrower = probeThat(() => {
      throw new TypeError('cannot read x');
    });
    const rejecter = probeThat(async () => {
      throw new RangeError('too far');
    });
    for (const [probe, name] of [
      [thrower, 'TypeError: cannot read x'],
      [rejecter, 'RangeError: too far'],
    ] as const) {
      const { result } = await runOnce(runner(), probe, check(), NEVER);
      expect(result).toMatchObject({
        outcome: 'fail',
        failure: { layer: 'agent', blame: 'agent', code: 'internal' },
      });
      if (result.outcome === 'fail') expect(result.failure.message).toContain(name);
    }
  });

  it('does not start a run with parameters that its probe refuses, and names them', async () => {
    const never = probeThat(() => Promise.reject(new Error('was run')));
    const { result } = await runOnce(runner(), never, check({ params: { word: 7 } }), NEVER);
    expect(result).toMatchObject({ outcome: 'fail', failure: { layer: 'agent', code: 'bad_params' } });
    if (result.outcome === 'fail') expect(result.failure.message).toContain('word');
  });

  it('reads the parameters of a schedule once, and those of the next anew', async () => {
    let reads = 0;
    const words: string[] = [];
    const echo = probeThat(async (_context, params) => {
      words.push(params.word ?? '');
      return OK;
    });
    const counted: typeof echo = {
      ...echo,
      params: echo.params.refine(() => {
        reads += 1;
        return true;
      }) as typeof echo.params,
    };
    const params = { word: 'once' };
    for (const given of [params, params, { word: 'anew' }])
      await runOnce(runner(), counted, check({ params: given }), NEVER);
    expect(words).toEqual(['once', 'once', 'anew']);
    expect(reads).toBe(2);
  });

  it('says that it does not know a type of probe', async () => {
    const { result } = await runOnce(runner(), undefined, check({ type: 'telepathy' }), NEVER);
    expect(result).toMatchObject({ outcome: 'fail', failure: { layer: 'agent', code: 'bad_params' } });
    if (result.outcome === 'fail') expect(result.failure.message).toContain('telepathy');
  });

  it('reads what had come in time before it gives a run up that it let stand still', async () => {
    const time = new VirtualTime();
    const arrived = Promise.withResolvers<RunResult>();
    const answered = probeThat(async (context) =>
      Promise.race([arrived.promise, hangsUntilAborted.run(context, TARGET, {})]),
    );
    const run = runOnce(runner(time), answered, check({ timeoutMs: 1000 }), NEVER);
    await settle();
    time.freeze(1500);
    // The timers come first; what lies at the sockets comes after them.
    time.advance(0);
    arrived.resolve(OK);
    await settle();
    expect((await run).result).toMatchObject({ outcome: 'ok' });
    await time.advanceSettling(2000);
    expect(time.armed).toBe(0);
  });

  it('gives it up right after that when nothing had come', async () => {
    const time = new VirtualTime();
    const run = runOnce(runner(time), hangsUntilAborted, check({ timeoutMs: 1000 }), NEVER);
    await settle();
    time.freeze(1500);
    time.advance(AGENT_LIMITS.catchUpMs.value);
    await settle();
    expect(await run).toMatchObject({
      result: { outcome: 'fail' },
      durationMs: 1500 + AGENT_LIMITS.catchUpMs.value,
    });
  });

  it('tells a run that the stop of the agent ended from one that failed', async () => {
    const stop = new AbortController();
    const run = runOnce(runner(), hangsUntilAborted, check({ timeoutMs: 60_000 }), stop.signal);
    setImmediate(() => stop.abort());
    expect((await run).stopped).toBe(true);
    const ended = await runOnce(
      runner(),
      probeThat(async () => OK),
      check(),
      stop.signal,
    );
    expect(ended.stopped).toBe(false);
  });

  it('says of a run that the agent’s own stall disturbed it', async () => {
    const blocker = probeThat(async () => {
      const untilMs = performance.now() + 80;
      while (performance.now() < untilMs) {}
      return OK;
    });
    const { state, disturbances } = await runOnce(runner(), blocker, check(), NEVER);
    expect(state.eventLoopDelayMs).toBeGreaterThanOrEqual(60);
    expect(state.disturbed).toBe(true);
    expect(disturbances).toEqual(['event_loop']);
  });
});
