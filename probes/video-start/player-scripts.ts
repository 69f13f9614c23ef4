/** The players that are not the browser's own, as text for the page. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PlayerScript {
  readonly text: string;
  /** e.g. `1.7.4`. */
  readonly version: string;
}

/**
 * The whole build of each: services that keep sound in a rendition of its own need that of hls.js. The modern build of dash.js is
 * for every browser that this probe can drive.
 */
const FILES = {
  'hls.js': { script: 'hls.js/dist/hls.min.js', manifest: 'hls.js/package.json' },
  'dash.js': { script: 'dashjs', manifest: undefined },
} as const;

export type ScriptedPlayer = keyof typeof FILES;

const scripts = new Map<ScriptedPlayer, Promise<PlayerScript>>();

/** Read once. */
export function loadPlayerScript(player: ScriptedPlayer): Promise<PlayerScript> {
  const script = scripts.get(player) ?? read(player);
  scripts.set(player, script);
  return script;
}

async function read(player: ScriptedPlayer): Promise<PlayerScript> {
  const require = createRequire(import.meta.url);
  const { script, manifest } = FILES[player];
  const path = require.resolve(script);
  // dash.js exports no package.json; it lies above `dist/modern/umd/`.
  const about =
    manifest === undefined ? join(dirname(path), '../../../package.json') : require.resolve(manifest);
  const [text, json] = await Promise.all([readFile(path, 'utf8'), readFile(about, 'utf8')]);
  return { text, version: (JSON.parse(json) as { readonly version: string }).version };
}
