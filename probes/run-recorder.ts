/**
 * Gathers the evidence of one run while it runs, whatever its type: it stands between the run and its network, and looks at what
 * is exchanged. Only a run that fails has it written down.
 */
import type { X509Certificate } from 'node:crypto';
import {
  boundedHeaders,
  type CertificateEvidence,
  type DialEvidence,
  EVIDENCE_LIMITS,
  type Evidence,
  type RequestEvidence,
} from './evidence.ts';
import type { Connected, Endpoint, Network, NotConnected } from './net/network.ts';
import { observe, type RequestObserver } from './net/observe.ts';
import type { Clock, Phase } from './probe.ts';
import { Redactor } from './redact.ts';

interface Dial {
  readonly endpoint: Endpoint;
  readonly startMs: number;
  readonly end: Connected | NotConnected;
}

/** How far a connection came. */
export interface Reached {
  /** The address that was dialled; the name where none was found. */
  readonly host: string;
  readonly port: number;
  /** TCP came about, whatever became of TLS. */
  readonly isConnected: boolean;
}

const TEXT =
  /^(text\/|application\/([\w.+-]*\+)?(json|xml|javascript|problem|x-mpegurl|dash)|application\/vnd\.apple\.mpegurl)/i;

class SeenRequest implements RequestObserver {
  readonly method: string;
  readonly url: string;
  readonly startMs: number;
  readonly headers: Readonly<Record<string, string>>;
  status: number | undefined;
  answerHeaders: Readonly<Record<string, string>> = {};
  headMs = 0;
  bodyBytes = 0;
  readonly #pieces: Buffer[] = [];
  #kept = 0;
  readonly #sinceMs: () => number;

  constructor(method: string, url: string, headers: Readonly<Record<string, string>>, sinceMs: () => number) {
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.#sinceMs = sinceMs;
    this.startMs = sinceMs();
  }

  answered(status: number, headers: Readonly<Record<string, string>>): void {
    this.status = status;
    this.answerHeaders = headers;
    this.headMs = this.#sinceMs();
  }

  received(bytes: Uint8Array): void {
    this.#sinceMs();
    this.bodyBytes += bytes.length;
    const room = EVIDENCE_LIMITS.bodyBytes.value - this.#kept;
    if (room <= 0 || !this.#isText) return;
    // Copied: the buffer belongs to the connection.
    const piece = Buffer.from(bytes.subarray(0, room));
    this.#pieces.push(piece);
    this.#kept += piece.length;
  }

  get #isText(): boolean {
    return TEXT.test(this.answerHeaders['content-type'] ?? '') && !this.answerHeaders['content-encoding'];
  }

