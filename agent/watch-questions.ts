/** Requests to have others watch that one session has sent, until they are answered. */
import type { WatchAnswer, WatchRequest } from '../protocol/frame.ts';
import type { Ask } from './watching.ts';

export class WatchQuestions {
  readonly #send: (request: WatchRequest) => void;
  /** By the run that asked. */
  readonly #open = new Map<string, (answer: WatchAnswer | 'unanswered') => void>();

  constructor(send: (request: WatchRequest) => void) {
    this.#send = send;
  }

  /** Sends it at once; `unanswered` when the session ends or `signal` aborts before the answer is there. */
  readonly ask: Ask = (request, signal) =>
    new Promise((resolve) => {
      const aborted = (): void => settle('unanswered');
      const settle = (answer: WatchAnswer | 'unanswered'): void => {
        this.#open.delete(request.run);
        signal.removeEventListener('abort', aborted);
        resolve(answer);
      };
      this.#open.set(request.run, settle);
      signal.addEventListener('abort', aborted, { once: true });
      this.#send(request);
    });

  /** One that nobody waits for any more is of no consequence. */
  answered(answer: WatchAnswer): void {
    this.#open.get(answer.run)?.(answer);
  }

  /** No answer comes any more. */
  end(): void {
    for (const settle of [...this.#open.values()]) settle('unanswered');
  }
}
