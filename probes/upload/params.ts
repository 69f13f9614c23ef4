/** Parameters of the upload probe. */
import { z } from 'zod';
import { cmcdHeaderParam } from '../net/cmcd.ts';
import { cutParams } from './cut.ts';
import { UPLOAD_LIMITS } from './limits.ts';
import { PAYLOAD_KINDS } from './payload.ts';

/** Each has its line in the table of strategies, which does not compile without it. */
const PROTOCOLS = ['tus', 'put'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

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
        '`tus`: resumable, in chunks (tus 1.0). `put`: one PUT; a target that ends in / gets a fresh name.',
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
      .default(128 * 1024)
      .describe('tus: payload of one PATCH; the last one carries what is left.'),
    filename: z
      .string()
      .min(1)
      .max(128)
      .default('outrider-probe.mp4')
      .describe('tus: name given to the service.'),
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
      .describe('tus: how often to resume after a lost connection before the run fails.'),
    ...cutParams,
    verify: z
      .enum(['none', 'sha256'])
      .default('none')
      .describe(
        '`sha256`: the service must name the hash of what it holds, in the answer of PUT or in its status.',
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
  .refine(({ sizeBytes, chunkBytes }) => Math.ceil(sizeBytes / chunkBytes) <= UPLOAD_LIMITS.chunks.value, {
    path: ['chunkBytes'],
    message: `too small: more than ${UPLOAD_LIMITS.chunks.value} chunks`,
  })
  .refine(
    ({ protocol, verify, awaitPlayable, statusUrl }) =>
      protocol === 'put' || statusUrl !== undefined || (verify === 'none' && !awaitPlayable),
    {
      path: ['statusUrl'],
      message: 'needed with tus to verify or to wait until playable, such as /status/{id}',
    },
  );

export type UploadParams = z.infer<typeof uploadParams>;
