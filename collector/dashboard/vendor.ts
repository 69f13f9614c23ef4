/**
 * What the page is made of that others wrote: a fixed list of files out of `node_modules`, each under an address that holds its version.
 * An import map leads the names that modules import to them, so that no build step is needed.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

interface VendorEntry {
  /** What modules import; absent for a style sheet. */
  readonly specifier?: string;
  readonly pkg: string;
  /** Inside the package. */
  readonly file: string;
  /** Served as. */
  readonly name: string;
  /** Put behind the text. */
  readonly suffix?: string;
}

const VENDOR: readonly VendorEntry[] = [
  { specifier: 'preact', pkg: 'preact', file: 'dist/preact.mjs', name: 'preact.js' },
  { specifier: 'preact/hooks', pkg: 'preact', file: 'hooks/dist/hooks.mjs', name: 'hooks.js' },
  { specifier: 'htm', pkg: 'htm', file: 'dist/htm.mjs', name: 'htm.js' },
  { specifier: 'htm/preact', pkg: 'htm', file: 'preact/index.mjs', name: 'htm-preact.js' },
  // Its ES module is twice as long, with comments and all; the small file is a script that leaves one name behind.
  {
    specifier: 'uplot',
    pkg: 'uplot',
    file: 'dist/uPlot.iife.min.js',
    name: 'uplot.js',
    suffix: '\nexport default uPlot;\n',
  },
  { pkg: 'uplot', file: 'dist/uPlot.min.css', name: 'uplot.css' },
];

export interface VendorFile {
  readonly specifier: string | undefined;
  /** `/dashboard/vendor/preact-11.2.0.js`. */
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Reads all of them. Throws if one is missing from the installation. */
export function vendorFiles(): readonly VendorFile[] {
  return VENDOR.map(({ file, name, pkg, specifier, suffix = '' }) => {
    const folder = packageFolder(pkg);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    const [, stem, ending] = /^(.+)(\.\w+)$/.exec(name) ?? [];
    // The map of the source is not served.
    const text = readFileSync(join(folder, file), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
    const body = new TextEncoder().encode(text + suffix);
    return { specifier, path: `/dashboard/vendor/${stem}-${version}${ending}`, body };
  });
}

/** Where a package lies; its own `package.json` need not be among what it exports. */
function packageFolder(name: string): string {
  for (let folder = dirname(require.resolve(name)); ; folder = dirname(folder)) {
    if (folder.endsWith(join('node_modules', name))) return folder;
    if (folder === dirname(folder)) throw new Error(`the package ${name} is not installed`);
  }
}
