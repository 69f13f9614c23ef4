/**
 * What the writer of an own probe needs. A module default-exports `defineProbe({…})`; it is one file, bundled with what it uses,
 * and runs in a worker of its own for every run. The agent gives it this module under any address that ends in `define-probe`.
 */
import type { ErrorCode, Failure } from './outcome.ts';
import type { OwnResult } from './own/result.ts';
import type { Attributes, Phase, Target } from './probe.ts';

/** A request that the agent makes on a fresh connection, guarded by its address policy. Redirects are not followed. */
export interface OwnRequest {
  readonly url: string;
  /** GET when absent. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** At most 32; a user-agent is followed by that of the agent. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8; at most 1 MiB. */
  readonly body?: string | Uint8Array;
  /** A larger answer fails the request; 1 MiB when absent, 4 MiB at most. */
  readonly maxBodyBytes?: number;
}

/** The answer, timed at the sockets of the agent and not in the worker. */
export interface OwnResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The body as UTF-8. */
  text(): string;
  /** The body as JSON; throws where it is not. */
  json(): unknown;
  /** Ready to be returned: `dns_ms`, `connect_ms`, `tls_ms` where there were such, and the rest of what `http` measures. */
  readonly metrics: Readonly<Record<string, number>>;
  /** `server_ip`, `http_status`, `pop`, `cache_status` … as of the probe `http`. */
  readonly attributes: Attributes;
  /** Milliseconds from the start of the run. */
  readonly phases: readonly Phase[];
}

/** What `request` rejects with. A module that does not catch it fails with just this failure. */
export interface OwnRequestError extends Error {
  readonly failure: Failure & { readonly code: ErrorCode };
}

/** Everything that a module may touch. */
export interface OwnProbeContext {
  /** Aborts at the deadline; what still runs a little later is ended. */
  readonly signal: AbortSignal;
  readonly agent: { readonly id: string; readonly region: string };
  /** The only way to the network. At most 200 in a run, 8 at once. */
  request(request: OwnRequest): Promise<OwnResponse>;
  /** The secret of this name, if the allow-list grants it to this module. */
  secret(name: string): Promise<string | undefined>;
}

export interface OwnProbe<Params = Readonly<Record<string, unknown>>> {
  /** One sentence for people. */
  readonly summary: string;
  /** Checks and completes the parameters: a zod schema, or anything with a `parse` that throws. */
  readonly params?: { parse(value: unknown): Params };
  run(context: OwnProbeContext, target: Target, params: Params): Promise<OwnResult>;
}

/** Gives the object its type; nothing else. */
export function defineProbe<Params>(probe: OwnProbe<Params>): OwnProbe<Params> {
  return probe;
}
