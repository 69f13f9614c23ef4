/** Parameters of the publish probe. */
import { z } from 'zod';
import { jsonPointer } from '../json-pointer.ts';
import { secretNameParam } from '../secret-name.ts';
import { selectorSchema } from '../spec.ts';
import { uploadParams } from '../upload/params.ts';
import { PUBLISH_LIMITS } from './limits.ts';

const FILLED =
  '`{id}` stands for the last segment of the upload’s location, `{/pointer}` for a field of the final answer to the upload, such as `{/data/video_id}`.';

const template = z.string().min(1).max(2048);

const request = z
  .strictObject({
    method: z.enum(['GET', 'POST']).default('GET').describe('POST for services that take the id in a body.'),
    url: template.describe(`Relative to the target. ${FILLED}`),
    headers: z
      .record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected a header name'), z.string().max(2048))
      .refine((headers) => !Object.keys(headers).some((name) => /^authorization$/i.test(name)), {
        message: 'authorization is what `credentials` is for: secrets do not stand in probe files',
      })
      .default({})
      .describe('Sent with every question.'),
    credentials: secretNameParam
      .optional()
      .describe('Name of a secret at the agent, which is sent as `Authorization: Bearer`.'),
    body: z.json().optional().describe(`POST: sent as JSON. ${FILLED}`),
  })
  .refine(({ method, body }) => method === 'POST' || body === undefined, {
    path: ['body'],
    message: 'is for POST: set `method`',
  });

const states = (words: readonly string[]) =>
  z
    .array(z.string().min(1).max(128))
    .max(32)
    .default([...words]);

const status = z.strictObject({
  request,
  fields: z
    .strictObject({
      state: jsonPointer.default('/state').describe('Where its state stands in the answer.'),
      playUrl: jsonPointer.default('/play_url').describe('Where the address stands that plays it.'),
      renditions: jsonPointer
        .optional()
        .describe(
          'Where the renditions stand, a list or an object with one member each; not followed when absent.',
        ),
      renditionState: jsonPointer.default('/state').describe('Within a rendition.'),
      renditionPlayUrl: jsonPointer.default('/play_url').describe('Within a rendition.'),
    })
    .prefault({})
    .describe('JSON pointers (RFC 6901) into the answer.'),
  accepted: states(['processing']).describe('States in which the service has taken the upload on.'),
  done: states(['ready'])
    .refine((words) => words.length > 0, 'needs a state')
    .describe('States in which it plays, by the word of the service; of renditions too.'),
  failed: states(['failed', 'error', 'rejected']).describe('States that will not get better.'),
});

export const publishParams = z
  .strictObject({
    upload: uploadParams.prefault({}).describe('How it is uploaded: parameters of the upload probe.'),
    status: status.describe('How the service tells what has become of an upload.'),
    playUrl: template
      .optional()
      .describe(`Where it plays, if the status does not say. Relative to the target. ${FILLED}`),
    pollMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(500)
      .describe(
        'Between two questions, and between two attempts to play: the error bar of every time of publishing.',
      ),
    browser: z
      .boolean()
      .default(false)
      .describe(
        'Play it in the browser of the agent too, once it plays without; where there is none, attribute `browser` says so.',
      ),
    visibleFrom: z
      .array(
        selectorSchema.refine(
          (selector) => Object.keys(selector).length > 0,
          'select by a label, such as region',
        ),
      )
      .max(PUBLISH_LIMITS.watchers.value)
      .default([])
      .describe('Where else it is waited for: one agent for each, by labels as `from` of a probe.'),
    visibleWithinMs: z
      .int()
      .min(1000)
      .max(110_000)
      .default(30_000)
      .describe(
        'How long other regions are waited for, from the first announcement on; the last 3 s are for their reports.',
      ),
  })
  .refine(({ upload }) => !upload.awaitPlayable, {
    path: ['upload', 'awaitPlayable'],
    message: 'is what this probe does by itself: leave it out',
  });

export type PublishParams = z.infer<typeof publishParams>;
