/** Parameters of the upload probe. */
import { z } from 'zod';
import { cmcdHeaderParam } from '../net/cmcd.ts';
import { partFault } from './chunk-rules.ts';
import { contentRangeFault, contentRangeParams } from './content-range.ts';
import { cutParams } from './cut.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import { PAYLOAD_KINDS } from './payload.ts';
import { s3Params } from './s3.ts';

/** Each has its line in the table of strategies, which does not compile without it. */
const PROTOCOLS = ['tus', 'put', 's3', 'ietf', 'content-range'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Payload of one request where the parameters do not say. */
const CHUNK_BYTES: Readonly<Record<Protocol, number>> = {
  tus: 128 * 1024,
  put: UPLOAD_LIMITS.sizeBytes.value,
  s3: 8 * 1024 * 1024,
  ietf: UPLOAD_LIMITS.sizeBytes.value,
  'content-range': 8 * 1024 * 1024,
};

/** Where a lost connection is the end of the upload. */
const ONE_GO: ReadonlySet<Protocol> = new Set(['put', 's3']);

const template = z
  .string()
  .max(2048)
  .describe('URL, relative to the target; `{id}` stands for the last segment of the upload’s location.');

export const uploadParams = z
  .strictObject({
    protocol: z
      .enum(PROTOCOLS)
      .default('tus')
      .describe(
        '`tus`: resumable, in chunks (tus 1.0). `put`: one PUT; a target that ends in / gets a fresh name. `s3`: an object, in parts or by one PUT. `ietf`: Resumable Uploads for HTTP, the draft of the IETF. `content-range`: in chunks, as video platforms take them.',
      ),
    sizeBytes: z
      .int()
      .min(1)
      .max(UPLOAD_LIMITS.sizeBytes.value)
      .default(256 * 1024)
      .describe('Size of the payload, exactly.'),
    kind: z
      .enum(PAYLOAD_KINDS)
      .default('video')
      .describe(
        '`video`: a real clip of a few seconds, made longer and unique by noise that players skip. `noise`: nothing but that; also where a video does not fit.',
      ),
    chunkBytes: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Payload of one request; the last one carries what is left. When absent: 128 KiB with tus, 8 MiB with s3 and content-range, all of it otherwise.',
      ),
    s3: s3Params.optional(),
    contentRange: contentRangeParams.prefault({}),
    filename: z
      .string()
      .min(1)
      .max(128)
      .default('outrider-probe.mp4')
      .describe('Name given to the service, where the protocol has a place for it.'),
    contentType: z
      .string()
      .regex(/^[\w.+-]+\/[\w.+-]+$/, 'expected a media type such as video/mp4')
      .default('video/mp4')
      .describe('Media type given to the service.'),
    resumes: z
      .int()
      .min(0)
      .max(UPLOAD_LIMITS.resumes.value)
      .default(1)
      .describe('How often to resume after a lost connection before the run fails.'),
    ...cutParams,
    verify: z
      .enum(['none', 'sha256', 'readback'])
      .default('none')
      .describe(
        '`sha256`: the service must name the hash of what it holds, in the answer of PUT or in its status. `readback`: fetch all of it and compare.',
      ),
    awaitPlayable: z
      .boolean()
      .default(false)
      .describe(
        'Poll the status until it is `ready`, then fetch the first bytes: measures upload_playable_ms.',
      ),
    pollMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(250)
      .describe('Between polls: the error bar of upload_playable_ms.'),
    statusUrl: template.optional(),
    playUrl: template.optional(),
    cleanup: z
      .boolean()
      .default(true)
      .describe('Delete the upload afterwards, where the service lets us; never part of the timings.'),
    cmcd: cmcdHeaderParam,
  })
  .transform((params) => ({ ...params, chunkBytes: params.chunkBytes ?? CHUNK_BYTES[params.protocol] }))
  .refine(({ protocol, s3 }) => protocol !== 's3' || s3 !== undefined, {
    path: ['s3'],
    message: 'needed with protocol s3: credentials names the secret to sign with',
  })
  .superRefine(({ protocol, sizeBytes, chunkBytes, contentRange, s3 }, context) => {
    const fault =
      protocol === 'content-range'
        ? contentRangeFault(contentRange, sizeBytes, chunkBytes)
        : protocol === 's3' && s3?.mode === 'multipart' && partFault(sizeBytes, chunkBytes);
    if (fault) context.addIssue({ code: 'custom', path: ['chunkBytes'], message: fault });
  })
  .refine(({ sizeBytes, chunkBytes }) => Math.ceil(sizeBytes / chunkBytes) <= UPLOAD_LIMITS.chunks.value, {
    path: ['chunkBytes'],
    message: `too small: more than ${UPLOAD_LIMITS.chunks.value} chunks`,
  })
  .refine(
    ({ protocol, verify, awaitPlayable, statusUrl, playUrl }) =>
      (protocol !== 'tus' && protocol !== 's3') ||
      statusUrl !== undefined ||
      (!awaitPlayable &&
        (verify === 'none' || (verify === 'readback' && (playUrl !== undefined || protocol === 's3')))),
    {
      path: ['statusUrl'],
      message: 'needed with tus and s3 to verify or to wait until playable, such as /status/{id}',
    },
  )
  .refine(({ protocol, cutAtPercent }) => !ONE_GO.has(protocol) || cutAtPercent.length === 0, {
    path: ['cutAtPercent'],
    message: 'put and s3 cannot be resumed: use another protocol',
  });

export type UploadParams = z.infer<typeof uploadParams>;
