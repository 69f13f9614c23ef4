/** The browser of this machine with other flags than the agent gives it: a script in its place. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserBuild } from '../../../probes/browser/browser.ts';
import { findBrowser } from '../../../probes/browser/find.ts';

export interface WrapOptions {
  /** Where the script is written. */
  readonly directory: string;
  /** Flags in front of the agent's own. */
  readonly add?: readonly string[];
  /** It has a window, on the display of this name, e.g. `:99`. Needs a browser that can have one. */
  readonly display?: string;
}

/** The browser of this machine. Throws what to install where there is none. */
export async function thisBrowser(explicit?: string): Promise<BrowserBuild> {
  const found = await findBrowser(explicit === undefined ? {} : { explicit });
  if (!found.ok) throw new Error(found.failure.message);
  return found.build;
}

/** Writes a program that starts `build` with the flags added. Its name tells which kind of headless it is, as that of the browser does. */
export async function wrapBrowser(build: BrowserBuild, options: WrapOptions): Promise<BrowserBuild> {
  const name = build.headless === 'shell' ? 'chromium-headless-shell' : 'chromium';
  const path = join(options.directory, name);
  writeFileSync(path, wrapperOf(build.path, options), { mode: 0o755 });
  return thisBrowser(path);
}

/** A shell script. */
export function wrapperOf(program: string, { add = [], display }: WrapOptions): string {
  const flags = add.map((flag) => ` ${quoted(flag)}`).join('');
  if (display === undefined) return `#!/bin/sh\nexec ${quoted(program)}${flags} "$@"\n`;
  // The flags go round once: each is taken from the front and put back at the end, but for those that take the window away.
  return `#!/bin/sh
for flag in "$@"; do
  shift
  case $flag in
    --headless | --headless=*) ;;
    *) set -- "$@" "$flag" ;;
  esac
done
DISPLAY=${quoted(display)} exec ${quoted(program)}${flags} "$@"
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
