/**
 * A small corpus of the files that are met outside: made by ffmpeg, and by taking what it made apart. Each with what has to become of
 * it, so that a probe can be held against it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { box, boxesOf, dropBox, growMediaToEnd, insertBefore, turnPicture } from './edit-boxes.ts';

/** `browser` and `twin` in the words of the table: an outcome with the code of its failure, `starts` or a code; or several that will do. */
export interface Made {
  readonly file: string;
  readonly browser: RegExp;
  readonly twin: RegExp;
}

type Recipe = Omit<Made, 'file'> & {
  /** Writes the file at `path`; `plain` is the bytes of `plain.mp4`. */
  make(path: string, plain: Buffer): void;
};

const PLAYED = { browser: /^played$/, twin: /^starts$/ };
const BAD_MEDIA = { browser: /^start_failed_technical \(bad_media\)$/, twin: /^bad_media$/ };

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=size=180x320:rate=30:duration=3'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=3'];
const H264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '30', '-threads', '1'];
const AAC = ['-c:a', 'aac', '-b:a', '48k', '-ac', '1'];
const FRONT = ['-movflags', '+faststart'];
const FRAGMENTS = '+frag_keyframe+empty_moov+default_base_moof';

function ffmpeg(...args: readonly string[]): void {
  execFileSync('ffmpeg', ['-nostdin', '-hide_banner', '-loglevel', 'error', '-y', ...args]);
}

/** By ffmpeg from picture and sound; `args` between the inputs and the file. */
const encoded =
  (...args: readonly string[]) =>
  (path: string): void =>
    ffmpeg(...PICTURE, ...SOUND, ...args, path);

/** By taking the plain file apart. */
const edited =
  (edit: (plain: Buffer) => Buffer) =>
  (path: string, plain: Buffer): void =>
    writeFileSync(path, edit(plain));

