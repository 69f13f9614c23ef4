/** What the API refuses, and how it says so: `{error: {code, message, hint}}` with the right status. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { RegistryError, type SpecIssue } from '../registry/errors.ts';
import { StoreError } from '../store/errors.ts';

/** Every error code of the API with its HTTP status (RFC 9110 §15) and its meaning. */
export const API_ERRORS = {
  bad_request: { status: 400, meaning: 'A parameter or the JSON of the body cannot be understood.' },
  unauthenticated: { status: 401, meaning: 'It is not known who asks: no token, or one that is not good.' },
  forbidden: { status: 403, meaning: 'The role of the token may not do this.' },
  too_many_failures: { status: 429, meaning: 'Too many tokens from this address were refused.' },
  auth_off: { status: 409, meaning: 'The collector runs without access control: it gives out no tokens.' },
  cross_origin: { status: 403, meaning: 'A page of another origin tried to use the API.' },
  foreign_host: { status: 403, meaning: 'The request names a host that is not this collector.' },
  not_found: { status: 404, meaning: 'There is nothing of that name or at that path.' },
  method_not_allowed: { status: 405, meaning: 'The path exists, but not with this method.' },
  no_agents: { status: 409, meaning: 'No connected agent runs this probe.' },
  gone: { status: 409, meaning: 'The run of the collector that was asked has ended.' },
  conflict: { status: 409, meaning: 'Somebody else changed the same at the same time.' },
  too_large: { status: 413, meaning: 'The body is larger than the limit.' },
  unsupported_media_type: { status: 415, meaning: 'The body is not declared as application/json.' },
  invalid_spec: { status: 422, meaning: 'The spec does not fit its schema.' },
  unknown_type: { status: 422, meaning: 'There is no probe type of this name.' },
  unknown_target: { status: 422, meaning: 'A probe names a target that is not known.' },
  unknown_receiver: { status: 422, meaning: 'A route names a receiver that the collector has not.' },
  too_many: { status: 422, meaning: 'A limit of the registry would be passed.' },
  query_failed: { status: 400, meaning: 'ClickHouse refused the SQL.' },
  query_refused: { status: 400, meaning: 'The SQL does what a free query may not do.' },
  query_memory: { status: 400, meaning: 'The SQL took more memory than allowed.' },
  query_timeout: { status: 400, meaning: 'The SQL took longer than allowed.' },
  too_many_groups: { status: 400, meaning: 'The latency table would have too many rows.' },
  too_many_streams: { status: 503, meaning: 'All streams are taken.' },
  unavailable: { status: 503, meaning: 'The store or the ingest does not answer now.' },
  internal: { status: 500, meaning: 'A bug in the collector.' },
} as const satisfies Record<string, { status: ContentfulStatusCode; meaning: string }>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** An answer other than success: what happened, and what to try. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** What to try; empty when there is nothing to add. */
  readonly hint: string;
  /** Complaints about a specification, parameters or a body, each with its path; otherwise empty. */
  readonly issues: readonly SpecIssue[];

  constructor(
    code: ApiErrorCode,
    message: string,
    hint = '',
    options: { readonly cause?: unknown; readonly issues?: readonly SpecIssue[] } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.hint = hint;
    this.issues = options.issues ?? [];
  }

  get status(): ContentfulStatusCode {
    return API_ERRORS[this.code].status;
  }
}

const UNAVAILABLE = new Set<StoreError['code']>([
  'locked',
  'unreachable',
  'engine_missing',
  'closed',
  'timeout',
]);

/** Any thrown value as an ApiError; what is not foreseen is `internal` and tells the client nothing of its inside. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof RegistryError) {
    return new ApiError(error.code, error.message, error.hint, { cause: error, issues: error.issues });
  }
  if (error instanceof StoreError && UNAVAILABLE.has(error.code)) {
    return new ApiError('unavailable', `The store does not answer: ${error.message}`, error.hint, {
      cause: error,
    });
  }
  return new ApiError(
    'internal',
    'The collector failed on this request.',
    'Its log has the reason; please report it.',
    { cause: error },
  );
}

/** The error as the response that people and programs get. `issues` is there where a schema complained. */
export function errorResponse(context: Context, error: ApiError): Response {
  if (error.status === 503) context.header('Retry-After', '5');
  // The rest of the body is not read: the connection is of no further use (RFC 9112 §9.6).
  if (error.status === 413) context.header('Connection', 'close');
  const { code, message, hint, issues } = error;
  return context.json(
    { error: { code, message, hint, ...(issues.length > 0 ? { issues } : {}) } },
    error.status,
  );
}
