/** Uploads to Amazon S3 and what speaks like it: parts side by side, or one PUT, signed. */
import { z } from 'zod';
import { secretNameParam } from '../secret-name.ts';
import { misconfigured, secretOf } from './credentials.ts';
import { putUrl } from './put.ts';
import { MultipartUpload } from './s3-multipart.ts';
import { refusedByS3 } from './s3-refusals.ts';
import { parseS3Credentials, S3Signer } from './s3-sign.ts';
import { recordSent, sendBody, unanswered } from './send-body.ts';
import { type Failed, idOf, type Uploaded, type UploadRun } from './upload-run.ts';

export const s3Params = z.strictObject({
  mode: z
    .enum(['multipart', 'put', 'presigned'])
    .default('multipart')
    .describe(
      '`multipart`: in parts of chunkBytes. `put`: one PUT, signed in its header. `presigned`: one PUT to a URL that carries its signature.',
    ),
  credentials: secretNameParam.describe(
    'Name of a secret at the agent: ACCESSKEY:SECRET or ACCESSKEY:SECRET:TOKEN.',
  ),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'expected a region such as eu-west-1')
    .default('us-east-1')
    .describe('Region of the bucket, which is part of the signature.'),
  parallel: z.int().min(1).max(8).default(4).describe('multipart: parts under way at the same time.'),
});

export type S3Params = z.infer<typeof s3Params>;

/** The target is the URL of the object, or of the folder that gets it: the bucket is in its path or its host. */
export async function uploadByS3(run: UploadRun): Promise<Uploaded | Failed> {
  const params = run.params.s3;
  if (!params) throw new Error('parameters without s3 passed the schema');
  const found = secretOf(run, params.credentials);
  if (!found.ok) return found;
  const credentials = parseS3Credentials(found.secret);
  if (!credentials)
    return misconfigured(
      `Secret ${params.credentials} is not ACCESSKEY:SECRET or ACCESSKEY:SECRET:TOKEN, as S3 needs it.`,
    );
  const signer = new S3Signer(credentials, params.region, () => run.clock.wallMs());
  const url = putUrl(run);
  run.metrics.upload_bytes = run.payload.length;
  const sent =
    params.mode === 'multipart'
      ? await new MultipartUpload(run, params, signer, url).upload()
      : await putObject(run, params, signer, url);
  if (!sent.ok) return sent;
  return {
    ...sent,
    ...idOf(url),
    readUrl: await signer.byQuery('GET', url),
    deleteUrl: await signer.byQuery('DELETE', url),
  };
}

async function putObject(
  run: UploadRun,
  { mode, credentials }: S3Params,
  signer: S3Signer,
  url: URL,
): Promise<Uploaded | Failed> {
  const type = { 'content-type': run.params.contentType };
  const signed =
    mode === 'presigned'
      ? { url: await signer.byQuery('PUT', url), headers: type }
      : await signer.byHeaders('PUT', url, type);
  const sent = await sendBody(run, { method: 'PUT', ...signed, body: run.payload }, 'put');
  if (!sent.ok) return { ok: false, failure: unanswered(sent, true) };
  if (sent.response.status !== 200)
    return refusedByS3(sent.response, sent.answer, 'upload_commit', 'the PUT', credentials);
  run.metrics.upload_chunk_count = 1;
  recordSent(run, sent, sent.firstByteMs);
  return { ok: true, endMs: sent.endMs, answer: sent.answer };
}
