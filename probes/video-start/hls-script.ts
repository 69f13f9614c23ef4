/** hls.js as text for the page. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

export interface HlsScript {
  readonly text: string;
  /** e.g. `1.7.4`. */
  readonly version: string;
}

let script: Promise<HlsScript> | undefined;

/** The whole build, since services that keep sound in a rendition of its own need it; read once. */
export function loadHlsScript(): Promise<HlsScript> {
  script ??= read();
  return script;
}

async function read(): Promise<HlsScript> {
  const require = createRequire(import.meta.url);
  const [text, manifest] = await Promise.all([
    readFile(require.resolve('hls.js/dist/hls.min.js'), 'utf8'),
    readFile(require.resolve('hls.js/package.json'), 'utf8'),
  ]);
  return { text, version: (JSON.parse(manifest) as { readonly version: string }).version };
}
