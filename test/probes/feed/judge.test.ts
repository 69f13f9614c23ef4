import { describe, expect, it } from 'vitest';
import { judgeFeed } from '../../../probes/feed/judge.ts';
import { brokenClip, clip, feed, replayed, unseenClip } from './feed-evidence.ts';

describe('a feed', () => {
  it('is well when every clip played that was swiped to', () => {
    expect(judgeFeed(feed(clip(900), clip(80), unseenClip(0)))).toBeUndefined();
  });

  it('fails by the first clip that did not play, which is named without its query', () => {
    const broken = brokenClip(404);
    const failed = judgeFeed(feed(clip(900), broken, clip(80)));
    expect(failed?.clip).toBe(broken);
    expect(failed?.failure).toMatchObject({ code: 'status', blame: 'target', layer: 'http' });
    expect(failed?.failure.message).toMatch(/^Clip 2 of 3, https:\/\/v\.test\/broken\.mp4: .*404\.$/);
  });

  it('says how many failed', () => {
    const failed = judgeFeed(feed(clip(900), brokenClip(503), brokenClip(404)));
    expect(failed?.failure.message).toContain('503. 2 of the 3 clips failed.');
  });

  it('is denied where the service denies a clip', () => {
    expect(judgeFeed(feed(clip(900), brokenClip(403)))?.failure.code).toBe('denied');
  });

  it('is not the limit of the agent while the target did wrong too', () => {
    const unsupported = replayed(brokenClip(), (playback) => ({
      ...playback,
      media: { underflows: [], unsupportedCodec: 'hevc' },
    }));
    expect(judgeFeed(feed(clip(900), unsupported))?.failure).toMatchObject({
      code: 'codec_unsupported',
      blame: 'agent',
    });
    expect(judgeFeed(feed(clip(900), unsupported, brokenClip(404)))?.failure).toMatchObject({
      code: 'status',
      blame: 'target',
    });
  });
});

describe('a clip whose fragments the page appends itself', () => {
  const broken = (code: string) => ({
    ...replayed(brokenClip(), (playback) => ({
      ...playback,
      report: {
        ...playback.report,
        end: 'error' as const,
        error: { source: 'media', code, message: 'as seen' },
      },
    })),
    player: 'mse' as const,
  });

  it.each([
    ['not_fragmented', { layer: 'agent', blame: 'agent', code: 'bad_params' }],
    ['no_decoder', { layer: 'decode', blame: 'agent', code: 'codec_unsupported' }],
    ['no_header', { layer: 'content', blame: 'target', code: 'bad_media' }],
    ['3', { layer: 'decode', blame: 'unknown', code: 'playback_error' }],
  ] as const)('fails with %s as %j', (code, failure) => {
    const judged = judgeFeed(feed(clip(900), broken(code)))?.failure;
    expect(judged).toMatchObject(failure);
    expect(judged?.message).toContain('as seen');
  });
});
