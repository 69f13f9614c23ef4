/**
 * What never leaves an agent with the evidence of a run: the one list. Names decide for headers and parameters, shapes for free
 * text, and every secret that the run was given is taken out wherever it stands.
 */

/** Stands in place of what was taken out. */
export const REDACTED = '[redacted]';

/** Headers that carry credentials or sessions, either way; names in lower case. */
const HEADER =
  /^(authorization|proxy-authorization|cookie2?|set-cookie2?|www-authenticate|authentication-info|x-amz-security-token|x-goog-iam-authorization-token)$|(^|[-_])(token|secret|signature|password|passwd|session|credentials?|api-?key|access-?key|auth|csrf|xsrf|jwt)($|[-_])/;

/** Parameters of a query, and members of JSON or form bodies, that carry credentials. */
const PARAMETER =
  /(^|[-_.])(token|secret|sig|signature|password|passwd|pwd|session|sid|credentials?|api-?key|key|auth|code|jwt|policy|hmac|otp|hdnea|hdnts|hdntl)($|[-_.])|^(access|refresh|id)token$|^apikey$|^sessionid$|^x-(amz|goog|oss)-(credential|signature|security-token)$/i;

export const isSecretHeader = (name: string): boolean => HEADER.test(name.toLowerCase());
export const isSecretParameter = (name: string): boolean => PARAMETER.test(name);

/** Free text that is a credential by its shape. */
const SHAPES: readonly RegExp[] = [
  /\bot_[a-z]_[\w-]{49}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:Bearer|Basic|Digest|Negotiate|AWS4-HMAC-SHA256)\s+[\w+/=.~,:" -]{8,}/gi,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

const JSON_MEMBER = /("([\w.-]{1,64})"\s*:\s*)("(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*)/g;
const PAIR = /([?&;\s]|^)([\w.-]{1,64})=([^&;\s"'<>]+)/g;
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s"'<>]+@/gi;
const URL_TEXT = /^(location|content-location|referer|origin|link)$/;
/** Shorter ones are words that occur by themselves. */
const SECRET_CHARS_MIN = 4;

export class Redactor {
  readonly #secrets: readonly string[];

  /** `secrets`: values that the run was given; a pair of user and password counts as each of the two, and as its Base64. */
  constructor(secrets: readonly string[] = []) {
    const forms = secrets.flatMap((secret) => [
      secret,
      ...secret.split(/[:\s,]+/),
      Buffer.from(secret).toString('base64'),
      encodeURIComponent(secret),
      // As it stands within JSON.
      JSON.stringify(secret).slice(1, -1),
    ]);
    this.#secrets = [...new Set(forms)]
      .filter((form) => form.length >= SECRET_CHARS_MIN)
      .sort((a, b) => b.length - a.length);
  }

  /** Headers by name; the names stay. */
  headers(headers: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => {
        const lower = name.toLowerCase();
        if (HEADER.test(lower)) return [name, REDACTED];
        return [name, URL_TEXT.test(lower) ? this.url(value) : this.text(value)];
      }),
    );
  }

  /** A URL, without user information and with the values of its telling parameters taken out. */
  url(url: string): string {
    return this.text(url);
  }

  /** Any text: a body, a message. */
  text(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, REDACTED);
    for (const shape of SHAPES) clean = clean.replace(shape, REDACTED);
    return clean
      .replace(USER_INFO, `$1${REDACTED}@`)
      .replace(JSON_MEMBER, (all, head: string, name: string) =>
        PARAMETER.test(name) ? `${head}"${REDACTED}"` : all,
      )
      .replace(PAIR, (all, before: string, name: string) =>
        PARAMETER.test(name) ? `${before}${name}=${REDACTED}` : all,
      );
  }
}
