/**
 * Checks Signature Version 4 as a service would, from what came over the wire ("Authenticating Requests (AWS Signature
 * Version 4)"). Written from the document and apart from the library that signs; s3rver does not look at these signatures.
 */
import { createHash, createHmac } from 'node:crypto';

export interface WireRequest {
  readonly method?: string | undefined;
  /** Path and query as in the request line. */
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Whether the signature, of header or query, is the one of this secret key. */
export function isSigned(request: WireRequest, secretKey: string): boolean {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
  const header = parseAuthorization(String(request.headers.authorization ?? ''));
  const claim = header ?? {
    credential: searchParams.get('X-Amz-Credential') ?? '',
    signedHeaders: searchParams.get('X-Amz-SignedHeaders') ?? '',
    signature: searchParams.get('X-Amz-Signature') ?? '',
  };
  searchParams.delete('X-Amz-Signature');
  const datetime = String(header ? request.headers['x-amz-date'] : searchParams.get('X-Amz-Date'));
  const payload = header ? String(request.headers['x-amz-content-sha256']) : 'UNSIGNED-PAYLOAD';
  const canonical = [
    request.method,
    decodeURIComponent(pathname).split('/').map(encoded).join('/'),
    [...searchParams]
      .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
      .sort()
      .join('&'),
    ...claim.signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    claim.signedHeaders,
    payload,
  ].join('\n');
  const [, ...scope] = claim.credential.split('/');
  const toSign = ['AWS4-HMAC-SHA256', datetime, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<Buffer | string>((derived, part) => hmac(derived, part), `AWS4${secretKey}`);
  return hmac(key, toSign).toString('hex') === claim.signature;
}

function parseAuthorization(text: string) {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(text);
  const [, credential = '', signedHeaders = '', signature = ''] = match ?? [];
  return match ? { credential, signedHeaders, signature } : undefined;
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
