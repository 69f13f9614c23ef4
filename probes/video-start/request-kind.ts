/** What each request of a player was for. */

import type { RequestRecord } from './network-log.ts';
import type { PlayReport } from './play-in-page.ts';

export type RequestKind = 'media' | 'manifest' | 'init' | 'segment';

/** `media`: a file played as it is. Before the first fragment hls.js asks for nothing but playlists and keys. */
export function kindOf(
  request: RequestRecord,
  report: Pick<PlayReport, 'fragments'>,
  isHls: boolean,
): RequestKind {
  if (!isHls) return 'media';
  const fragment = report.fragments.find(({ url }) => url === request.url);
  if (fragment) return fragment.kind;
  return isPlaylist(request) || report.fragments.length === 0 ? 'manifest' : 'segment';
}

/** By content type (RFC 8216 §4), or by extension where the server tells nothing useful. */
export function isPlaylist({ url, mimeType }: Pick<RequestRecord, 'url' | 'mimeType'>): boolean {
  return /mpegurl/i.test(mimeType ?? '') || /\.m3u8?$/i.test(URL.parse(url)?.pathname ?? '');
}
