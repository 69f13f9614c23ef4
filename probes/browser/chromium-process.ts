/** One running Chromium: a process group with pipes for the DevTools protocol and a profile that goes when it goes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { ConnectOverCDPTransport } from 'playwright-core';
import type { BrowserBuild } from './browser.ts';
import { flagsHash, launchFlags } from './flags.ts';
import type { BrowserLimits } from './limits.ts';
import { pipeTransport } from './pipe-transport.ts';
import { groupRssBytes, killGroup } from './process-group.ts';
import { makeProfile, sweepProfiles, wipeProfile } from './profiles.ts';

export interface ChromiumOptions {
  readonly build: BrowserBuild;
  readonly connectTo: Readonly<Record<string, string>>;
  readonly socketProxyPort?: number;
  /** Where profiles are made. */
  readonly tempDirectory: string;
  readonly limits: BrowserLimits;
}

export interface ChromiumProcess {
  /** Of the group's leader; undefined when the program could not be started at all. */
  readonly pid: number | undefined;
  readonly profileDirectory: string;
  /** See `flagsHash`. */
  readonly flags: string;
  readonly transport: ConnectOverCDPTransport;
  /** Resolves with a sentence on how it ended. */
  readonly exited: Promise<string>;
  /** The last of what it wrote to its standard error; asked after its end. */
  complaints(): Promise<string>;
  rssBytes(): Promise<number | undefined>;
  /**
   * Lets it end by itself, within `closeMs`, so that it reaps its own children (in a container without an init nobody else
   * would), then as `kill`.
   */
  close(): Promise<void>;
  /** Ends the whole group at once and wipes the profile; resolves when both are gone. Safe to call again. */
  kill(): Promise<void>;
}

/** Less than this and frames do not fit beside each other. */
const SHARED_MEMORY_BYTES_MIN = 256 * 1024 * 1024;

/** Starts the program; whether it came up shows in the protocol and in `exited`. Throws only what making the profile throws. */
export async function startChromium(options: ChromiumOptions): Promise<ChromiumProcess> {
  const { build, connectTo, socketProxyPort, tempDirectory, limits } = options;
  await sweepProfiles(tempDirectory, limits.staleProfiles);
  const profileDirectory = await makeProfile(tempDirectory);
  const flags = launchFlags({
    headless: build.headless,
    profileDirectory,
    connectTo,
    ...(socketProxyPort === undefined ? {} : { socketProxyPort }),
    isRoot: process.getuid?.() === 0,
    isSharedMemorySmall: await isSharedMemorySmall(),
  });
  const child = spawn(build.path, flags, {
    // A group of its own, so that the whole family can be ended; and no Ctrl-C of a terminal before the agent's own ending.
    detached: true,
    env: { ...process.env, TMPDIR: profileDirectory },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  return { ...supervise(child, profileDirectory, limits), flags: flagsHash(flags) };
}

/** Watches over a browser that was started as the leader of a group, with pipes as its streams 2 to 4. */
export function supervise(
  child: ChildProcess,
  profileDirectory: string,
  limits: BrowserLimits,
): Omit<ChromiumProcess, 'flags'> {
  const { pid } = child;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with code ${code}`));
  });
  let complaints = '';
  const stderr = child.stderr as Readable;
  stderr.setEncoding('utf8');
  stderr.on('data', (text: string) => {
    complaints = (complaints + text).slice(-limits.stderrBytes);
  });
  const silent = new Promise((resolve) => stderr.once('close', resolve));
  const transport = pipeTransport(
    child.stdio[3] as Writable,
    child.stdio[4] as Readable,
    limits.messageBytes,
  );
  const forget = endWithThisProcess(pid, profileDirectory);

  async function end(patienceMs: number): Promise<void> {
    // A browser whose pipe ends has lost its only master, and ends.
    transport.close();
    if (patienceMs > 0) await within(exited, patienceMs);
    if (pid !== undefined) killGroup(pid);
    await within(exited, limits.killMs);
    // A child that was being born when the group was ended.
    if (pid !== undefined) killGroup(pid);
    await wipeProfile(profileDirectory);
    forget();
  }

  let ending: Promise<void> | undefined;
  return {
    pid,
    profileDirectory,
    transport,
    exited,
    complaints: async () => {
      // What it wrote last may still be in the pipe; a child that outlived it may hold the pipe open.
      await within(silent, limits.crashNoticeMs);
      return complaints.trim();
    },
    rssBytes: async () => (pid === undefined ? undefined : groupRssBytes(pid)),
    close: () => {
      ending ??= end(limits.closeMs);
      return ending;
    },
    kill: () => {
      ending ??= end(0);
      return ending;
    },
  };
}

const living = new Map<string, number | undefined>();

/** The last resort, for a process that ends without closing its browser. Returns a function that takes it back. */
function endWithThisProcess(pid: number | undefined, profileDirectory: string): () => void {
  if (living.size === 0) process.once('exit', endAll);
  living.set(profileDirectory, pid);
  return () => {
    living.delete(profileDirectory);
    if (living.size === 0) process.removeListener('exit', endAll);
  };
}

function endAll(): void {
  for (const [profileDirectory, pid] of living) {
    if (pid !== undefined) killGroup(pid);
    rmSync(profileDirectory, { recursive: true, force: true });
  }
}

async function isSharedMemorySmall(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const { bsize, blocks } = await statfs('/dev/shm').catch(() => ({ bsize: 0, blocks: 0 }));
  return bsize * blocks < SHARED_MEMORY_BYTES_MIN;
}

async function within(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
