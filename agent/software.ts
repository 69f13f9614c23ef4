/** The name and version of this software, from its own package.json. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Put in by the build of the single file, which has no package.json beside it. */
declare const OUTRIDER_BUILT_VERSION: string | undefined;

let version: string | undefined =
  typeof OUTRIDER_BUILT_VERSION === 'string' ? OUTRIDER_BUILT_VERSION : undefined;

/** e.g. `0.1.0`; `unknown` when the package was taken apart. */
export function softwareVersion(): string {
  version ??= findVersion(import.meta.dirname);
  return version;
}

/** Who asks, for the owner of a service that sees it in a log. */
export function userAgentOf(agent: string): string {
  return `Outrider/${softwareVersion()} (+synthetic probe; agent ${agent})`;
}

/** The package.json is one folder up in the sources and two in what is published. */
function findVersion(folder: string): string {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    if (manifest.name === 'outrider') return String(manifest.version);
  } catch {
    // No package.json here: look further up.
  }
  return dirname(folder) === folder ? 'unknown' : findVersion(dirname(folder));
}
