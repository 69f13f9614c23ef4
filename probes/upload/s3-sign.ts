/** Requests to Amazon S3 and what speaks like it, signed by Signature Version 4. Signed only: we send them ourselves. */
import { AwsV4Signer } from 'aws4fetch';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** `ACCESSKEY:SECRET` or `ACCESSKEY:SECRET:TOKEN`; undefined when it is neither. */
export function parseS3Credentials(secret: string): S3Credentials | undefined {
  const [accessKeyId, secretAccessKey, sessionToken, ...rest] = secret.split(':');
  if (!accessKeyId || !secretAccessKey || sessionToken === '' || rest.length > 0) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

export interface SignedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** How long a signed URL is good for: longer than any run. */
const SIGNED_URL_SECONDS = 900;

export class S3Signer {
  readonly #credentials: S3Credentials;
  readonly #region: string;
  readonly #wallMs: () => number;

  constructor(credentials: S3Credentials, region: string, wallMs: () => number) {
    this.#credentials = credentials;
    this.#region = region;
    this.#wallMs = wallMs;
  }

  /** By header fields; the payload is not part of the signature, so that hashing it takes no part in the timing. */
  async byHeaders(
    method: string,
    url: URL,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SignedRequest> {
    const signed = await this.#signer(method, url, headers, false).sign();
    return { url: signed.url, headers: Object.fromEntries(signed.headers) };
  }

  /** By the query: a URL that anybody can use for a while, without the credentials. */
  async byQuery(method: string, url: URL): Promise<URL> {
    const expiring = new URL(url);
    expiring.searchParams.set('X-Amz-Expires', String(SIGNED_URL_SECONDS));
    return (await this.#signer(method, expiring, {}, true).sign()).url;
  }

  #signer(
    method: string,
    url: URL,
    headers: Readonly<Record<string, string>>,
    signQuery: boolean,
  ): AwsV4Signer {
    const plain = new URL(url);
    // A plus in a path is a plus to some and a blank to others, the signing library among them.
    plain.pathname = plain.pathname.replaceAll('+', '%2B');
    const datetime = new Date(this.#wallMs()).toISOString().replace(/[:-]|\.\d{3}/g, '');
    return new AwsV4Signer({
      ...this.#credentials,
      ...{ method, url: plain.href, headers, signQuery, datetime, region: this.#region, service: 's3' },
    });
  }
}
