/** `npm run build`. */
import { join } from 'node:path';
import { buildDist } from './build-dist.ts';

const root = join(import.meta.dirname, '..', '..');
const { bytes, path } = await buildDist(root, join(root, 'dist'));
console.log(`dist/ is built. The light agent alone: ${path}, ${Math.round(bytes / 1024)} KiB.`);