const RECIPES: Readonly<Record<string, Recipe>> = {
  'plain.mp4': { ...PLAYED, make: encoded(...H264, ...AAC, ...FRONT) },
  'moov-end.mp4': { ...PLAYED, make: encoded(...H264, ...AAC) },
  'fragments.mp4': { ...PLAYED, make: encoded(...H264, ...AAC, '-movflags', FRAGMENTS) },
  'fragments-indexed.mp4': {
    ...PLAYED,
    make: encoded(...H264, ...AAC, '-movflags', `${FRAGMENTS}+global_sidx`),
  },
  'fragments-by-frame.mp4': {
    ...PLAYED,
    make: encoded(...H264, ...AAC, '-movflags', '+frag_every_frame+empty_moov+default_base_moof'),
  },
  'fragments-cmaf.mp4': { ...PLAYED, make: encoded(...H264, ...AAC, '-movflags', '+cmaf') },
  'no-sound.mp4': { ...PLAYED, make: encoded('-map', '0:v', ...H264, ...FRONT) },
  'sound-only.mp4': {
    browser: /^black_video \(bad_media\)$/,
    twin: /^bad_media$/,
    make: encoded('-map', '1:a', ...AAC, ...FRONT),
  },
  'b-frames.mp4': { ...PLAYED, make: encoded(...H264, '-bf', '3', ...AAC, ...FRONT) },
  'late-sound.mp4': {
    ...PLAYED,
    make: (path) => ffmpeg(...PICTURE, '-itsoffset', '0.4', ...SOUND, ...H264, ...AAC, ...FRONT, path),
  },
  'late-picture.mp4': {
    ...PLAYED,
    make: (path) => ffmpeg('-itsoffset', '0.4', ...PICTURE, ...SOUND, ...H264, ...AAC, ...FRONT, path),
  },
  'variable-rate.mp4': {
    ...PLAYED,
    // One frame of two in the first second, one of five after it.
    make: encoded(
      '-vf',
      "select='if(lt(t,1),not(mod(n,2)),not(mod(n,5)))'",
      '-fps_mode',
      'vfr',
      ...H264,
      ...AAC,
      ...FRONT,
    ),
  },
  'one-frame-a-second.mp4': { ...PLAYED, make: encoded(...H264, '-r', '1', '-g', '1', ...AAC, ...FRONT) },
  'one-frame.mp4': {
    browser: /^frozen_first_frame \(frozen\)$/,
    twin: /^starts$/,
    make: encoded('-map', '0:v', '-frames:v', '1', ...H264, ...FRONT),
  },
  'odd-size.mp4': { ...PLAYED, make: encoded('-vf', 'scale=178:322', ...H264, ...AAC, ...FRONT) },
  'rotated.mp4': { ...PLAYED, make: edited(turnPicture) },
  'ten-bit.mp4': {
    ...PLAYED,
    make: encoded(...H264, '-pix_fmt', 'yuv420p10le', ...AAC, ...FRONT),
  },
  'four-four-four.mp4': {
    browser: /^(played|codec_unsupported \(codec_unsupported\))$/,
    twin: /^starts$/,
    make: encoded(...H264, '-pix_fmt', 'yuv444p', ...AAC, ...FRONT),
  },
  'hevc-ten-bit.mp4': {
    browser: /^codec_unsupported \(codec_unsupported\)$/,
    twin: /^starts$/,
    make: encoded(
      ...['-c:v', 'libx265', '-preset', 'ultrafast', '-tag:v', 'hvc1', '-pix_fmt', 'yuv420p10le'],
      ...['-x265-params', 'log-level=error:pools=1', ...AAC, ...FRONT],
    ),
  },
  'mpeg4-part-2.mp4': {
    browser: /^codec_unsupported \(codec_unsupported\)$/,
    twin: /^starts$/,
    make: encoded('-c:v', 'mpeg4', ...AAC, ...FRONT),
  },
  'encrypted.mp4': {
    browser: /^codec_unsupported \(codec_unsupported\)$/,
    twin: /^starts$/,
    make: encoded(
      ...['-encryption_scheme', 'cenc-aes-ctr', '-encryption_key', '76a6c65c5ea762046bd749a2e632ccbb'],
      ...['-encryption_kid', 'a7e61c373e219033c21091fa607bf3b8', ...H264, ...AAC, ...FRONT],
    ),
  },
  'codec-of-nobody.mp4': {
    browser: /^codec_unsupported \(codec_unsupported\)$/,
    twin: /^(starts|codec_unsupported)$/,
    make: (path) => {
      encoded('-map', '0:v', ...H264, ...FRONT)(path);
      const file = readFileSync(path);
      // The one in the sample description; another stands among the brands.
      file.write('bvc2', file.lastIndexOf('avc1'), 'latin1');
      writeFileSync(path, file);
    },
  },
  'vp9.mp4': {
    ...PLAYED,
    make: encoded('-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', ...AAC, ...FRONT),
  },
  'opus.mp4': { ...PLAYED, make: encoded(...H264, '-c:a', 'libopus', ...FRONT) },
  'webm.webm': {
    browser: /^played$/,
    twin: /^codec_unsupported$/,
    make: encoded('-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'),
  },
  'quicktime.mov': { ...PLAYED, make: encoded(...H264, ...AAC, ...FRONT) },
  'cover.mp4': {
    ...PLAYED,
    make: (path, plain) => {
      const [source, cover] = [`${path}.tmp`, `${path}.jpg`];
      writeFileSync(source, plain);
      ffmpeg('-i', source, '-frames:v', '1', cover);
      ffmpeg(
        '-i',
        source,
        '-i',
        cover,
        '-map',
        '0',
        '-map',
        '1',
        '-c',
        'copy',
        '-disposition:v:1',
        'attached_pic',
        ...FRONT,
        '-f',
        'mp4',
        path,
      );
      execFileSync('rm', [source, cover]);
    },
  },
  'odd-boxes.mp4': {
    ...PLAYED,
    make: edited((plain) =>
      insertBefore(plain, 'moov', [
        box('free', Buffer.alloc(40_000)),
        box('zzzz', Buffer.from('of nobody')),
        box('uuid', Buffer.alloc(64, 7)),
        // The size in eight bytes, which is meant for large boxes alone.
        box('skip', Buffer.alloc(100), { isLarge: true }),
      ]),
    ),
  },
  'empty-boxes.mp4': {
    ...PLAYED,
    make: edited((plain) =>
      insertBefore(plain, 'mdat', [box('free', Buffer.alloc(0)), box('wide', Buffer.alloc(0))]),
    ),
  },
  'media-to-the-end.mp4': { ...PLAYED, make: edited(growMediaToEnd) },
  'junk-behind.mp4': { ...PLAYED, make: edited((plain) => Buffer.concat([plain, Buffer.alloc(3000, 0x5a)])) },
  'no-type.mp4': { ...PLAYED, make: edited((plain) => dropBox(plain, 'ftyp')) },
  'cut-in-media.mp4': {
    browser: /^playback_failed \(playback_error\)$/,
    twin: /^starts$/,
    make: edited((plain) => plain.subarray(0, Math.floor(plain.length / 4))),
  },
  'cut-in-header.mp4': {
    ...BAD_MEDIA,
    make: edited((plain) =>
      plain.subarray(0, (boxesOf(plain).find(({ type }) => type === 'moov')?.at ?? 0) + 300),
    ),
  },
  'header-lost.mp4': { ...BAD_MEDIA, make: edited((plain) => dropBox(plain, 'moov')) },
  'media-lost.mp4': {
    browser: /^black_video \(bad_media\)$/,
    twin: /^bad_media$/,
    make: edited((plain) => plain.subarray(0, boxesOf(plain).find(({ type }) => type === 'mdat')?.at)),
  },
  'zeros.mp4': { ...BAD_MEDIA, make: edited((plain) => Buffer.alloc(plain.length)) },
  'web-page.mp4': {
    ...BAD_MEDIA,
    make: edited(() => Buffer.from('<!doctype html><html><body>Not found</body></html>')),
  },
  'empty.mp4': { ...BAD_MEDIA, make: edited(() => Buffer.alloc(0)) },
  'hls/index.m3u8': {
    ...PLAYED,
    make: encoded(...H264, ...AAC, '-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod'),
  },
  'dash/manifest.mpd': {
    ...PLAYED,
    make: encoded(...H264, ...AAC, '-f', 'dash', '-seg_duration', '1'),
  },
};

export const CORPUS_FILES: readonly string[] = Object.keys(RECIPES);

/** Whether the programs are there that this needs. */
export function canMakeCorpus(): boolean {
  return spawnSync('ffmpeg', ['-version']).error === undefined;
}

/** Makes every file below `directory`. Takes some seconds. */
export function makeCorpus(directory: string): Made[] {
  const plainPath = join(directory, '..', 'corpus-plain.mp4');
  encoded(...H264, ...AAC, ...FRONT)(plainPath);
  const plain = readFileSync(plainPath);
  return Object.entries(RECIPES).map(([file, recipe]) => {
    const path = join(directory, file);
    mkdirSync(join(path, '..'), { recursive: true });
    if (file === 'plain.mp4') copyFileSync(plainPath, path);
    else recipe.make(path, plain);
    return { file, browser: recipe.browser, twin: recipe.twin };
  });
}
