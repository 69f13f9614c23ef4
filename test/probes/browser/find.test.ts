import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser, howToInstall, parseVersion } from '../../../probes/browser/find.ts';
import { type Places, usualPlaces } from '../../../probes/browser/places.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A program below `root` that answers `--version`, or does what `script` says. */
function program(path: string, script: string): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, `#!/bin/sh\n${script}\n`);
  chmodSync(full, 0o755);
  return full;
}

const tells = (version: string) => `echo "${version} "`;

function places(installed: readonly string[] = [], cache = 'no-cache'): Places {
  const { programs } = usualPlaces('linux', {}).cache;
  return { installed, cache: { directory: join(root, cache), programs } };
}

const env = { PATH: '/usr/bin:/bin' };

describe('findBrowser', () => {
  it('takes the first that starts, and tells its path, version and kind', async () => {
    const shell = program('chromium-headless-shell', tells('Chromium 156.0.8078.79'));
    const chrome = program('google-chrome', tells('Google Chrome 157.0.1.2'));
    expect(await findBrowser({ env, places: places([shell, chrome]) })).toEqual({
      ok: true,
      build: { path: shell, version: 'Chromium 156.0.8078.79', headless: 'shell' },
    });
    expect(await findBrowser({ env, places: places([chrome, shell]) })).toEqual({
      ok: true,
      build: { path: chrome, version: 'Google Chrome 157.0.1.2', headless: 'new' },
    });
  });

  it('passes over what is not there, does not start, tells no version or hangs', async () => {
    const broken = program('broken', 'exit 127');
    const dumb = program('dumb', 'echo hello');
    const hung = program('hung', 'exec sleep 60');
    const plain = join(root, 'plain.txt');
    writeFileSync(plain, 'no program');
    const good = program('chromium', tells('Chromium 150.0.1.1'));
    const installed = ['/no/such/browser', plain, broken, dumb, hung, good];
    expect(await findBrowser({ env, places: places(installed), versionMs: 200 })).toMatchObject({
      ok: true,
      build: { path: good },
    });
  });

  it('names those that do not start when there is no other, and what to install', async () => {
    const broken = program('broken', 'echo "libnss3.so: cannot open" >&2; exit 127');
    const found = await findBrowser({ env, places: places([broken]) });
    expect(found).toMatchObject({
      ok: false,
      failure: { code: 'browser_missing', layer: 'agent', blame: 'agent' },
    });
    const message = found.ok ? '' : found.failure.message;
    expect(message).toContain(broken);
    expect(message).toContain(howToInstall(process.platform));
  });

  it('says what to install where there is none at all', async () => {
    const found = await findBrowser({ env, places: places() });
    expect(found.ok ? '' : found.failure.message).toMatch(/^No browser was found at this agent\. Install/);
    expect(howToInstall('linux')).toContain('apt-get install -y chromium-headless-shell');
    expect(howToInstall('darwin')).toContain('brew install');
  });

  it('looks names without a slash up in PATH, and never in the working directory', async () => {
    const good = program('bin/google-chrome', tells('Google Chrome 157.0.1.2'));
    const path = `.:relative:${dirname(good)}`;
    expect(await findBrowser({ env: { PATH: path }, places: places(['google-chrome']) })).toMatchObject({
      build: { path: good },
    });
    expect(await findBrowser({ env: { PATH: '' }, places: places(['google-chrome']) })).toMatchObject({
      ok: false,
    });
  });

  it('starts a program once though it has several names', async () => {
    const counter = join(root, 'starts');
    const real = program('real', `echo x >> ${counter}; exit 1`);
    const alias = join(root, 'alias');
    symlinkSync(real, alias);
    const found = await findBrowser({ env, places: places([real, alias]) });
    expect(found.ok ? '' : found.failure.message.match(/exit|Command failed/g)).toHaveLength(1);
  });

  it('takes Playwright’s own last, the newest revision and the headless shell first', async () => {
    program('cache/chromium-1300/chrome-linux64/chrome', tells('Chromium 130.0.0.0'));
    program('cache/chromium_headless_shell-999/chrome-linux/headless_shell', tells('Chromium 99.0.0.0'));
    const newest = program(
      'cache/chromium_headless_shell-1200/chrome-headless-shell-linux64/chrome-headless-shell',
      tells('Chromium 120.0.0.0'),
    );
    expect(await findBrowser({ env, places: places([], 'cache') })).toEqual({
      ok: true,
      build: { path: newest, version: 'Chromium 120.0.0.0', headless: 'shell' },
    });
    const installed = program('chromium', tells('Chromium 110.0.0.0'));
    expect(await findBrowser({ env, places: places([installed], 'cache') })).toMatchObject({
      build: { path: installed },
    });
  });
});

