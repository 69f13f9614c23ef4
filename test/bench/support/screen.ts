/** A screen that nobody sits at, and recordings of it: Xvfb and ffmpeg. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { BARCODE, barcodeFrame, type Picture } from './barcode.ts';

const READY_MS = 10_000;
const STOP_MS = 5000;

/** Throws what to install when one of them is not there. */
export function needPrograms(programs: readonly string[]): void {
  const missing = programs.filter((program) => spawnSync(program, ['-version']).error !== undefined);
  if (missing.length === 0) return;
  const error: Error & { hint?: string } = new Error(`${missing.join(' and ')} cannot be started`);
  error.hint = 'apt-get install -y xvfb ffmpeg';
  throw error;
}

export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export class Screen {
  /** e.g. `:99`. */
  readonly display: string;
  readonly whole: Region;
  readonly #server: ChildProcess;

  private constructor(server: ChildProcess, display: string, whole: Region) {
    this.#server = server;
    this.display = display;
    this.whole = whole;
  }

  /** Throws when Xvfb cannot be started. */
  static async open(width: number, height: number): Promise<Screen> {
    // It chooses a free number and says which.
    const args = ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp'];
    const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const said = once(server.stdio[3] as Readable, 'data', { signal: AbortSignal.timeout(READY_MS) });
    const failed = once(server, 'exit').then(() => {
      throw new Error('Xvfb ended at once');
    });
    const [text] = (await Promise.race([said, failed])) as [Buffer];
    failed.catch(() => {});
    return new Screen(server, `:${text.toString().trim()}`, { left: 0, top: 0, width, height });
  }

  /** Begins to record; the first picture is there when this resolves. */
  async record(region: Region): Promise<Recording> {
    const recording = new Recording(this.display, region);
    await recording.begun;
    return recording;
  }

  async close(): Promise<void> {
    await end(this.#server, 'SIGTERM');
  }
}

/** A picture and when it was taken, milliseconds on a clock of the recording. */
export interface Shot {
  readonly atMs: number;
  readonly picture: Picture;
}

/** 60 pictures a second, with the time at which each was taken: where the machine is late, pictures are missing, and times are still true. */
export class Recording {
  readonly begun: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #region: Region;
  readonly #chunks: Buffer[] = [];
  #log = '';

  constructor(display: string, region: Region) {
    const { height, left, top, width } = region;
    this.#region = region;
    const grab = [
      '-f',
      'x11grab',
      '-framerate',
      '60',
      '-draw_mouse',
      '0',
      '-video_size',
      `${width}x${height}`,
    ];
    const from = ['-i', `${display}.0+${left},${top}`];
    // `showinfo` tells the time of each picture, which raw video has no place for.
    const to = [
      '-vf',
      'showinfo=checksum=0',
      '-fps_mode',
      'passthrough',
      '-pix_fmt',
      'bgr0',
      '-f',
      'rawvideo',
      '-',
    ];
    this.#child = spawn('ffmpeg', ['-hide_banner', '-nostats', '-copyts', ...grab, ...from, ...to], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stderr, stdout } = this.#child;
    stdout?.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    const failed = once(this.#child, 'exit').then(() => {
      throw new Error(`ffmpeg does not record: ${this.#log.trim().split('\n').at(-1)}`);
    });
    failed.catch(() => {});
    this.begun = Promise.race([once(stdout as Readable, 'data'), failed]);
  }

  /** Ends it; every picture that has both pixels and a time. */
  async stop(): Promise<readonly Shot[]> {
    this.#child.stdin?.end('q');
    await end(this.#child);
    const { height, width } = this.#region;
    const size = width * height * 4;
    const pixels = Buffer.concat(this.#chunks);
    const times = parseTimes(this.#log);
    const count = Math.min(times.length, Math.floor(pixels.length / size));
    return times.slice(0, count).map((atMs, at) => ({
      atMs,
      picture: { width, height, pixels: pixels.subarray(at * size, (at + 1) * size) },
    }));
  }
}

/** The times that `showinfo` wrote, milliseconds: by its counts, since its seconds have too few digits. */
export function parseTimes(log: string): number[] {
  const base = /config in time_base: (\d+)\/(\d+)/.exec(log);
  const msPerCount = (Number(base?.[1]) / Number(base?.[2])) * 1000;
  return [...log.matchAll(/\] n: *\d+ pts: *(\d+)/g)].map(([, count]) => Number(count) * msPerCount);
}

/** A clip with a barcode in every frame, H.264 with the index in front. */
export async function makeBarcodeClip(path: string): Promise<void> {
  const { fps, frames, height, width } = BARCODE;
  const from = [
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
    '-s',
    `${width}x${height}`,
    '-r',
    String(fps),
    '-i',
    '-',
  ];
  const to = [
    '-c:v',
    'libx264',
    '-preset',
    'fast',
    '-bf',
    '0',
    '-pix_fmt',
    'yuv420p',
    '-movflags',
    '+faststart',
  ];
  const ffmpeg = spawn('ffmpeg', ['-loglevel', 'error', '-y', ...from, ...to, path], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(ffmpeg, 'exit');
  ffmpeg.stdin.end(Buffer.concat(Array.from({ length: frames }, (_, number) => barcodeFrame(number))));
  const [code] = await ended;
  if (code !== 0) throw new Error(`ffmpeg made no clip: it ended with ${code}`);
}

/** Waits for its end, which a signal may ask for; kills it when it does not come. */
async function end(child: ChildProcess, signal?: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  if (signal) child.kill(signal);
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await closed;
  clearTimeout(killer);
}
