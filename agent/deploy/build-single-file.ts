/**
 * Builds the light agent as one file (by Vite's bundler, which is here for the tests anyway). What only an agent with a
 * browser needs (`playwright-core`, `hls.js`, `dashjs`) stays outside: where these lie beside the file, it drives a browser.
 */
import { readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'vite';
import { BUILD_LIMITS } from './limits.ts';

export const SINGLE_FILE = 'outrider-agent.mjs';

/** Loaded when they are there, by `import()` or `require` in a `try`. */
const OUTSIDE = ['playwright-core', 'koffi', 'bufferutil', 'utf-8-validate', 'hls.js', 'dashjs'];

/** Largest first, as probes/upload/payload.ts has them. */
const CLIPS = ['clip.mp4', 'tiny.mp4'];

export interface SingleFile {
  readonly path: string;
  readonly bytes: number;
}

/** Writes it into `outDir`; throws when it is larger than `bytesMax`. `root` is the checkout. */
export async function buildSingleFile(
  root: string,
  outDir: string,
  bytesMax: number = BUILD_LIMITS.singleFileBytes.value,
): Promise<SingleFile> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const clips = CLIPS.map((name) => readFileSync(join(root, 'probes/upload/clips', name), 'base64'));
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: {
      OUTRIDER_BUILT_VERSION: JSON.stringify(version),
      OUTRIDER_BUILT_CLIPS: JSON.stringify(clips),
    },
    ssr: { noExternal: true, external: OUTSIDE, target: 'node' },
    build: {
      ssr: join(root, 'agent/deploy/single-file.ts'),
      outDir,
      emptyOutDir: false,
      target: 'node24',
      minify: true,
      rolldownOptions: {
        external: [...OUTSIDE, ...builtinModules.flatMap((name) => [name, `node:${name}`])],
        output: { entryFileNames: SINGLE_FILE, format: 'es', codeSplitting: false },
      },
    },
  });
  const path = join(outDir, SINGLE_FILE);
  const bytes = statSync(path).size;
  if (bytes > bytesMax) throw new Error(`${path} has ${bytes} bytes; at most ${bytesMax} are allowed.`);
  return { path, bytes };
}
