/** What the tests of browser and video-start share: the browser of this machine, and runs of the probe in it. */
import { type FoundBrowser, findBrowser } from '../../probes/browser/find.ts';
import { createBrowser, type WarmBrowser, type WarmBrowserOptions } from '../../probes/browser/launch.ts';
import { createNetwork } from '../../probes/net/create-network.ts';
import type { AddressPolicy, Network } from '../../probes/net/network.ts';
import type { Clock, RunResult } from '../../probes/probe.ts';
import { videoStartProbe } from '../../probes/video-start/video-start.ts';

export const clock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

export const LOOPBACK: AddressPolicy = { allow: ['127.0.0.0/8'], deny: [] };

export function networkOf(policy = LOOPBACK, connectTo: Record<string, string> = {}): Network {
  return createNetwork({ policy, connectTo, nameServers: [] });
}

let found: Promise<FoundBrowser> | undefined;

/** Throws what to install where there is none. */
export async function browserOf(
  options: Partial<Omit<WarmBrowserOptions, 'build'>> = {},
): Promise<WarmBrowser> {
  found ??= findBrowser();
  const browser = await found;
  if (!browser.ok) throw new Error(browser.failure.message);
  return createBrowser({ network: networkOf(), clock, ...options, build: browser.build });
}

export interface RunOptions {
  readonly params?: Record<string, unknown>;
  readonly timeoutMs?: number;
}

/** One run of the video-start probe on a URL. */
export function runVideo(
  browser: WarmBrowser | undefined,
  network: Network,
  url: string,
  { params = {}, timeoutMs = 40_000 }: RunOptions = {},
): Promise<RunResult> {
  const context = {
    signal: AbortSignal.timeout(timeoutMs),
    clock,
    random: Math.random,
    network,
    ...(browser ? { browser } : {}),
    agent: { id: 'test-1', region: 'test' },
    userAgent: 'Outrider/test',
  };
  const target = { name: 'video', url, labels: {} };
  return videoStartProbe.run(context, target, videoStartProbe.params.parse(params));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** Of y over x, by least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const cross = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return cross / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
