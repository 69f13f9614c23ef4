/** Chromium's own HLS player tells nobody what it asks for: its playlists do. */
import type { CDPSession } from 'playwright-core';
import { VIDEO_START_LIMITS } from './limits.ts';
import type { RequestRecord } from './network-log.ts';
import type { Fragment } from './report.ts';
import { isPlaylist } from './request-kind.ts';

/** The init segments that the playlists name; read after the run, from what the browser still has of them. */
export async function nativeFragments(
  devtools: CDPSession,
  requests: readonly RequestRecord[],
): Promise<readonly Fragment[]> {
  const playlists = requests.filter((request) => isPlaylist(request) && request.id !== undefined);
  const texts = await Promise.all(
    playlists.slice(0, VIDEO_START_LIMITS.playlists.value).map(async ({ id, url }) => {
      const body = await devtools
        .send('Network.getResponseBody', { requestId: id as string })
        .catch(() => undefined);
      if (!body) return [];
      return initSegmentsOf(
        body.base64Encoded ? Buffer.from(body.body, 'base64').toString() : body.body,
        url,
      );
    }),
  );
  return texts.flat();
}

/** `EXT-X-MAP` (RFC 8216 §4.3.2.5) of a media playlist. */
export function initSegmentsOf(playlist: string, playlistUrl: string): Fragment[] {
  return [...playlist.matchAll(/^#EXT-X-MAP:(.*)$/gm)].flatMap(([, attributes = '']) => {
    const url = URL.parse(/URI="([^"]*)"/.exec(attributes)?.[1] ?? '', playlistUrl)?.href;
    const [, length, offset] = /BYTERANGE="(\d+)@(\d+)"/.exec(attributes) ?? [];
    if (url === undefined) return [];
    const range = length && offset ? { range: `${offset}-${Number(offset) + Number(length) - 1}` } : {};
    return [{ url, kind: 'init' as const, isAudio: false, ...range }];
  });
}
