/** The collector's HTTP API, as the CLI uses it: every command speaks through here. */
import type { SpecIssue } from '../../collector/registry/errors.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { checkWay } from './token.ts';

export const API_LIMITS = {
  timeoutMs: {
    value: 30_000,
    reason: 'A terminal that hangs is worse than an error; the longest query is stopped after this too.',
    past: 'The command fails: the collector did not answer.',
  },
} as const;

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
  readonly #token: string | undefined;

  /** `timeoutMs`: how long an answer may take, its body included. Throws a `CliError` for a token that others could read on the way. */
  constructor(collector: string, timeoutMs: number = API_LIMITS.timeoutMs.value, token?: string) {
    this.#base = new URL(collector);
    this.#timeoutMs = timeoutMs;
    this.#token = token;
    if (token !== undefined) checkWay(this.#base);
  }

  /** The same with another patience. */
  within(timeoutMs: number): ApiClient {
    return new ApiClient(this.#base.href, timeoutMs, this.#token);
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
    const { response, text } = await this.#reach(url, init);
    if (response.ok) return (text === '' ? {} : parse(text, url)) as T;
    const { error } = (
      response.headers.get('content-type')?.includes('json') ? parse(text, url) : {}
    ) as ApiProblem;
    throw new CliError(
      error?.message ?? `the collector answered ${response.status} to ${init.method} ${url.pathname}`,
      {
        code: error?.code,
        issues: error?.issues,
        ...(error?.hint ? { hint: error.hint } : {}),
        exit: EXIT_BY_STATUS[response.status] ?? EXIT.failed,
      },
    );
  }

  #credentials(): Record<string, string> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }

  /** The whole answer: a collector may fall silent in the middle of it, too. */
  async #reach(url: URL, init: RequestInit): Promise<{ response: Response; text: string }> {
    try {
      const response = await fetch(url, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...this.#credentials() },
        // Elsewhere the token is nobody's business.
        redirect: 'error',
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      return { response, text: await response.text() };
    } catch (cause) {
      const slow = cause instanceof Error && cause.name === 'TimeoutError';
      throw new CliError(
        `the collector at ${this.#base.origin} ${slow ? `did not answer in ${this.#timeoutMs / 1000} s` : 'cannot be reached'}`,
        {
          why: reason(cause),
          hint: 'npm run up starts one here; --collector URL or OUTRIDER_COLLECTOR names another',
          exit: EXIT.unreachable,
          cause,
        },
      );
    }
  }
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

/** The innermost reason: fetch wraps it in "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reason(error.cause) : error.message || error.name;
}
