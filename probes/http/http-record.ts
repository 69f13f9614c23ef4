/** What an `http` run has measured so far: sums over its hops, and the waterfall. */
import type { Metrics } from '../metrics.ts';
import type { Cmcd } from '../net/cmcd.ts';
import { connectMetrics, connectPhases } from '../net/connect-steps.ts';
import type { HttpResponse, NoResponse } from '../net/exchange.ts';
import type { Connected, NotConnected } from '../net/network.ts';
import { connectionAttributes, responseAttributes } from '../net/response-attributes.ts';
import type { BodyEnd } from '../net/response-body.ts';
import type { Failure } from '../outcome.ts';
import type { Clock, Phase, RunResult } from '../probe.ts';
import type { HttpConnection } from './connection.ts';
import type { HttpParams } from './params.ts';

type Summed = 'dns_ms' | 'connect_ms' | 'tls_ms' | 'ttfb_ms';

export class HttpRecord {
  #startMs: number;
  readonly #cmcd: Cmcd;
  readonly #params: Pick<HttpParams, 'connection' | 'family' | 'version'>;
  readonly #redact: (text: string) => string;
  readonly #metrics: Metrics = {};
  readonly #phases: Phase[] = [];
  #attributes: Record<string, string> = {};
  #redirects = 0;
  #hasOpened = false;
  #note: string | undefined;

  /** The run starts now. `redact` takes secrets out of texts that the target has a hand in. */
  constructor(
    clock: Clock,
    cmcd: Cmcd,
    params: Pick<HttpParams, 'connection' | 'family' | 'version'>,
    redact: (text: string) => string,
  ) {
    this.#cmcd = cmcd;
    this.#params = params;
    this.#redact = redact;
    this.#startMs = clock.monotonicMs();
  }

  setRedirects(redirects: number): void {
    this.#redirects = redirects;
  }

  /** `startMs`: when the connection was asked for, by the clock. `host` becomes the note of the phases once there are redirects. */
  addConnection(connection: Connected | NotConnected, startMs: number, host: string): void {
    this.#note = this.#redirects > 0 ? host : undefined;
    // What went before the first one is the agent's own doing.
    if (this.#phases.length === 0) this.#startMs = startMs;
    this.#hasOpened = true;
    this.#phases.push(...connectPhases(connection, startMs - this.#startMs, this.#note));
    // Where connections are kept, the few that had to be made are no series to judge: the waterfall has them.
    if (!this.#isWarm)
      for (const [name, value] of Object.entries(connectMetrics(connection)))
        this.#add(name as Summed, value);
    if (connection.ok) this.#attributes = { ...connectionAttributes(connection) };
    else if (connection.remoteAddress) this.#attributes = { server_ip: connection.remoteAddress };
  }

  /** The connection of an earlier run serves this hop. */
  addKept({ connected }: HttpConnection): void {
    this.#note = this.#redirects > 0 ? 'kept' : undefined;
    this.#attributes = { ...connectionAttributes(connected) };
  }

  /** `rttMs`: what the kernel knows of the round trip, if it tells. */
  addAnswer(
    { connected, version }: HttpConnection,
    answer: HttpResponse | NoResponse,
    rttMs: number | undefined,
  ): void {
    if (answer.ok) this.#attributes = { ...responseAttributes(connected, answer), http_version: version };
    if (this.#params.version !== '1.1' && connected.alpn !== undefined)
      this.#attributes.alpn = connected.alpn;
    if (answer.ok && rttMs !== undefined) this.#metrics.tcp_rtt_ms = rttMs;
    if (answer.sentMs === undefined || answer.firstByteMs === undefined) return;
    this.#add('ttfb_ms', answer.firstByteMs - answer.sentMs);
    this.#phase('ttfb', answer.sentMs, answer.firstByteMs);
  }

  /** A body that broke off has no transfer time: what it would have been is not known. */
  addBody(response: HttpResponse, end: BodyEnd): void {
    this.#metrics.body_bytes = end.byteCount;
    this.#phase('transfer', response.firstByteMs, end.endMs);
    if (!end.ok) return;
    this.#metrics.transfer_ms = end.endMs - response.firstByteMs;
    if (!this.#isWarm) this.#metrics.http_total_ms = end.endMs - this.#startMs;
  }

  succeed(): RunResult {
    return { outcome: 'ok', ...this.#measured() };
  }

  fail(failure: Failure): RunResult {
    const message = this.#redact(failure.message);
    return { outcome: 'fail', failure: { ...failure, message }, ...this.#measured() };
  }

  get #isWarm(): boolean {
    return this.#params.connection === 'warm';
  }

  #measured() {
    const redirects = this.#redirects > 0 ? { redirects: String(this.#redirects) } : {};
    const connection = this.#isWarm ? { connection: this.#hasOpened ? 'new' : 'warm' } : {};
    const told = Object.entries(this.#attributes).map(([name, text]) => [name, this.#redact(text)]);
    return {
      metrics: this.#metrics,
      attributes: {
        ...Object.fromEntries(told),
        ...redirects,
        ...connection,
        ...this.#eyeballs,
        ...this.#cmcd.attributes,
      },
      phases: this.#phases,
    };
  }

  /** Which family won, where a race was asked for. */
  get #eyeballs(): Record<string, string> {
    const { server_ip: address } = this.#attributes;
    if (this.#params.family !== 'happy' || address === undefined) return {};
    return { eyeballs: address.includes(':') ? 'IPv6' : 'IPv4' };
  }

  #add(name: Summed, value: number): void {
    this.#metrics[name] = (this.#metrics[name] ?? 0) + value;
  }

  #phase(name: string, fromMs: number, toMs: number): void {
    const note = this.#note === undefined ? {} : { note: this.#note };
    this.#phases.push({ name, startMs: fromMs - this.#startMs, durationMs: toMs - fromMs, ...note });
  }
}
