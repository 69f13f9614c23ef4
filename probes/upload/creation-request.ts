/**
 * The request that makes an upload at services of their own protocol, as a probe file declares it, and where its answer
 * says that the payload goes.
 */
import { z } from 'zod';
import { atPointer, jsonPointer } from '../json-pointer.ts';
import { parseJson } from '../parse-json.ts';
import { secretNameParam } from '../secret-name.ts';

export const creationParams = z.strictObject({
  method: z.enum(['POST', 'PUT']).default('POST'),
  url: z.string().min(1).max(2048).optional().describe('Relative to the target, which it is when absent.'),
  headers: z
    .record(z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,128}$/, 'not a header name'), z.string().max(4096))
    .default({})
    .describe('Values may have placeholders, as the body.'),
  body: z
    .json()
    .optional()
    .describe(
      'Sent as JSON. {size}, {chunkBytes}, {chunkCount} and {filename} are filled in; a text that is one of the first three alone becomes a number.',
    ),
  credentials: secretNameParam
    .optional()
    .describe('Name of a secret at the agent, which is sent as `Authorization: Bearer`.'),
  uploadUrl: jsonPointer
    .optional()
    .describe('Where the answer has the URL for the payload, e.g. /data/upload_url; Location when absent.'),
  id: jsonPointer
    .optional()
    .describe('Where the answer names the upload, e.g. /data/publish_id: `{id}` of later URLs.'),
});

export type CreationParams = z.infer<typeof creationParams>;
type Json = z.infer<ReturnType<typeof z.json>>;

/** What placeholders stand for. */
export interface UploadFacts {
  readonly size: number;
  readonly chunkBytes: number;
  readonly chunkCount: number;
  readonly filename: string;
}

export interface CreationRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where none is declared. */
  readonly body?: string;
}

/** The declared request with its placeholders filled in; the secret is not in it. */
export function creationRequest({ headers, body }: CreationParams, facts: UploadFacts): CreationRequest {
  const filled = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), fillText(value, facts)]);
  if (body === undefined) return { headers: Object.fromEntries(filled) };
  return {
    headers: { 'content-type': 'application/json; charset=UTF-8', ...Object.fromEntries(filled) },
    body: JSON.stringify(fillJson(body, facts)),
  };
}

function fillJson(value: Json, facts: UploadFacts): Json {
  if (typeof value === 'string') {
    const name = /^\{(\w+)\}$/.exec(value)?.[1];
    return isFact(name, facts) ? facts[name] : fillText(value, facts);
  }
  if (Array.isArray(value)) return value.map((one) => fillJson(one, facts));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillJson(one, facts)]));
}

/** Braces around anything else stay: they are the service's. */
function fillText(text: string, facts: UploadFacts): string {
  return text.replaceAll(/\{(\w+)\}/g, (all, name: string) =>
    isFact(name, facts) ? String(facts[name]) : all,
  );
}

function isFact(name: string | undefined, facts: UploadFacts): name is keyof UploadFacts {
  return name !== undefined && Object.hasOwn(facts, name);
}

/** What the answer to the creation request tells; `url` undefined when it does not say. */
export interface CreatedUpload {
  readonly url: URL | undefined;
  readonly id?: string;
}

/** Relative URLs are relative to `asked`, the URL of the request. */
export function createdUpload(
  { uploadUrl, id }: CreationParams,
  asked: URL,
  headers: Readonly<Record<string, string>>,
  answer: Buffer,
): CreatedUpload {
  const document = uploadUrl === undefined && id === undefined ? undefined : parseJson(answer);
  const text = uploadUrl === undefined ? headers.location : atPointer(document, uploadUrl);
  const name = id === undefined ? undefined : atPointer(document, id);
  return {
    url: typeof text === 'string' && text !== '' ? (URL.parse(text, asked) ?? undefined) : undefined,
    ...(typeof name === 'string' || typeof name === 'number' ? { id: String(name) } : {}),
  };
}
