/** The `http` probe: one request on a connection of its own, each step of the way timed. */
import { Cmcd, type CmcdMode } from '../net/cmcd.ts';
import { loadTcpInfo } from '../net/tcp-info.ts';
import { turn } from '../net/turns.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { credentialsOf } from './credentials.ts';
import { type HopEnd, type HopRun, runHop } from './hop.ts';
import { HttpRecord } from './http-record.ts';
import { type HttpParams, httpParams } from './params.ts';
import { nextRequest, type PlannedRequest, tooManyRedirects } from './redirect.ts';

/**
 * With redirects, each hop is guarded by the address policy and made on a connection of its own. `dns_ms`, `connect_ms`,
 * `tls_ms` and `ttfb_ms` are then sums over the hops, as a user waits for them; `transfer_ms`, `body_bytes` and the
 * attributes are those of the last hop, and the attribute `redirects` counts them. `tcp_rtt_ms` stands beside them as the
 * kernel has it, where it can be asked: what of a time is distance, and what the service.
 */
export const httpProbe: Probe<HttpParams> = {
  type: 'http',
  lane: 'light',
  summary:
    'Requests a URL and holds the answer against what is expected: name resolution, connect, TLS, first byte, transfer.',
  params: httpParams,
  metrics: [
    'dns_ms',
    'connect_ms',
    'tls_ms',
    'ttfb_ms',
    'transfer_ms',
    'http_total_ms',
    'body_bytes',
    'tcp_rtt_ms',
  ],
  judged: ['ttfb_ms'],
  defaults: { everyMs: 30_000, timeoutMs: 10_000 },
  run,
};

async function run(context: RunContext, target: Target, params: HttpParams): Promise<RunResult> {
  // The first of them loads what reads the kernel: before any clock of the run runs.
  const readTcp = await loadTcpInfo();
  await turn();
  const cmcd = new Cmcd(cmcdModeOf(params), context, target, { probe: 'http', nr: true });
  const credentials = credentialsOf(context, params);
  const redact = credentials.ok ? credentials.redact : asIs;
  const record = new HttpRecord(context.clock, cmcd, params, redact);
  if (!credentials.ok) return record.fail(credentials.failure);
  const url = URL.parse(target.url);
  if (!url) return record.fail(badUrl(target.url));
  const hops: HopRun = { context, target, params, record, cmcd, credentials, readTcp };
  let request: PlannedRequest = {
    url,
    method: params.method,
    headers: headersOf(params, context.userAgent),
    credentials: credentials.headers,
    ...(params.body === undefined ? {} : { body: params.body }),
  };
  for (let redirects = 0; ; redirects++) {
    record.setRedirects(redirects);
    const end: HopEnd = await runHop(hops, request);
    if (end.kind === 'done') return record.succeed();
    if (end.kind === 'failed') return record.fail(end.failure);
    if (redirects === params.followRedirects) return record.fail(tooManyRedirects(params.followRedirects));
    const next = nextRequest(request, end.status, end.location, redact);
    if (!next.ok) return record.fail(next.failure);
    request = next.request;
  }
}

function asIs(text: string): string {
  return text;
}

/** A session of the owner's own is not ours to add to. */
function cmcdModeOf({ cmcd, headers }: HttpParams): CmcdMode {
  return Object.keys(headers).some((name) => /^cmcd-/i.test(name)) ? 'off' : cmcd;
}

/**
 * A header of the parameters replaces the default of the same name, however it is written; but a User-Agent of theirs is followed by
 * ours, since a service must be able to tell a probe from its users.
 */
function headersOf({ headers }: HttpParams, userAgent: string): Record<string, string> {
  const given = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const agents = [given['user-agent'], userAgent].filter((agent) => agent !== undefined && agent !== '');
  return { accept: '*/*', ...given, 'user-agent': agents.join(' ') };
}

function badUrl(text: string): Failure {
  return {
    layer: 'agent',
    blame: 'agent',
    code: 'bad_params',
    message: `The target ${JSON.stringify(text.slice(0, 100))} is not a URL. Write e.g. https://www.example.com/.`,
  };
}
