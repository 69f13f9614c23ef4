/** The collector's HTTP API, as the CLI uses it: every command speaks through here. */
import type { SpecIssue } from '../../collector/registry/errors.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { withProgress } from './progress.ts';
import { checkWay } from './token.ts';
import { unreachable } from './unreachable.ts';
import type { Way } from './way.ts';

export const API_LIMITS = {
  timeoutMs: {
    value: 30_000,
    reason: 'A terminal that hangs is worse than an error; the longest query is stopped after this too.',
    past: 'The command fails: the collector did not answer.',
  },
} as const;

/** Who asks, and who said whom to ask, as a `Way` has it. */
export type Caller = Partial<Pick<Way, 'origin' | 'token'>>;

interface ApiProblem {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly hint?: string;
    readonly issues?: SpecIssue[];
  };
}

const EXIT_BY_STATUS: Readonly<Record<number, number>> = {
  400: EXIT.usage,
  401: EXIT.auth,
  403: EXIT.auth,
  409: EXIT.conflict,
  422: EXIT.badConfig,
  429: EXIT.auth,
  503: EXIT.unreachable,
};

export class ApiClient {
  readonly #base: URL;
  readonly #timeoutMs: number;
  readonly #caller: Caller;

  /** `timeoutMs`: how long an answer may take, its body included. Throws a `CliError` for a token that others could read on the way. */
  constructor(collector: string, timeoutMs: number = API_LIMITS.timeoutMs.value, caller: Caller = {}) {
    this.#base = new URL(collector);
    this.#timeoutMs = timeoutMs;
    this.#caller = caller;
    if (caller.token) checkWay(this.#base, caller.origin);
  }

  /** The same with another patience. */
  within(timeoutMs: number): ApiClient {
    return new ApiClient(this.#base.href, timeoutMs, this.#caller);
  }

  /** Whom it asks and who named it: `https://collector.example:7077 of context production (--context)`. */
  get asked(): string {
    const { origin } = this.#caller;
    return origin && origin !== '--collector' ? `${this.#base.origin} of ${origin}` : this.#base.origin;
  }

  /** The address of a path, for messages and links. */
  url(path: string): string {
    return new URL(path, this.#base).href;
  }

  get<T>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): Promise<T> {
    const url = new URL(path, this.#base);
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, String(value));
    return this.#send<T>(url, { method: 'GET' });
  }

  /** As `get`, of what is no JSON, such as `/metrics`. */
  async text(path: string): Promise<string> {
    return (await this.#answer(new URL(path, this.#base), { method: 'GET' })).text;
  }

  /** As `get`; undefined where the collector knows of no such thing. */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof CliError && error.code === 'not_found') return undefined;
      throw error;
    }
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#send<T>(new URL(path, this.#base), { method: 'POST', headers, body: JSON.stringify(body) });
  }

  delete<T>(path: string): Promise<T> {
    return this.#send<T>(new URL(path, this.#base), { method: 'DELETE' });
  }

  async #send<T>(url: URL, init: RequestInit): Promise<T> {
    const { text } = await this.#answer(url, init);
    return (text === '' ? {} : parse(text, url)) as T;
  }

  /** One that is good; rejects with what the collector says otherwise. */
  async #answer(url: URL, init: RequestInit): Promise<{ readonly text: string }> {
    const { response, text } = await this.#reach(url, init);
    if (response.ok) return { text };
    const { error } = (
      response.headers.get('content-type')?.includes('json') ? parse(text, url) : {}
    ) as ApiProblem;
    const exit = EXIT_BY_STATUS[response.status] ?? EXIT.failed;
    throw new CliError(
      error?.message ?? `the collector answered ${response.status} to ${init.method} ${url.pathname}`,
      {
        code: error?.code,
        issues: error?.issues,
        ...(exit === EXIT.auth ? { why: this.#shown() } : {}),
        ...hintOf(response.status, error?.hint),
        exit,
      },
    );
  }

  #credentials(): Record<string, string> {
    const { token } = this.#caller;
    return token ? { authorization: `Bearer ${token.text}` } : {};
  }

  /** What the collector was shown, for who has several of them. */
  #shown(): string {
    const { origin, token } = this.#caller;
    if (!token) return `${this.asked} was asked without a token`;
    const ofIt = ` of ${origin}`;
    const isOfIt = token.origin.endsWith(ofIt);
    const shown = isOfIt ? `its ${token.origin.slice(0, -ofIt.length)}` : `the token of ${token.origin}`;
    return `${this.asked} was asked with ${shown}`;
  }

  /** The whole answer: a collector may fall silent in the middle of it, too. */
  async #reach(url: URL, init: RequestInit): Promise<{ response: Response; text: string }> {
    const most = this.#timeoutMs / 1000;
    try {
      return await withProgress(
        (seconds) => `waiting for the collector at ${this.#base.origin}: ${seconds} s of at most ${most} s`,
        async () => {
          const response = await fetch(url, {
            ...init,
            headers: { ...(init.headers as Record<string, string>), ...this.#credentials() },
            // Elsewhere the token is nobody's business.
            redirect: 'error',
            signal: AbortSignal.timeout(this.#timeoutMs),
          });
          return { response, text: await response.text() };
        },
      );
    } catch (cause) {
      throw unreachable({ base: this.#base, origin: this.#caller.origin, mostS: most }, cause);
    }
  }
}

/** A collector that is not ready says no more than that. */
function hintOf(status: number, said: string | undefined): { readonly hint?: string } {
  if (said) return { hint: said };
  return status === 503
    ? { hint: 'it is starting, or its store is away: once more in a moment; `outrider doctor` says which' }
    : {};
}

function parse(text: string, url: URL): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(`${url.origin} answered something that is not JSON`, {
      hint: 'check that --collector names an Outrider collector and not another service',
      exit: EXIT.unreachable,
      cause,
    });
  }
}
