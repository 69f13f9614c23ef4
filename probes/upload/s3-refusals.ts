/** What a "no" of Amazon S3, and of what speaks like it, means: its answers name a code of their own. */
import type { SessionResponse } from '../net/session.ts';
import type { Layer } from '../outcome.ts';
import { misconfigured } from './credentials.ts';
import { refused } from './refusals.ts';
import { textOf } from './s3-answers.ts';
import { type Failed, failed } from './upload-run.ts';

/** The agent's own fault, not the service's. `{}` stands for the name of the secret. */
const OURS: Readonly<Record<string, string>> = {
  RequestTimeTooSkewed: 'the clock of this agent is too far off: set it by NTP',
  InvalidAccessKeyId: 'the service does not know the access key of secret {}',
  SignatureDoesNotMatch: 'the secret key of secret {} is not the one of its access key',
  ExpiredToken: 'the session token of secret {} has expired',
  InvalidToken: 'the session token of secret {} is not valid',
};

/** The service said no to `what`, e.g. `part 3`. */
export function refusedByS3(
  response: SessionResponse,
  answer: Buffer,
  layer: Layer,
  what: string,
  credentials: string,
): Failed {
  const code = codeOf(answer);
  const ours = code === undefined || !Object.hasOwn(OURS, code) ? undefined : OURS[code];
  if (ours) return misconfigured(`${code}: ${ours.replace('{}', credentials)}.`);
  return refused(response, layer, code === undefined ? what : `${what} (${code})`);
}

/** A failure in an answer of 200: S3 begins to answer before it knows whether all will be well. */
export function failureInAnswer(answer: Buffer, layer: Layer, what: string): Failed | undefined {
  if (!answer.toString('latin1').includes('<Error>')) return undefined;
  return failed(
    layer,
    'status',
    `The service answered 200 to ${what}, and then ${codeOf(answer) ?? 'an error'}.`,
  );
}

/** Codes are words; anything else is not repeated. */
function codeOf(answer: Buffer): string | undefined {
  const code = textOf(answer, 'Code');
  return code !== undefined && /^\w{1,64}$/.test(code) ? code : undefined;
}
