/** What stands beside the compiled code in `dist/`: files that are read at run time, and the package's own description. */
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folders that are published. */
const FOLDERS = ['agent', 'cli', 'collector', 'probes', 'protocol', 'sandbox'];

/** Everything that is no TypeScript: migrations, the dashboard, clips, the codec, plain scripts, units and manifests. */
export function copyAssets(root: string, dist: string): void {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*`, { cwd: root, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/(?<!\.pb\.d)\.ts$|^tsconfig/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  for (const file of [...files, 'LICENSE', 'README.md', 'CHANGELOG.md', 'package-lock.json']) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    cpSync(join(root, file), join(dist, file));
  }
}

interface Manifest {
  scripts?: unknown;
  devDependencies?: unknown;
  oclif: { commands: { target: string } };
}

/** As the checkout's, with the commands where they are compiled, and without what only a checkout needs. */
export function writeManifest(root: string, dist: string): void {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  manifest.oclif.commands.target = './cli/commands.js';
  delete manifest.scripts;
  delete manifest.devDependencies;
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
