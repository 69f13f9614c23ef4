import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../../cli/support/api-client.ts';
import {
  explainUnanswered,
  FOLLOW_LIMITS,
  type FollowEnd,
  followRun,
  waitMsOf,
} from '../../../cli/support/follow-run.ts';
import type { ResultJson } from '../../../collector/api/answers/checks.ts';

/** A collector as it answers: status and body, or no answer at all. */
type Answer = { readonly status?: number; readonly body: unknown } | 'none';

let server: Server;
let url = '';
let answers: (path: string, look: number) => Answer = () => 'none';
let looks = 0;

beforeEach(async () => {
  looks = 0;
  server = createServer((request, response) => {
    looks += 1;
    const answer = answers(request.url ?? '', looks);
    if (answer === 'none') return;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
);

const result = (agent: string, target = 'clip') => ({ run_id: `${agent}/b/${target}`, agent, target });
const asked = (agents: readonly string[], targets = 1) => ({
  ...{ request_id: 'r 1', probe: 'edge', agents, expected: agents.length * targets },
});

/** Follows to the end; gives what came, in the order in which it came. */
async function follow(
  run: ReturnType<typeof asked>,
  waitMs: number,
): Promise<{ came: string[]; end: FollowEnd; tookMs: number }> {
  const sinceMs = Date.now();
  const following = followRun({ client: new ApiClient(url), asked: run, untilMs: sinceMs + waitMs });
  const came: ResultJson[] = [];
  let step = await following.next();
  for (; !step.done; step = await following.next()) came.push(step.value);
  return { came: came.map(({ run_id }) => run_id), end: step.value, tookMs: Date.now() - sinceMs };
}

describe('following a run', () => {
  it('gives each result once, as it comes, and ends with the last', async () => {
    const all = [result('a'), result('b'), result('a', 'stream'), result('b', 'stream')];
    answers = (path, look) => {
      expect(path).toBe('/api/v1/runs/r%201');
      return { body: { data: all.slice(0, look) } };
    };
    const { came, end } = await follow(asked(['a', 'b'], 2), 60_000);
    expect(came).toEqual(all.map(({ run_id }) => run_id));
    expect(end).toEqual({ unanswered: [] });
    expect(looks).toBe(4);
  });

  it('ends at its deadline, and names who owes how much', async () => {
    answers = () => ({ body: { data: [result('a'), result('a', 'stream'), result('b')] } });
    const { came, end, tookMs } = await follow(asked(['a', 'b', 'c'], 2), 700);
    expect(came).toHaveLength(3);
    expect(end.unanswered).toEqual([
      { agent: 'b', came: 1, expected: 2 },
      { agent: 'c', came: 0, expected: 2 },
    ]);
    expect(tookMs).toBeGreaterThanOrEqual(699);
    expect(looks).toBeGreaterThan(1);
  });

  it('looks once more at the deadline itself', async () => {
    answers = (_, look) => ({ body: { data: look === 1 ? [] : [result('a')] } });
    const { came, end } = await follow(asked(['a']), FOLLOW_LIMITS.pollMs.value / 3);
    expect([came.length, end.unanswered, looks]).toEqual([1, [], 2]);
  });

  it('asks again when the collector fails, forgets or restarts, and takes no early end for one', async () => {
    const errors = [503, 404, 500];
    answers = (_, look) => {
      const status = errors[look - 1];
      if (status) return { status, body: { error: { code: 'x', message: `failed with ${status}` } } };
      return { body: { data: look === 4 ? [result('a')] : [result('a'), result('b')], done: true } };
    };
    const { came, end } = await follow(asked(['a', 'b']), 60_000);
    expect(came).toHaveLength(2);
    expect(end).toEqual({ unanswered: [] });
  });

  it('says what the trouble was when it ends in one', async () => {
    answers = () => ({ status: 500, body: { error: { code: 'x', message: 'the store is away' } } });
    const { end } = await follow(asked(['a']), 100);
    expect(end).toEqual({
      unanswered: [{ agent: 'a', came: 0, expected: 1 }],
      trouble: 'the store is away',
    });
  });

  it('does not wait for one answer for ever while there is time: it asks anew', async () => {
    answers = (_, look) => (look === 1 ? 'none' : { body: { data: [result('a')] } });
    const { came, tookMs } = await follow(asked(['a']), 60_000);
    expect([came.length, looks]).toEqual([1, 2]);
    expect(tookMs).toBeGreaterThanOrEqual(FOLLOW_LIMITS.answerMs.value - 1);
    expect(tookMs).toBeLessThan(20_000);
  }, 30_000);

  it('never hangs: not on a collector that takes the question and says nothing', async () => {
    answers = () => 'none';
    const { end, tookMs } = await follow(asked(['a']), 100);
    expect(end.trouble).toMatch(/did not answer/);
    // Twice: the look that was under way, and the last one.
    expect(tookMs).toBeLessThan(3 * FOLLOW_LIMITS.lastAnswerMs.value);
  }, 30_000);
});

describe('how long is waited', () => {
  const { graceMs, waitMaxMs } = FOLLOW_LIMITS;

  it('is what --wait says, else the timeout of the probe and the time of an answer', () => {
    expect(waitMsOf('2m', 5000)).toBe(120_000);
    expect(waitMsOf(undefined, 5000)).toBe(5000 + graceMs.value);
    expect(waitMsOf(`${waitMaxMs.value / 1000}s`, 5000)).toBe(waitMaxMs.value);
  });

  it.each(['', 'soon', '-1s', `${waitMaxMs.value / 1000 + 1}s`])('is not %j', (wait) => {
    expect(() => waitMsOf(wait, 5000)).toThrow(/is not a duration of at most 1h/);
  });
});

describe('who did not answer', () => {
  const owing = [
    { agent: 'a', came: 0, expected: 1 },
    { agent: 'b', came: 1, expected: 2 },
  ];

  it('is told with what the collector knows of it', async () => {
    answers = () => ({
      body: { data: [{ id: 'a', state: 'silent', last_seen_at: '2026-11-21T12:00:00.000Z' }] },
    });
    expect(await explainUnanswered(new ApiClient(url), owing)).toEqual([
      'a (silent, last heard 2026-11-21T12:00:00.000Z)',
      'b (state unknown, 1 of 2 results)',
    ]);
  });

  it('keeps nobody waiting for long when the collector says nothing', async () => {
    answers = () => 'none';
    const sinceMs = Date.now();
    expect(await explainUnanswered(new ApiClient(url), owing)).toHaveLength(2);
    expect(Date.now() - sinceMs).toBeLessThan(2 * FOLLOW_LIMITS.lastAnswerMs.value);
  });

  it('is named all the same when the collector does not say', async () => {
    answers = () => ({ status: 500, body: {} });
    expect(await explainUnanswered(new ApiClient(url), owing)).toEqual([
      'a (state unknown)',
      'b (state unknown, 1 of 2 results)',
    ]);
  });
});
