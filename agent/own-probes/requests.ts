/** The network of own modules: one request on one fresh connection, by the agent's own sockets, policy and clocks. */
import { z } from 'zod';
import { exchange, requestPath } from '../../probes/net/exchange.ts';
import { endpointOf } from '../../probes/net/host-port.ts';
import type { Connected, NotConnected } from '../../probes/net/network.ts';
import { responseAttributes } from '../../probes/net/response-attributes.ts';
import type { Failure } from '../../probes/outcome.ts';
import { OWN_LIMITS } from '../../probes/own/limits.ts';
import type { Phase, RunContext } from '../../probes/probe.ts';
import type { CallAnswer } from './worker-messages.ts';

/** Set by the connection itself; a second opinion would break the framing (RFC 9110 §7.6.1). */
const FRAMING = /^(connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

const requestSchema = z.strictObject({
  url: z.string().max(8192),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
  headers: z
    .record(
      z
        .string()
        .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'not a header name')
        .refine((name) => !FRAMING.test(name), 'this header is set by the connection itself'),
      z
        .string()
        .max(4096)
        .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'a header value has no line breaks or control characters'),
    )
    .refine((headers) => Object.keys(headers).length <= OWN_LIMITS.headers.value, 'too many headers')
    .default({}),
  body: z
    .union([z.string(), z.instanceof(Uint8Array)])
    .refine((body) => Buffer.byteLength(body) <= OWN_LIMITS.requestBytes.value, 'the body is too large')
    .optional(),
  maxBodyBytes: z.int().min(0).max(OWN_LIMITS.responseBytesMax.value).default(OWN_LIMITS.responseBytes.value),
});

type Asked = z.infer<typeof requestSchema>;

/** Answers a request of a worker. `startedMs`: of the run, for its phases. Never rejects for the deeds of others. */
export async function answerRequest(
  context: RunContext,
  argument: unknown,
  startedMs: number,
): Promise<CallAnswer> {
  const parsed = requestSchema.safeParse(argument);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return {
      ok: false,
      message: `request: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
    };
  }
  const url = URL.parse(parsed.data.url);
  if (!url) return { ok: false, message: `request: ${parsed.data.url.slice(0, 100)} is not a URL` };
  const forbidden = context.network.forbids(url);
  if (forbidden) return failed(forbidden);
  const endpoint = endpointOf(url);
  if (!endpoint) return { ok: false, message: 'request: only http and https can be asked' };
  const steps = new Steps(context.clock.monotonicMs(), startedMs);
  const connected = await context.network.connect(endpoint, context.signal);
  steps.connected(connected);
  if (!connected.ok) return failed(connected.failure);
  try {
    return await talk(context, connected, url, parsed.data, steps);
  } finally {
    connected.socket.destroy();
  }
}

async function talk(
  context: RunContext,
  connected: Connected,
  url: URL,
  asked: Asked,
  steps: Steps,
): Promise<CallAnswer> {
  const response = await exchange(
    connected,
    {
      method: asked.method,
      path: requestPath(url),
      host: url.host,
      headers: headersOf(asked, context.userAgent),
      ...(asked.body === undefined ? {} : { body: Buffer.from(asked.body as Uint8Array) }),
    },
    { clock: context.clock, signal: context.signal, maxBodyBytes: asked.maxBodyBytes },
  );
  if (!response.ok) return failed(response.failure);
  const body = await response.body.collect();
  if (!body.ok) return failed(body.failure);
  steps.add('ttfb', response.sentMs, response.firstByteMs);
  steps.add('transfer', response.firstByteMs, body.endMs);
  const value = {
    status: response.status,
    headers: { ...response.headers },
    body: new Uint8Array(body.bytes),
    metrics: { ...steps.metrics, http_total_ms: body.endMs - steps.beganMs, body_bytes: body.byteCount },
    attributes: responseAttributes(connected, response),
    phases: steps.phases,
  };
  return { ok: true, value };
}

function headersOf({ headers }: Asked, userAgent: string): Record<string, string> {
  const given = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const agents = [given['user-agent'], userAgent].filter((agent) => agent !== undefined && agent !== '');
  return { accept: '*/*', ...given, 'user-agent': agents.join(' ') };
}

function failed(failure: Failure): CallAnswer {
  return { ok: false, message: failure.message, failure };
}

/** The steps of one request, as numbers and for the waterfall. */
class Steps {
  readonly beganMs: number;
  readonly metrics: Record<string, number> = {};
  readonly phases: Phase[] = [];
  readonly #runStartedMs: number;

  constructor(beganMs: number, runStartedMs: number) {
    this.beganMs = beganMs;
    this.#runStartedMs = runStartedMs;
  }

  connected({ dnsMs, connectMs, tlsMs }: Connected | NotConnected): void {
    let atMs = this.beganMs;
    for (const [name, tookMs] of [
      ['dns', dnsMs],
      ['connect', connectMs],
      ['tls', tlsMs],
    ] as const) {
      if (tookMs === undefined) continue;
      this.add(name, atMs, atMs + tookMs);
      atMs += tookMs;
    }
  }

  add(name: string, fromMs: number, toMs: number): void {
    this.metrics[`${name}_ms`] = toMs - fromMs;
    this.phases.push({ name, startMs: Math.max(0, fromMs - this.#runStartedMs), durationMs: toMs - fromMs });
  }
}
