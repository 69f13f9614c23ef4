import { describe, expect, it } from 'vitest';
import { codecFailure } from '../../../probes/browser/warm-up.ts';
import { WARM_UP_CLIP } from '../../../probes/browser/warm-up-clip.ts';

const build = { path: '/opt/browser', version: 'Chromium 150.0.0.0', headless: 'shell' } as const;
const all = { h264: true, aac: true, hevc: true, vp9: true, av1: true };

describe('codecFailure', () => {
  it('asks for H.264 and AAC, and for no more', () => {
    expect(codecFailure(build, all)).toBeUndefined();
    expect(codecFailure(build, { ...all, hevc: false, vp9: false, av1: false })).toBeUndefined();
  });

  it('is the limit of the agent, says which browser lacks what, and what to install', () => {
    const failure = codecFailure(build, { ...all, h264: false, aac: false });
    expect(failure).toMatchObject({ code: 'codec_unsupported', layer: 'decode', blame: 'agent' });
    expect(failure?.message).toContain('/opt/browser cannot play H.264 and AAC');
    expect(failure?.message).toContain('apt-get install -y chromium-headless-shell');
    expect(codecFailure(build, { ...all, aac: false })?.message).toContain('cannot play AAC');
  });
});

describe('the warm-up clip', () => {
  it('is a small MP4 with its index in front', () => {
    const bytes = Buffer.from(WARM_UP_CLIP.slice(WARM_UP_CLIP.indexOf(',') + 1), 'base64');
    expect(bytes.length).toBeLessThan(10_000);
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  });
});