describe('a browser that was named', () => {
  it('is taken before all others, by option or by OUTRIDER_BROWSER', async () => {
    const named = program('mine', tells('Chromium 140.0.0.0'));
    const other = program('chromium', tells('Chromium 150.0.0.0'));
    const expected = { ok: true, build: { path: named } };
    expect(await findBrowser({ explicit: named, env, places: places([other]) })).toMatchObject(expected);
    const withName = { ...env, OUTRIDER_BROWSER: named };
    expect(await findBrowser({ env: withName, places: places([other]) })).toMatchObject(expected);
    expect(await findBrowser({ explicit: other, env: withName, places: places([]) })).toMatchObject({
      build: { path: other },
    });
  });

  it('that cannot be used is an error, though another could', async () => {
    const other = program('chromium', tells('Chromium 150.0.0.0'));
    const broken = program('broken', 'exit 3');
    for (const explicit of ['/no/such/browser', broken]) {
      const found = await findBrowser({ explicit, env, places: places([other]) });
      expect(found).toMatchObject({ ok: false, failure: { code: 'browser_missing' } });
      expect(found.ok ? '' : found.failure.message).toContain(explicit);
    }
  });
});

describe('parseVersion', () => {
  it.each([
    ['Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)\n', 'Chromium 156.0.8078.79'],
    ['Google Chrome 141.0.7390.54 \n', 'Google Chrome 141.0.7390.54'],
    ['Microsoft Edge 141.0.3537.57\n', 'Microsoft Edge 141.0.3537.57'],
    ['Google Chrome for Testing 141.0.7390.37\n', 'Google Chrome for Testing 141.0.7390.37'],
    ['[0101/1: warning]\nChromium 130.0.0.0\n', 'Chromium 130.0.0.0'],
  ])('reads %j', (output, version) => expect(parseVersion(output)).toBe(version));

  it('finds none where there is none', () => {
    expect(parseVersion('')).toBeUndefined();
    expect(parseVersion('usage: thing [options]')).toBeUndefined();
  });
});

describe('usualPlaces', () => {
  it('prefers the headless shell on Linux', () => {
    expect(usualPlaces('linux', { HOME: '/home/me' }).installed[0]).toBe('/usr/bin/chromium-headless-shell');
  });

  it('knows the applications of macOS, for all users and for one', () => {
    const { installed, cache } = usualPlaces('darwin', { HOME: '/Users/me' });
    expect(installed).toContain('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    expect(installed).toContain('/Users/me/Applications/Chromium.app/Contents/MacOS/Chromium');
    expect(cache.directory).toBe('/Users/me/Library/Caches/ms-playwright');
  });

  it('finds the cache of Playwright where its variable or XDG says', () => {
    expect(usualPlaces('linux', { HOME: '/h' }).cache.directory).toBe('/h/.cache/ms-playwright');
    expect(usualPlaces('linux', { HOME: '/h', XDG_CACHE_HOME: '/c' }).cache.directory).toBe(
      '/c/ms-playwright',
    );
    expect(usualPlaces('linux', { PLAYWRIGHT_BROWSERS_PATH: '/p' }).cache.directory).toBe('/p');
  });
});
