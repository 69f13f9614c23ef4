/** What the parts of one upload run share, and how its failures are called. */
import type { Metrics } from '../metrics.ts';
import type { Cmcd } from '../net/cmcd.ts';
import { responseAttributes } from '../net/response-attributes.ts';
import type { HttpSession, SessionResponse } from '../net/session.ts';
import type { Failure, Layer } from '../outcome.ts';
import type { Clock } from '../probe.ts';
import type { Timeline } from '../timeline.ts';
import type { UploadParams } from './params.ts';
import type { SendTally } from './send-tally.ts';

export interface UploadRun {
  readonly session: HttpSession;
  /** A further connection, for requests at the same time as others; closed with the run. */
  openSession(name: string): HttpSession;
  /** What was seen of every body that was sent. */
  readonly sends: SendTally;
  /** Marks the requests of the run. */
  readonly cmcd: Cmcd;
  readonly timeline: Timeline;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** See `RunContext.secret`. */
  secret(name: string): string | undefined;
  readonly url: URL;
  readonly params: UploadParams;
  readonly payload: Buffer;
  /** Filled as numbers become known, so that a failed run keeps those it had. */
  readonly metrics: Metrics;
  readonly attributes: Record<string, string>;
}

export interface Failed {
  readonly ok: false;
  readonly failure: Failure;
  /** Of the refusal, where the service gave one. */
  readonly status?: number;
  /** Where what came of the upload can be deleted; absent when nothing did, or the service does not let us. */
  readonly deleteUrl?: URL;
  readonly deleteHeaders?: Readonly<Record<string, string>>;
}

/** What a finished upload leaves to look at. */
export interface Uploaded {
  readonly ok: true;
  /** When the final answer was there whole. */
  readonly endMs: number;
  /** Its body, cut to the limit. */
  readonly answer: Buffer;
  /** Where the upload can be deleted; absent when the service does not let us. */
  readonly deleteUrl?: URL;
  /** What the DELETE must carry. */
  readonly deleteHeaders?: Readonly<Record<string, string>>;
  /** Where what was uploaded can be read back, where nothing else says so. */
  readonly readUrl?: URL;
  /** Last path segment of the upload's location. */
  readonly id?: string;
}

/** What an upload is called where nobody says so: by the last segment of its path. */
export function idOf({ pathname }: URL): Pick<Uploaded, 'id'> {
  const id = pathname.split('/').filter(Boolean).at(-1);
  return id ? { id } : {};
}

export function failed(layer: Layer, code: Failure['code'], message: string): Failed {
  return { ok: false, failure: { layer, blame: 'target', code, message } };
}

/** A failure of an exchange, in the layer of the step it belongs to; those of the connection or of ours stay. */
export function placed(failure: Failure, layer: Layer): Failed {
  return { ok: false, failure: failure.layer === 'http' ? { ...failure, layer } : failure };
}

/** The facts of the latest response: at the end those of the final answer, or of the one that failed. */
export function recordResponse(run: UploadRun, response: SessionResponse): void {
  Object.assign(run.attributes, responseAttributes(response.connected, response));
}
