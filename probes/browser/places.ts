/** Where browsers are installed, as data: best first. */
import { join } from 'node:path';

export interface Places {
  /** Absolute paths; those without a slash are looked up in PATH. */
  readonly installed: readonly string[];
  /** The directory of Playwright's own downloads, and where in each of them the program is. */
  readonly cache: { readonly directory: string; readonly programs: readonly CacheProgram[] };
}

export interface CacheProgram {
  /** Directories are named `prefix` and a revision: the highest revision is the newest. */
  readonly prefix: string;
  readonly paths: readonly string[];
}

/**
 * The headless shell first: it times playback as the full browser does, at half the memory. Then the browsers of vendors, who
 * license H.264, then Chromium, which has it where the distribution builds it so.
 */
const LINUX = [
  '/usr/bin/chromium-headless-shell',
  '/usr/lib/chromium/chromium-headless-shell',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/usr/bin/microsoft-edge-stable',
  '/usr/bin/microsoft-edge',
  '/opt/microsoft/msedge/msedge',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/lib/chromium/chromium',
  '/snap/bin/chromium',
];

const MACOS_APPS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'Chromium.app/Contents/MacOS/Chromium',
];

const IN_PATH = [
  'chromium-headless-shell',
  'chrome-headless-shell',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'chromium',
  'chromium-browser',
];

const CACHE_PROGRAMS: readonly CacheProgram[] = [
  {
    prefix: 'chromium_headless_shell-',
    paths: [
      'chrome-headless-shell-linux64/chrome-headless-shell',
      'chrome-linux/headless_shell',
      'chrome-linux/chrome-headless-shell',
      'chrome-headless-shell-mac-arm64/chrome-headless-shell',
      'chrome-headless-shell-mac-x64/chrome-headless-shell',
      'chrome-mac/headless_shell',
    ],
  },
  {
    prefix: 'chromium-',
    paths: [
      'chrome-linux64/chrome',
      'chrome-linux/chrome',
      'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
      'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
      'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    ],
  },
];

/** The usual places of a platform (`process.platform`); `env` gives HOME, PLAYWRIGHT_BROWSERS_PATH and XDG_CACHE_HOME. */
export function usualPlaces(platform: string, env: Readonly<Record<string, string | undefined>>): Places {
  const home = env.HOME ?? '/';
  const isMac = platform === 'darwin';
  const caches = isMac ? join(home, 'Library/Caches') : (env.XDG_CACHE_HOME ?? join(home, '.cache'));
  const apps = ['/Applications', join(home, 'Applications')].flatMap((root) =>
    MACOS_APPS.map((app) => join(root, app)),
  );
  return {
    installed: [...(isMac ? apps : LINUX), ...IN_PATH],
    cache: {
      directory: env.PLAYWRIGHT_BROWSERS_PATH ?? join(caches, 'ms-playwright'),
      programs: CACHE_PROGRAMS,
    },
  };
}
