/** Signature Version 4 of requests to S3, checked: s3rver takes any. */
import type { IncomingMessage } from 'node:http';
import { AwsV4Signer } from 'aws4fetch';

/** The one account of s3rver. */
const SECRETS: Readonly<Record<string, string>> = { S3RVER: 'S3RVER' };

/** How far a clock may be off, as S3 has it. */
const SKEW_MAX_MS = 15 * 60_000;

interface Claimed {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly datetime: string;
  /** For how long after `datetime` it is good. */
  readonly forMs: number;
  readonly inQuery: boolean;
}

/**
 * What S3 calls the fault of a signature, such as SignatureDoesNotMatch; undefined for a good one, and for a request that bears
 * none, which s3rver takes as that of anybody. `url` is as the client has it.
 */
export async function wrongSignature(
  request: IncomingMessage,
  url: URL,
  wallMs: number,
): Promise<string | undefined> {
  const isSigned = url.searchParams.has('X-Amz-Signature') || request.headers.authorization !== undefined;
  if (!isSigned) return undefined;
  const claimed = claimedByQuery(url.searchParams) ?? claimedByHeader(request);
  if (!claimed) return 'AuthorizationHeaderMalformed';
  const [accessKeyId = '', , region = ''] = claimed.credential.split('/');
  const secretAccessKey = SECRETS[accessKeyId];
  if (secretAccessKey === undefined) return 'InvalidAccessKeyId';
  const ageMs = wallMs - dateMs(claimed.datetime);
  if (Number.isNaN(ageMs) || ageMs < -SKEW_MAX_MS) return 'RequestTimeTooSkewed';
  if (ageMs > claimed.forMs) return claimed.inQuery ? 'AccessDenied' : 'RequestTimeTooSkewed';
  const plain = new URL(url);
  plain.searchParams.delete('X-Amz-Signature');
  const { datetime, inQuery } = claimed;
  const headers = claimed.signedHeaders
    .filter((name) => name !== 'host')
    .map((name): [string, string] => [name, String(request.headers[name] ?? '')]);
  const signer = new AwsV4Signer({
    ...{ accessKeyId, secretAccessKey, region, service: 's3', allHeaders: true },
    ...{ method: request.method ?? '', url: plain.href, headers, datetime, signQuery: inQuery },
  });
  return (await signer.signature()) === claimed.signature ? undefined : 'SignatureDoesNotMatch';
}

function claimedByHeader({ headers }: IncomingMessage): Claimed | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
  const [, credential, signedHeaders, signature] = pattern.exec(headers.authorization ?? '') ?? [];
  const datetime = headers['x-amz-date'];
  if (!credential || !signedHeaders || !signature || typeof datetime !== 'string') return undefined;
  const forMs = SKEW_MAX_MS;
  return { credential, signedHeaders: signedHeaders.split(';'), signature, datetime, forMs, inQuery: false };
}

function claimedByQuery(query: URLSearchParams): Claimed | undefined {
  const [credential, signedHeaders, signature, datetime, seconds] = [
    'X-Amz-Credential',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'X-Amz-Date',
    'X-Amz-Expires',
  ].map((name) => query.get(name));
  if (!credential || !signedHeaders || !signature || !datetime) return undefined;
  const forMs = Number(seconds) * 1000;
  return { credential, signedHeaders: signedHeaders.split(';'), signature, datetime, forMs, inQuery: true };
}

/** Milliseconds of `20260102T030405Z`. */
function dateMs(datetime: string): number {
  return Date.parse(datetime.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