  evidence(redactor: Redactor): RequestEvidence {
    const { method, startMs, status, headMs, bodyBytes } = this;
    const asked = {
      method,
      url: redactor.url(this.url),
      startMs,
      headers: boundedHeaders(redactor.headers(this.headers)),
    };
    if (status === undefined) return asked;
    const body = redactor.text(Buffer.concat(this.#pieces).toString('utf8'));
    return {
      ...asked,
      status,
      answerHeaders: boundedHeaders(redactor.headers(this.answerHeaders)),
      headMs,
      bodyBytes,
      ...(body === '' ? {} : { body, bodyCut: bodyBytes > this.#kept }),
    };
  }
}

export class RunRecorder {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #dials: Dial[] = [];
  readonly #requests: SeenRequest[] = [];
  #last: Pick<Dial, 'endpoint' | 'end'> | undefined;
  readonly #secrets = new Set<string>();
  #leftOut = 0;
  #lastWordMs = 0;

  /** The run starts now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  /** The same network, seen. */
  network(network: Network): Network {
    return {
      ...network,
      connect: async (endpoint, signal) => {
        const startMs = this.#sinceMs();
        const end = await network.connect(endpoint, signal);
        this.#last = { endpoint, end };
        this.#lastWordMs = end.ok ? this.#sinceMs() : startMs + beforeFailure(end);
        keepLast(this.#dials, { endpoint, startMs, end }, EVIDENCE_LIMITS.dials.value);
        if (end.ok) this.#observe(end, endpoint);
        return end;
      },
      kept: (connected, endpoint) => {
        this.#last = { endpoint, end: connected };
        this.#observe(connected, endpoint);
      },
    };
  }

  /** The same secrets; what was asked for is taken out of the evidence. */
  secret(secret: (name: string) => string | undefined): (name: string) => string | undefined {
    return (name) => {
      const value = secret(name);
      if (value !== undefined) this.#secrets.add(value);
      return value;
    };
  }

  /** Takes every secret that the run was given out of a text. */
  get redactor(): Redactor {
    return new Redactor([...this.#secrets]);
  }

  /** When others last said something to the run, or it to them, milliseconds since its start: what comes after is waiting for them. */
  get lastWordMs(): number {
    return this.#lastWordMs;
  }

  /** How far the last connection of the run came; undefined where none was tried. */
  get reached(): Reached | undefined {
    if (this.#last === undefined) return undefined;
    const { endpoint, end } = this.#last;
    return {
      host: end.remoteAddress ?? endpoint.hostname,
      port: end.remotePort ?? endpoint.port,
      isConnected: end.ok || end.failure.layer === 'tls',
    };
  }

  /** When what a server showed in the handshake that failed last is valid, Unix milliseconds. */
  get certificate(): { readonly fromMs: number; readonly untilMs: number } | undefined {
    const end = this.#last?.end;
    if (end === undefined || end.ok || end.certificate === undefined) return undefined;
    const { validFromDate, validToDate } = end.certificate;
    return { fromMs: validFromDate.getTime(), untilMs: validToDate.getTime() };
  }

  /** What has been seen, with the waterfall of the run. */
  evidence(phases: readonly Phase[]): Evidence {
    const { redactor } = this;
    return {
      dials: this.#dials.map((dial) => dialEvidence(dial, redactor)),
      requests: this.#requests.map((request) => request.evidence(redactor)),
      requestsLeftOut: this.#leftOut,
      phases: phases.slice(-EVIDENCE_LIMITS.phases.value),
    };
  }

  #observe({ socket }: Connected, { protocol, hostname, port }: Endpoint): void {
    observe(socket, {
      asked: (method, host, path, headers) => {
        const authority = host === '' ? `${hostname}:${port}` : host;
        // It is told of the time when it is asked, when it is answered and with each piece of the body.
        const request = new SeenRequest(method, `${protocol}//${authority}${path}`, headers, () => {
          this.#lastWordMs = this.#sinceMs();
          return this.#lastWordMs;
        });
        this.#leftOut += keepLast(this.#requests, request, EVIDENCE_LIMITS.requests.value);
        return request;
      },
    });
  }

  #sinceMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }
}

/** The steps that came about before the one that did not, milliseconds. */
function beforeFailure({ dnsMs = 0, connectMs = 0, failure }: NotConnected): number {
  if (failure.layer === 'tls') return dnsMs + connectMs;
  return failure.layer === 'connect' ? dnsMs : 0;
}

/** Adds an entry and drops the first when there are more than `most`; says how many were dropped. */
function keepLast<T>(list: T[], entry: T, most: number): number {
  list.push(entry);
  if (list.length <= most) return 0;
  list.shift();
  return 1;
}

function dialEvidence({ endpoint, startMs, end }: Dial, redactor: Redactor): DialEvidence {
  const { dnsMs, connectMs, tlsMs, remoteAddress } = end;
  const steps = {
    ...(remoteAddress === undefined ? {} : { address: remoteAddress }),
    ...(dnsMs === undefined ? {} : { dnsMs }),
    ...(connectMs === undefined ? {} : { connectMs }),
    ...(tlsMs === undefined ? {} : { tlsMs }),
  };
  const asked = { host: endpoint.hostname, port: endpoint.port, startMs, ...steps };
  if (end.ok) {
    const { tlsVersion, alpn } = end;
    return {
      ...asked,
      ...(tlsVersion === undefined ? {} : { tlsVersion }),
      ...(alpn === undefined ? {} : { alpn }),
    };
  }
  const { layer, code, message } = end.failure;
  const shown = end.certificate === undefined ? {} : { certificate: certificateEvidence(end.certificate) };
  return { ...asked, ...shown, failed: { layer, code, message: redactor.text(message) } };
}

function certificateEvidence(certificate: X509Certificate): CertificateEvidence {
  const { subject, issuer, validFromDate, validToDate, subjectAltName, fingerprint256 } = certificate;
  const line = (text: string): string => text.replaceAll('\n', ', ').slice(0, 1000);
  return {
    subject: line(subject),
    issuer: line(issuer),
    validFrom: validFromDate.toISOString(),
    validTo: validToDate.toISOString(),
    names: line(subjectAltName ?? ''),
    fingerprint256,
  };
}
