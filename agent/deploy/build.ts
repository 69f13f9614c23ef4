/** `npm run build`: `dist/`, the whole package in JavaScript, and in it `outrider-agent.mjs`, the light agent alone. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSingleFile } from './build-single-file.ts';
import { copyAssets, writeManifest } from './dist-files.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const tsc = spawnSync(
  join(root, 'node_modules/.bin/tsc'),
  ['-p', join(import.meta.dirname, 'tsconfig.json')],
  {
    stdio: 'inherit',
  },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
copyAssets(root, dist);
writeManifest(root, dist);
const { bytes, path } = await buildSingleFile(root, dist);
console.log(`dist/ is built. The light agent alone: ${path}, ${Math.round(bytes / 1024)} KiB.`);
