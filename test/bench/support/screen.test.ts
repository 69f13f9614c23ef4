import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BARCODE } from './barcode.ts';
import { makeBarcodeClip, needPrograms, parseTimes, Screen } from './screen.ts';

const has = (program: string): boolean => spawnSync(program, ['-version']).error === undefined;

describe('what a recording needs', () => {
  it('is named with the way to install it', () => {
    expect(() => needPrograms(['outrider-no-such-program'])).toThrow('cannot be started');
    expect(() => needPrograms([process.execPath])).not.toThrow();
  });

  it.skipIf(!has('Xvfb') || !has('ffmpeg'))(
    'records a screen at 60 pictures a second, each with its time',
    async () => {
      const screen = await Screen.open(200, 100);
      onTestFinished(() => screen.close());
      const recording = await screen.record({ left: 10, top: 10, width: 64, height: 32 });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const shots = await recording.stop();
      expect(shots.length).toBeGreaterThan(10);
      expect(shots.every(({ picture }) => picture.pixels.length === 64 * 32 * 4)).toBe(true);
      const steps = shots.slice(1).map(({ atMs }, at) => atMs - (shots[at]?.atMs ?? 0));
      expect(Math.min(...steps)).toBeGreaterThan(0);
      expect(steps.sort((a, b) => a - b)[steps.length >> 1]).toBeLessThan(50);
    },
  );

  it.skipIf(!has('ffmpeg'))('is a clip with as many frames as it says', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'outrider-barcode-test-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'clip.mp4');
    await makeBarcodeClip(path);
    const args = [
      '-v',
      'error',
      '-count_frames',
      '-show_entries',
      'stream=nb_read_frames',
      '-of',
      'csv=p=0',
      path,
    ];
    expect(spawnSync('ffprobe', args, { encoding: 'utf8' }).stdout.trim()).toBe(String(BARCODE.frames));
  });
});

describe('the log of a recording', () => {
  it('has the time of every picture', () => {
    const log = `[Parsed_showinfo_0 @ 0x1] config in time_base: 1/1000000, frame_rate: 60/1
[Parsed_showinfo_0 @ 0x1] n:   0 pts:1763722800000000 pts_time:1.76372e+09 pos: 0 fmt:bgr0
[Parsed_showinfo_0 @ 0x1] n:   1 pts:1763722800016667 pts_time:1.76372e+09 pos: 1 fmt:bgr0
`;
    expect(parseTimes(log)).toEqual([1763722800000, expect.closeTo(1763722800016.667, 3)]);
  });
});
