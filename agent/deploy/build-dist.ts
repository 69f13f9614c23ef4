/** Builds `dist/`: the whole package in JavaScript with what it reads at run time, and the light agent as one file. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSingleFile, type SingleFile } from './build-single-file.ts';
import { copyAssets, writeManifest } from './dist-files.ts';

/** Replaces what is in `dist`; throws when the types are wrong or the single file is too large. `root` is the checkout. */
export async function buildDist(root: string, dist: string): Promise<SingleFile> {
  rmSync(dist, { recursive: true, force: true });
  const project = join(root, 'agent/deploy/tsconfig.json');
  const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', project, '--outDir', dist], {
    encoding: 'utf8',
  });
  if (tsc.status !== 0) throw new Error(`The types are wrong:\n${tsc.stdout}${tsc.stderr}`);
  copyAssets(root, dist);
  writeManifest(root, dist);
  return buildSingleFile(root, dist);
}
