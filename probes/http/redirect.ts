/** What request follows a redirect (RFC 9110 §15.4, and the Fetch standard where practice differs). */
import type { Failure } from '../outcome.ts';

export interface PlannedRequest {
  readonly url: URL;
  readonly method: string;
  /** Names as given, in any case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The header with the secret of the agent, for this origin alone. */
  readonly credentials?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sent to one origin on purpose: another must not see them. */
const PRIVATE_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

const BODY_HEADERS = /^content-/i;

/** Whether the response asks to be followed. */
export function isRedirect(status: number, headers: Readonly<Record<string, string>>): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers.location !== undefined;
}

/**
 * The request that follows, or the failure when Location is no URL. The new URL is not yet checked against any policy. `redact`
 * takes secrets out of what is quoted.
 */
export function nextRequest(
  request: PlannedRequest,
  status: number,
  location: string,
  redact: (text: string) => string = (text) => text,
):
  | { readonly ok: true; readonly request: PlannedRequest }
  | { readonly ok: false; readonly failure: Failure } {
  const url = URL.parse(location, request.url);
  if (!url) {
    const message = `The redirect leads to ${JSON.stringify(redact(location).slice(0, 100))}, which is not a URL.`;
    return { ok: false, failure: { layer: 'http', blame: 'target', code: 'bad_response', message } };
  }
  const toGet =
    (status === 303 && request.method !== 'HEAD') ||
    ((status === 301 || status === 302) && request.method === 'POST');
  const sameOrigin = url.origin === request.url.origin;
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) =>
        (sameOrigin || !PRIVATE_HEADERS.has(name.toLowerCase())) && !(toGet && BODY_HEADERS.test(name)),
    ),
  );
  const body = toGet || request.body === undefined ? {} : { body: request.body };
  const credentials = sameOrigin && request.credentials ? { credentials: request.credentials } : {};
  const method = toGet ? 'GET' : request.method;
  return { ok: true, request: { url, method, headers, ...credentials, ...body } };
}

/** The failure of one redirect too many. */
export function tooManyRedirects(limit: number): Failure {
  return {
    layer: 'http',
    blame: 'target',
    code: 'bad_response',
    message: `More than ${limit} redirects: a loop, or raise followRedirects.`,
  };
}
