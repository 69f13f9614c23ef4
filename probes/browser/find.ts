/** Finds the browser of an agent: the one that was named, an installed one, or Playwright's own. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir, realpath } from 'node:fs/promises';
import { basename, delimiter, isAbsolute, join } from 'node:path';
import type { Failure } from '../outcome.ts';
import type { BrowserBuild } from './browser.ts';
import { DEFAULT_BROWSER_LIMITS } from './limits.ts';
import { type Places, usualPlaces } from './places.ts';

export interface FindOptions {
  /** A path that the owner named; then no other is tried. Without it, `OUTRIDER_BROWSER` of `env`. */
  readonly explicit?: string;
  /** That of the process when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Those of this platform when absent. */
  readonly places?: Places;
  readonly versionMs?: number;
}

export type FoundBrowser =
  | { readonly ok: true; readonly build: BrowserBuild }
  | { readonly ok: false; readonly failure: Failure };

/**
 * The first candidate that starts and tells its version. Whether it decodes H.264 shows only in a page: the launch asks
 * (`BrowserBuild.codecs`).
 */
export async function findBrowser(options: FindOptions = {}): Promise<FoundBrowser> {
  const env = options.env ?? process.env;
  const versionMs = options.versionMs ?? DEFAULT_BROWSER_LIMITS.versionMs;
  const explicit = options.explicit ?? env.OUTRIDER_BROWSER;
  if (explicit) return findExplicit(explicit, env, versionMs);

  const broken: string[] = [];
  for await (const path of candidates(options.places ?? usualPlaces(process.platform, env), env)) {
    const started = await versionOf(path, versionMs);
    if (started.ok) return { ok: true, build: buildOf(path, started.version) };
    broken.push(`${path} (${started.why})`);
  }
  const tried = broken.length === 0 ? '' : ` These are installed but do not start: ${broken.join('; ')}.`;
  return missing(`No browser was found at this agent.${tried} ${howToInstall(process.platform)}`);
}

/** What to do on a machine without a browser; one sentence. */
export function howToInstall(platform: string): string {
  return platform === 'darwin'
    ? 'Install Google Chrome (e.g. `brew install --cask google-chrome`), or name one by OUTRIDER_BROWSER=PATH.'
    : 'Install one that plays H.264: `apt-get install -y chromium-headless-shell` on Debian, Google Chrome elsewhere; or name one by OUTRIDER_BROWSER=PATH.';
}

async function findExplicit(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  versionMs: number,
): Promise<FoundBrowser> {
  const path = await firstExecutable(name, env);
  if (!path) {
    return missing(
      `The browser ${name} that was asked for is not an executable file. Give the path of a Chromium, Chrome or Edge.`,
    );
  }
  const started = await versionOf(path, versionMs);
  if (started.ok) return { ok: true, build: buildOf(path, started.version) };
  return missing(`The browser ${path} that was asked for does not start: ${started.why}.`);
}

/** Each program once, though it has several names. */
async function* candidates(
  places: Places,
  env: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (const name of [...places.installed, ...(await cached(places))]) {
    const path = await firstExecutable(name, env);
    const real = path && (await realpath(path).catch(() => path));
    if (!path || !real || seen.has(real)) continue;
    seen.add(real);
    yield path;
  }
}

async function cached({ cache }: Places): Promise<string[]> {
  const entries = await readdir(cache.directory).catch(() => []);
  return cache.programs.flatMap(({ prefix, paths }) =>
    entries
      .filter((entry) => entry.startsWith(prefix))
      .sort((a, b) => Number(b.slice(prefix.length)) - Number(a.slice(prefix.length)))
      .flatMap((entry) => paths.map((path) => join(cache.directory, entry, path))),
  );
}

async function firstExecutable(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const inPath = isAbsolute(name) || name.includes('/') ? [name] : [];
  const directories = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  for (const path of inPath.length > 0 ? inPath : directories.map((directory) => join(directory, name))) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}

type Started = { readonly ok: true; readonly version: string } | { readonly ok: false; readonly why: string };

function versionOf(path: string, timeoutMs: number): Promise<Started> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 } as const;
    execFile(path, ['--version'], options, (error, stdout) => {
      if (error?.killed) return resolve({ ok: false, why: `no version within ${timeoutMs} ms` });
      if (error) return resolve({ ok: false, why: firstLine(error.message) });
      const version = parseVersion(stdout);
      resolve(version ? { ok: true, version } : { ok: false, why: 'it tells no version' });
    });
  });
}

/** `Chromium 156.0.8078.79` of `Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)`. */
export function parseVersion(output: string): string | undefined {
  return /^[^\S\n]*([A-Za-z][A-Za-z ]*\d+(?:\.\d+){1,3})/m.exec(output)?.[1];
}

function buildOf(path: string, version: string): BrowserBuild {
  return { path, version, headless: /headless[-_]shell/.test(basename(path)) ? 'shell' : 'new' };
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200);
}

function missing(message: string): FoundBrowser {
  return { ok: false, failure: { layer: 'agent', blame: 'agent', code: 'browser_missing', message } };
}
