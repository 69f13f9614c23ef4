/** What a run in a browser costs here, and in another synthetic monitor: the same page, the same browser, both in processes of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { html, startPageServer } from '../../browser/page-server.ts';
import type { Progress } from '../benchmark.ts';
import { thisBrowser } from './browser-wrapper.ts';
import { SandboxProcess } from './sandbox-process.ts';
import { type TreeUse, TreeWatch } from './tree-use.ts';

export const PEER = '@elastic/synthetics';
const PEER_VERSION = '1.26.3';
const INSTALL_MS = 300_000;
const RUN_MS = 300_000;

export interface Cost extends TreeUse {
  readonly who: 'ours' | 'peer';
  /** How many times the page was played in this one process. */
  readonly times: number;
}

/** Plays a page `times` times with each, `rounds` rounds of it in turns, after one that warms up disks and caches. */
export async function measureCosts(
  timesList: readonly number[],
  rounds: number,
  progress: Progress,
): Promise<Cost[]> {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-bench-cost-'));
  const sandbox = await SandboxProcess.start({});
  const video = `<video autoplay muted playsinline width="360" src="${sandbox.originUrl}/v/clip.mp4"></video>`;
  const pages = await startPageServer({ '/play.html': html(video) });
  const url = `${pages.origin}/play.html`;
  try {
    progress(`installing ${PEER} ${PEER_VERSION} into ${directory}`);
    await installPeer(directory);
    const { path } = await thisBrowser();
    const costs: Cost[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      for (const times of timesList) {
        const ours = await watched(oursCommand(url, times), directory);
        const peer = await watched(peerCommand(directory, url, times, path), directory);
        if (round > 0) costs.push({ who: 'ours', times, ...ours }, { who: 'peer', times, ...peer });
      }
    }
    return costs;
  } finally {
    await Promise.all([pages.close(), sandbox.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Without its install scripts, which would fetch a browser of its own. */
async function installPeer(directory: string): Promise<void> {
  writeFileSync(join(directory, 'package.json'), '{"private": true}');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${PEER}@${PEER_VERSION}`];
  await finished({ command: 'npm', args }, directory, INSTALL_MS);
}

function oursCommand(url: string, times: number): Command {
  return {
    command: process.execPath,
    args: [join(import.meta.dirname, 'browser-runs.ts'), url, String(times)],
  };
}

/** A journey for each time, in one run of its command: it keeps its browser from journey to journey, as we do. */
function peerCommand(directory: string, url: string, times: number, browser: string): Command {
  const journeys = join(directory, `journeys-${times}`);
  mkdirSync(journeys, { recursive: true });
  writeFileSync(join(journeys, 'play.journey.ts'), journeyText(url, times));
  const options = JSON.stringify({
    executablePath: browser,
    args: ['--autoplay-policy=no-user-gesture-required'],
  });
  return {
    command: process.execPath,
    args: [
      join(directory, 'node_modules', PEER, 'dist', 'cli.js'),
      journeys,
      // Neither is of any use here, and both cost.
      ...['--screenshots', 'off', '--no-throttling', '--playwright-options', options],
    ],
  };
}

function journeyText(url: string, times: number): string {
  return `import { journey, step } from '${PEER}';
for (let at = 0; at < ${times}; at += 1)
  journey(\`play \${at}\`, ({ page }) => {
    step('play', async () => {
      await page.goto(${JSON.stringify(url)}, { waitUntil: 'commit' });
      await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0);
    });
  });
`;
}

/** Once for the time and once for the memory. */
async function watched(command: Command, directory: string): Promise<TreeUse> {
  const { cpuMs } = await watchedFor(command, directory, 'timed');
  const { peakBytes } = await watchedFor(command, directory, 'weighed');
  return { cpuMs, peakBytes };
}

async function watchedFor(command: Command, directory: string, what: 'timed' | 'weighed'): Promise<TreeUse> {
  let watch: TreeWatch | undefined;
  await finished(command, directory, RUN_MS, (pid) => {
    watch = new TreeWatch(pid, what);
  }).finally(() => watch?.stop());
  return watch?.stop() ?? { cpuMs: Number.NaN, peakBytes: Number.NaN };
}

/** Rejects with the end of what it said when it does not end well and in time. */
async function finished(
  { args, command }: Command,
  directory: string,
  timeoutMs: number,
  onStart?: (pid: number) => void,
): Promise<void> {
  const child = spawn(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
  if (child.pid !== undefined) onStart?.(child.pid);
  const killer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code ?? signal}: ${said.trim()}`);
  } finally {
    clearTimeout(killer);
  }
}
