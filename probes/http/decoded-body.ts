/** The body of an answer without its content coding, for assertions: times and sizes are those of the wire. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Failure } from '../outcome.ts';
import { HTTP_LIMITS } from './limits.ts';

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: bounded(promisify<Buffer, object, Buffer>(gunzip)),
  'x-gzip': bounded(promisify<Buffer, object, Buffer>(gunzip)),
  deflate: bounded(promisify<Buffer, object, Buffer>(inflate)),
  br: bounded(promisify<Buffer, object, Buffer>(brotliDecompress)),
  zstd: bounded(promisify<Buffer, object, Buffer>(zstdDecompress)),
};

export type DecodedBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly failure: Failure };

/** `coding`: the header content-encoding (RFC 9110 §8.4), of which one coding at a time is understood. */
export async function decodedBody(bytes: Buffer, coding: string | undefined): Promise<DecodedBody> {
  const name = coding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || bytes.length === 0) return { ok: true, bytes };
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  if (!decode)
    return failed(
      'bad_body',
      `The body has the content coding ${JSON.stringify(name.slice(0, HTTP_LIMITS.quotedChars.value))}, which cannot be read.`,
    );
  try {
    return { ok: true, bytes: await decode(bytes) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ERR_BUFFER_TOO_LARGE'
      ? failed('too_large', `The body unpacks to more than ${HTTP_LIMITS.assertedBytes.value} bytes.`)
      : failed('bad_body', `The body is not ${name}, as its content-encoding has it (${code ?? 'broken'}).`);
  }
}

function bounded(decode: (bytes: Buffer, options: object) => Promise<Buffer>) {
  return (bytes: Buffer) => decode(bytes, { maxOutputLength: HTTP_LIMITS.assertedBytes.value });
}

function failed(code: 'bad_body' | 'too_large', message: string): DecodedBody {
  return { ok: false, failure: { layer: 'content', blame: 'target', code, message } };
}
