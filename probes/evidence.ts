/** What a failed run can show for itself: bounded, redacted, and kept apart from its result. */
import type { Limit } from './limit.ts';
import type { Phase } from './probe.ts';

export const EVIDENCE_LIMITS = {
  dials: {
    value: 8,
    reason: 'A run dials once a hop, and players a few times.',
    past: 'The last ones are kept.',
  },
  requests: {
    value: 24,
    reason: 'A start of a video takes about ten; what failed comes last.',
    past: 'The last ones are kept, and `requestsLeftOut` counts the others.',
  },
  headerBytes: {
    value: 4096,
    reason: 'What servers commonly send; a larger head is mostly cookies.',
    past: 'Further headers of that message are left out.',
  },
  bodyBytes: {
    value: 2048,
    reason: 'Enough of an error page to tell whose it is.',
    past: 'The body is cut, and `bodyCut` says so.',
  },
  phases: {
    value: 64,
    reason: 'A waterfall that is longer than a screen shows nothing.',
    past: 'The last ones are kept.',
  },
  bytes: {
    value: 96 * 1024,
    reason: 'A page of text and a small picture; thousands of them a day must not weigh on an agent.',
    past: 'The picture is left out, then bodies, then requests.',
  },
} as const satisfies Record<string, Limit>;

/** What a server showed of itself in the handshake. */
export interface CertificateEvidence {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  readonly names: string;
  readonly fingerprint256: string;
}

/** One connection that was asked for. */
export interface DialEvidence {
  readonly host: string;
  readonly port: number;
  /** Milliseconds since the start of the run. */
  readonly startMs: number;
  /** Absent when the name did not resolve. */
  readonly address?: string;
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly tlsVersion?: string;
  readonly alpn?: string;
  readonly certificate?: CertificateEvidence;
  /** Absent when it stood. */
  readonly failed?: { readonly layer: string; readonly code: string; readonly message: string };
}

/** One request and what came back, as far as it came. */
export interface RequestEvidence {
  readonly method: string;
  readonly url: string;
  readonly startMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Milliseconds since the start of the run. */
  readonly headMs?: number;
  readonly bodyBytes?: number;
  /** The beginning of a body that is text. */
  readonly body?: string;
  readonly bodyCut?: boolean;
}

export interface Evidence {
  readonly dials: readonly DialEvidence[];
  readonly requests: readonly RequestEvidence[];
  readonly requestsLeftOut: number;
  readonly phases: readonly Phase[];
  /** What the page showed. */
  readonly screenshot?: { readonly type: 'image/jpeg'; readonly base64: string };
}

/** As JSON within its limit: what weighs most and says least goes first. */
export function evidenceText(evidence: Evidence, bytesMax: number = EVIDENCE_LIMITS.bytes.value): string {
  const { screenshot: _, ...seen } = evidence;
  const bare = { ...seen, requests: seen.requests.map(({ body: _body, ...request }) => request) };
  const least = { ...bare, requests: bare.requests.slice(-1), phases: [], dials: bare.dials.slice(-1) };
  for (const one of [evidence, seen, bare, least]) {
    const text = JSON.stringify(one);
    if (Buffer.byteLength(text) <= bytesMax) return text;
  }
  return JSON.stringify({ dials: [], requests: [], requestsLeftOut: evidence.requests.length, phases: [] });
}

/** Headers up to the limit of a head. */
export function boundedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  let left: number = EVIDENCE_LIMITS.headerBytes.value;
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => {
      left -= name.length + value.length;
      return left >= 0;
    }),
  );
}
