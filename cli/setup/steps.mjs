/**
 * What must be on the machine before anything of Outrider can run, and how it gets there. Plain JavaScript without
 * packages: it runs on whatever Node (20 or later) the machine has, before the packages are there.
 * Each step says what it does, is skipped when done already, and asks nothing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.outrider-set-up');

/** Progress and trouble go to stderr: stdout is for data. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** A set-up step that cannot be done: what happened, and what to try. */
export class SetUpError extends Error {}

/** The environment in which Node 24 and the commands of the packages come first. */
export function environment() {
  return { ...process.env, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}` };
}

/** Changes when the packages asked for, the machine's kind, or this Node's way of loading them change. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const file of ['package.json', 'package-lock.json']) {
    const path = join(root, file);
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

function isSetUp() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** Runs a program to its end; resolves to its exit code and the end of what it said. */
function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let tail = '';
    const keep = (chunk) => {
      tail = (tail + chunk).slice(-4000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 127, tail: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, tail }));
  });
}

/** Prints a line when a step begins, dots the time on a terminal, and says how long it took. */
async function step(what, work) {
  const startMs = Date.now();
  const ticking = process.stderr.isTTY
    ? setInterval(
        () => process.stderr.write(`\r  ${what} … ${Math.round((Date.now() - startMs) / 1000)} s`),
        1000,
      )
    : undefined;
  process.stderr.write(`  ${what} …`);
  if (!process.stderr.isTTY) process.stderr.write('\n');
  try {
    const note = await work();
    const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}  ${what}: ${note} (${seconds} s)\n`);
  } finally {
    clearInterval(ticking);
  }
}

async function npmInstall(args, what) {
  // `npm ci` refuses a lock made where the registry held the binaries of one platform only.
  const { code, tail } = await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--loglevel=error', ...args],
    {
      env: { ...process.env, CI: process.env.CI ?? '' },
    },
  );
  if (code === 0) return;
  throw new SetUpError(
    `${what} failed: npm install ended with code ${code}.\n${tail.trim()}\nTry: check that the npm registry is reachable (npm ping), then run the same command again.`,
  );
}

/** The packages of package.json, Node 24 among them. */
async function packages() {
  await step('packages from the npm registry (about 800 MB with the ClickHouse engine)', async () => {
    await npmInstall([], 'Installing the packages');
    return 'installed';
  });
}

/** Node 24, which comes as a package so that the machine's own may be older. */
function node24() {
  const found = spawnSync(join(modules, '.bin', 'node'), ['--version'], { encoding: 'utf8' });
  const version = found.stdout?.trim() ?? '';
  if (Number(/^v(\d+)/.exec(version)?.[1] ?? 0) >= 24) {
    say(`  Node: ${version}`);
    return;
  }
  throw new SetUpError(
    `Node 24 did not arrive with the package "node" (found ${version || 'nothing'}).\nTry: npm rebuild node, or install Node 24 yourself and run the command again.`,
  );
}

/** The ClickHouse engine of this platform: a lock file made on another one does not name it. */
async function engine() {
  const libc = process.platform === 'linux' ? '-gnu' : '';
  const library = `@chdb/lib-${process.platform}-${process.arch}${libc}`;
  if (existsSync(join(modules, library))) return;
  const { version } = JSON.parse(readFileSync(join(modules, 'chdb', 'package.json'), 'utf8'));
  await step(`ClickHouse engine for ${process.platform}-${process.arch}`, async () => {
    try {
      await npmInstall(['--no-save', `${library}@${version}`], `Installing ${library}`);
      return 'installed';
    } catch {
      return `no package ${library}@${version}: start with --clickhouse URL of a server of yours`;
    }
  });
}

/** `npx outrider …` from the checkout: a link beside the commands of the packages. */
function command() {
  const link = join(modules, '.bin', 'outrider');
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'cli', 'bin', 'outrider.js'), link);
}

const BROWSERS = {
  names: [
    'chromium-headless-shell',
    'google-chrome',
    'google-chrome-stable',
    'microsoft-edge',
    'chromium',
    'chromium-browser',
  ],
  applications: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
};

/** A browser that may play H.264; the agent itself checks the codec when it starts it. */
function findBrowser() {
  const chosen = process.env.OUTRIDER_BROWSER;
  if (chosen) return existsSync(chosen) ? chosen : undefined;
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of BROWSERS.names) {
      const path = join(directory, name);
      if (directory && existsSync(path)) return path;
    }
  }
  return BROWSERS.applications.find((path) => existsSync(path));
}

const isRoot = () => process.getuid?.() === 0;
const hasApt = () => spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

async function aptInstall(names) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  return await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env });
}

/** Installs Debian's browser when that needs no password; otherwise says the one command. Never fatal: the rest works without. */
async function browser() {
  if (findBrowser()) return;
  if (process.env.OUTRIDER_BROWSER) {
    say(
      `  browser: OUTRIDER_BROWSER names ${process.env.OUTRIDER_BROWSER}, which is not there; going on without the browser lane`,
    );
    return;
  }
  if (!hasApt()) {
    say(
      '  browser: none found; install Chrome or Chromium for video start times. Going on without the browser lane.',
    );
    return;
  }
  const manual = 'sudo apt-get install -y chromium-headless-shell   (or: chromium)';
  if (!isRoot()) {
    say(`  browser: none found. For video start times run:  ${manual}\n  Going on without the browser lane.`);
    return;
  }
  await step('browser with H.264 from Debian (chromium-headless-shell)', async () => {
    for (const name of ['chromium-headless-shell', 'chromium', 'chromium-browser']) {
      const { code } = await aptInstall([name]);
      if (code === 0 && findBrowser()) return 'installed';
    }
    return `not to be had here; going on without the browser lane. Try later:  ${manual}`;
  });
}

/** What makes the odd files that tests play. Never fatal: those tests are skipped without it, and say so. */
async function mediaTools() {
  if (spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).error === undefined) return;
  const manual = 'sudo apt-get install -y ffmpeg';
  if (!hasApt() || !isRoot()) {
    say(`  ffmpeg: none found; tests that make media files are skipped. For them:  ${manual}`);
    return;
  }
  await step('media tools for the tests from Debian (ffmpeg)', async () => {
    const { code } = await aptInstall(['ffmpeg']);
    return code === 0 ? 'installed' : `not to be had here; going on without. Try later:  ${manual}`;
  });
}

/**
 * Everything, once; a second call returns in milliseconds. Throws `SetUpError`.
 * @param {{ forTests?: boolean }} [options]
 */
export async function setUp({ forTests = false } = {}) {
  if (!isSetUp()) {
    const [major] = process.versions.node.split('.');
    if (Number(major) < 20) {
      throw new SetUpError(
        `Node ${process.versions.node} is too old to set up with.\nTry: install Node 20 or later; Node 24 itself comes as a package.`,
      );
    }
    say('Outrider sets itself up; this happens once.');
    mkdirSync(modules, { recursive: true });
    await packages();
    node24();
    await engine();
    command();
    writeFileSync(stamp, fingerprint());
  }
  await browser();
  if (forTests) await mediaTools();
}
