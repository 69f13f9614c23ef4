/** CMCD on the requests of a player in a page. */
import type { BrowserTab, HeldRequest } from '../browser/browser.ts';
import type { Cmcd, CmcdObject } from '../net/cmcd.ts';
import type { PlayerKind } from './plan.ts';
import { hasMediaName, isDashManifest, isPlaylist } from './request-kind.ts';

const FORMATS: Readonly<Partial<Record<PlayerKind, CmcdObject['sf']>>> = {
  'hls.js': 'h',
  'native-hls': 'h',
  'dash.js': 'd',
  progressive: 'o',
};

/**
 * Marks the requests of a tab. It is done behind the page, so that it makes no preflight, keeps ranges and cookies, and asks a cache for
 * nothing else than without it.
 */
export async function markTab(tab: BrowserTab, cmcd: Cmcd, player: PlayerKind): Promise<void> {
  if (cmcd.isOff) return;
  await tab.markRequests((request) => {
    const object = objectOf(request, player);
    return object && cmcd.mark(request.url, object);
  });
}

/**
 * What a request is for; undefined when it is not ours to mark. Whether a player has enough to start with is known to it alone, and so
 * is what is in a segment: both are absent.
 */
export function objectOf({ url, headers, type }: HeldRequest, player: PlayerKind): CmcdObject | undefined {
  if (!/^https?:$/.test(url.protocol)) return undefined;
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  // The question of the browser whether a page may ask, and a player with a session of its own.
  if (names.includes('access-control-request-method')) return undefined;
  if (names.some((name) => name.startsWith('cmcd-')) || url.searchParams.has('CMCD')) return undefined;
  const named = { url: url.href };
  if (isPlaylist(named)) return { ot: 'm', sf: 'h' };
  if (isDashManifest(named)) return { ot: 'm', sf: 'd' };
  // Of a user's page only what is plainly media: the rest is for people, and may be anybody's.
  if (player === 'page') return type === 'Media' || hasMediaName(named) ? {} : undefined;
  const isFile = type === 'Media' && player !== 'native-hls';
  const sf = isFile ? 'o' : FORMATS[player];
  return { ...(isFile ? { ot: 'av' } : {}), ...(sf ? { sf } : {}) };
}
