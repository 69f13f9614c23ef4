/** What every probe of the browser lane says of the browser, and of there being none. */
import type { Failure } from '../outcome.ts';
import type { Attributes } from '../probe.ts';
import type { Browser } from './browser.ts';

/** Build and command line, so that an upgrade shows as a change. To be asked after the run: some is known from the launch on. */
export function buildAttributes({ build }: Browser): Attributes {
  return {
    browser_build: build.version,
    headless: build.headless,
    ...(build.flags === undefined ? {} : { browser_flags: build.flags }),
  };
}

export function noBrowser(): Failure {
  const message =
    'This agent runs without a browser. Start it with one (`apt-get install -y chromium-headless-shell`), or keep the probe from it by `from`.';
  return { layer: 'agent', blame: 'agent', code: 'browser_missing', message };
}
