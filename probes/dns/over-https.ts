/** A question as the body of a POST (RFC 8484), over HTTP/2 where the server has it. Redirects are not followed: nobody sends questions elsewhere. */
import type { HttpConnection } from '../http/connection.ts';
import { requestPath } from '../net/exchange.ts';
import type { RunContext } from '../probe.ts';
import { malformed } from './failures.ts';
import { DNS_LIMITS } from './limits.ts';
import type { Received } from './received.ts';

const MEDIA_TYPE = 'application/dns-message';

/** The caller owns the connection. */
export async function askOverHttps(
  { clock, signal, userAgent }: RunContext,
  connection: HttpConnection,
  url: URL,
  message: Buffer,
): Promise<Received> {
  const startMs = clock.monotonicMs();
  const response = await connection.exchange(
    {
      method: 'POST',
      path: requestPath(url),
      host: url.host,
      headers: { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE, 'user-agent': userAgent },
      body: message,
    },
    { clock, signal, maxBodyBytes: DNS_LIMITS.messageBytes.value },
  );
  if (!response.ok) return response;
  const { status, headers } = response;
  if (status !== 200) {
    const message = `${url.host} answered the question with HTTP status ${status}, expected is 200.`;
    return { ok: false, failure: { layer: 'http', blame: 'target', code: 'status', message } };
  }
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== MEDIA_TYPE) {
    const failure = malformed(url.host, `its type is ${JSON.stringify(type ?? '')}, not ${MEDIA_TYPE}`);
    return { ok: false, failure };
  }
  const read = await response.body.collect();
  if (!read.ok) return { ok: false, failure: read.failure };
  return { ok: true, message: read.bytes, queryMs: read.endMs - startMs };
}
