/** The secret that a run sends along: in one header, to one origin, and in no result. */
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import { Redactor } from '../redact.ts';
import { missingSecret } from '../secret-name.ts';
import { isHeaderValue } from './header-rules.ts';
import { authHeaderName, type HttpParams } from './params.ts';

export interface RunCredentials {
  readonly ok: true;
  /** The header that carries it, name in lower case; empty when the probe has no credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Takes the secret, in every form that it has, and whatever else looks like one out of a text for people. */
  redact(text: string): string;
}

/** Of a run without any: a target may show those of others. */
const NONE: RunCredentials = { ok: true, headers: {}, redact: redactor([]) };

/** The credentials that the parameters name, or what to set where. */
export function credentialsOf(
  context: Pick<RunContext, 'secret'>,
  { credentials: name, auth, authHeader }: Pick<HttpParams, 'credentials' | 'auth' | 'authHeader'>,
): RunCredentials | { readonly ok: false; readonly failure: Failure } {
  if (name === undefined) return NONE;
  const secret = context.secret?.(name);
  if (!secret) return misconfigured(missingSecret(name));
  if (auth === 'basic' && !secret.includes(':'))
    return misconfigured(`The secret ${name} must be user:password for auth: basic.`);
  const value = { bearer: `Bearer ${secret}`, basic: `Basic ${base64(secret)}`, header: secret }[auth];
  if (!isHeaderValue(value))
    return misconfigured(
      `The secret ${name} cannot be sent in a header: it has line breaks or other letters.`,
    );
  return { ok: true, headers: { [authHeaderName(auth, authHeader)]: value }, redact: redactor([secret]) };
}

function redactor(secrets: readonly string[]): (text: string) => string {
  const made = new Redactor(secrets);
  return (text) => made.text(text);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function misconfigured(message: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { layer: 'agent', blame: 'agent', code: 'bad_params', message } };
}
