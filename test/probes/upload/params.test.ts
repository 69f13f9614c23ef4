import { describe, expect, it } from 'vitest';
import { uploadParams } from '../../../probes/upload/params.ts';

describe('parameters of the upload probe', () => {
  it('are all optional', () => {
    expect(uploadParams.parse({})).toMatchObject({
      protocol: 'tus',
      sizeBytes: 262_144,
      chunkBytes: 131_072,
      resumes: 1,
      verify: 'none',
      awaitPlayable: false,
      cleanup: true,
    });
  });

  it.each([
    ['an unknown key', { sizebytes: 1 }],
    ['a payload beyond the limit', { sizeBytes: 65 * 1024 * 1024 }],
    ['an empty payload', { sizeBytes: 0 }],
    ['too many chunks', { sizeBytes: 1_000_000, chunkBytes: 10 }],
    ['a content type that is none', { contentType: 'video/mp4\r\nx: y' }],
    ['polling that is a load', { pollMs: 10 }],
    ['more resumes than make sense', { resumes: 100 }],
    ['verification by tus without a status URL', { verify: 'sha256' }],
    ['reading back by tus without a URL to read from', { verify: 'readback' }],
    ['a cut where nothing can be resumed', { protocol: 'put', cutAtPercent: [50] }],
    ['a cut at the very end', { cutAtPercent: [100] }],
    ['a cut of a kind that is none', { cut: 'politely' }],
    ['a payload of a kind that is none', { kind: 'text' }],
    ['waiting by tus without a status URL', { awaitPlayable: true }],
  ])('refuse %s', (_what, params) => {
    expect(uploadParams.safeParse(params).success).toBe(false);
  });

  it('let PUT name its status in its answer', () => {
    expect(uploadParams.safeParse({ protocol: 'put', verify: 'sha256', awaitPlayable: true }).success).toBe(
      true,
    );
    const tus = { verify: 'sha256', awaitPlayable: true, statusUrl: '/status/{id}' };
    expect(uploadParams.safeParse(tus).success).toBe(true);
  });
});
