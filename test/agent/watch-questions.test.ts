import { describe, expect, it } from 'vitest';
import { WatchQuestions } from '../../agent/watch-questions.ts';
import type { WatchAnswer, WatchRequest } from '../../protocol/frame.ts';

const request = (run: string): WatchRequest => ({
  ...{ type: 'watch_request', run, probe: 'post', target: 'clip', from: [{}] },
  watch: { playUrls: ['http://video.test/'], sinceWallMs: 0, untilWallMs: 1, pollMs: 500, cmcd: 'header' },
});
const answer = (run: string): WatchAnswer => ({ type: 'watch_answer', run, reports: [] });
const { signal } = new AbortController();

describe('the questions of a session', () => {
  it('are sent at once, and each gets its own answer, whichever comes first', async () => {
    const sent: string[] = [];
    const questions = new WatchQuestions(({ run }) => sent.push(run));
    const asked = ['a', 'b'].map((run) => questions.ask(request(run), signal));
    expect(sent).toEqual(['a', 'b']);
    questions.answered(answer('b'));
    questions.answered(answer('a'));
    expect(await Promise.all(asked)).toEqual([answer('a'), answer('b')]);
  });

  it('are unanswered when the session ends, all of them', async () => {
    const questions = new WatchQuestions(() => undefined);
    const asked = ['a', 'b'].map((run) => questions.ask(request(run), signal));
    questions.end();
    expect(await Promise.all(asked)).toEqual(['unanswered', 'unanswered']);
  });

  it('are unanswered when the run ends, and an answer that comes later is of no consequence', async () => {
    const questions = new WatchQuestions(() => undefined);
    const run = new AbortController();
    const asked = questions.ask(request('a'), run.signal);
    run.abort();
    expect(await asked).toBe('unanswered');
    questions.answered(answer('a'));
    questions.answered(answer('never asked'));
    questions.end();
  });
});
