/** What a service tells of an upload while it processes it, read as the probe file declares its status API. */
import { atPointer } from '../json-pointer.ts';
import { HttpSession } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import { parseJson } from '../parse-json.ts';
import type { RunContext } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { secretOf } from '../upload/credentials.ts';
import { type Failed, failed, type UploadRun } from '../upload/upload-run.ts';
import { PUBLISH_LIMITS } from './limits.ts';
import type { PublishParams } from './params.ts';
import { fillJson, fillUrl, type Known } from './template.ts';

type StatusParams = PublishParams['status'];

/** One answer, or what stands in its place: all absent where there is none yet. */
export interface StatusTold {
  readonly ok: true;
  /** When its head was there; undefined without an answer. */
  readonly atMs?: number;
  readonly state?: string;
  readonly playUrl?: string;
  /** Absent where they are not followed, or not told. */
  readonly renditions?: readonly RenditionTold[];
}

interface RenditionTold {
  /** Its member in the answer: a name, or its place in the list. */
  readonly name: string;
  readonly state?: string;
  readonly playUrl?: string;
}

interface Question {
  readonly ok: true;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Statuses of an upload that the status API does not know yet, or does not want to be asked about so soon. */
const NOT_YET: ReadonlySet<number> = new Set([202, 204, 404, 409, 425, 429]);

export class StatusApi {
  readonly #params: StatusParams;
  readonly #question: Question;
  readonly #session: HttpSession;
  readonly #signal: AbortSignal;
  #failures = 0;

  private constructor(context: RunContext, { cmcd }: UploadRun, params: StatusParams, question: Question) {
    const { network, clock, signal, userAgent } = context;
    this.#params = params;
    this.#question = question;
    this.#signal = signal;
    // Its connections are none of the waterfall, of which they would fill all.
    this.#session = new HttpSession({
      network,
      clock,
      signal,
      userAgent,
      cmcd,
      timeline: new Timeline(clock),
    });
  }

  /** Nothing is asked yet. Fails where the upload left nothing to ask with, or a secret is missing. */
  static open(
    context: RunContext,
    run: UploadRun,
    params: StatusParams,
    known: Known,
  ): { readonly ok: true; readonly api: StatusApi } | Failed {
    const question = questionOf(run, params.request, known);
    return question.ok ? { ok: true, api: new StatusApi(context, run, params, question) } : question;
  }

  /** Asks once. A few failures in a row are no answers; one more, and a refusal at once, are the failure. */
  async ask(): Promise<StatusTold | Failed> {
    const answer = await this.#ask();
    if (answer.ok || answer.isFinal) {
      this.#failures = 0;
      return answer;
    }
    this.#failures++;
    return this.#failures > PUBLISH_LIMITS.statusFailures.value ? answer : { ok: true };
  }

  close(): void {
    this.#session.close();
  }

  async #ask(): Promise<StatusTold | (Failed & { readonly isFinal: boolean })> {
    const { method } = this.#params.request;
    const { url, headers, body } = this.#question;
    const response = await this.#session.request(url, {
      method,
      headers,
      ...(body ? { body } : {}),
      maxBodyBytes: PUBLISH_LIMITS.statusBytes.value,
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(PUBLISH_LIMITS.statusMs.value)]),
    });
    if (!response.ok) return { ...placed(response.failure), isFinal: response.failure.blame === 'agent' };
    const read = await response.body.collect();
    if (!read.ok) return { ...placed(read.failure), isFinal: read.failure.code === 'too_large' };
    const { status, headMs } = response;
    if (NOT_YET.has(status)) return { ok: true };
    if (status >= 300) return { ...refusal(status), isFinal: status < 500 };
    return { ok: true, atMs: headMs, ...this.#read(read.bytes) };
  }

  #read(bytes: Buffer): Omit<StatusTold, 'ok' | 'atMs'> {
    const { fields } = this.#params;
    const document = parseJson(bytes);
    const renditions = fields.renditions === undefined ? undefined : atPointer(document, fields.renditions);
    const isList = typeof renditions === 'object' && renditions !== null;
    return {
      ...told(document, fields.state, fields.playUrl),
      ...(isList && {
        renditions: Object.entries(renditions)
          .slice(0, PUBLISH_LIMITS.renditions.value)
          .map(([name, one]: [string, unknown]) => ({
            name,
            ...told(one, fields.renditionState, fields.renditionPlayUrl),
          })),
      }),
    };
  }
}

/** States are words, and at some services numbers or yes and no. */
function told(document: unknown, state: string, playUrl: string): { state?: string; playUrl?: string } {
  const word = atPointer(document, state);
  const url = atPointer(document, playUrl);
  return {
    ...(['string', 'number', 'boolean'].includes(typeof word) && { state: String(word) }),
    ...(typeof url === 'string' && url !== '' && { playUrl: url }),
  };
}

function questionOf(
  run: UploadRun,
  { url, headers, body, credentials }: StatusParams['request'],
  known: Known,
): Question | Failed {
  const address = fillUrl(url, known);
  if (!address.ok) return unknown(address.missing);
  const filled = fillJson(body, known);
  if (!filled.ok) return unknown(filled.missing);
  const asked = URL.parse(address.value, run.url);
  if (!asked)
    return failed(
      'processing',
      'bad_response',
      `The status is to be asked at ${address.value.slice(0, 100)}, which is not a URL.`,
    );
  const token = credentials === undefined ? undefined : secretOf(run, credentials);
  if (token?.ok === false) return token;
  return {
    ok: true,
    url: asked,
    headers: {
      accept: 'application/json',
      // A status that a cache answers is of the past.
      'cache-control': 'no-cache',
      ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      ...(token === undefined ? {} : { authorization: `Bearer ${token.secret}` }),
    },
    ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(filled.value)) }),
  };
}

function unknown(missing: string): Failed {
  const what = missing === 'id' ? 'a location that names it' : `a final answer with ${missing}`;
  return failed(
    'processing',
    'bad_response',
    `The status is asked with {${missing}}, and the upload ended without ${what}.`,
  );
}

function placed(failure: Failure): Failed {
  return { ok: false, failure: failure.layer === 'http' ? { ...failure, layer: 'processing' } : failure };
}

function refusal(status: number): Failed {
  const isDenied = status === 401 || status === 403 || status === 451;
  return failed(
    'processing',
    isDenied ? 'denied' : 'status',
    `The service answered ${status} to the question for the status.`,
  );
}
