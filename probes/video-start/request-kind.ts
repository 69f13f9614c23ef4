/** What each request of a player was for. */
import type { RequestRecord } from './network-log.ts';
import type { PlayerKind } from './plan.ts';
import type { PlayReport } from './report.ts';

/** `media`: a file played as it is. `document`, `other`: of a user's own page. `init`: indexes of segments too. */
export type RequestKind = 'media' | 'manifest' | 'init' | 'segment' | 'document' | 'other';

interface Played {
  readonly report: Pick<PlayReport, 'fragments'>;
  readonly requests: readonly RequestRecord[];
  readonly player: PlayerKind;
}

export function kindOf(request: RequestRecord, played: Played): RequestKind {
  const { player, requests } = played;
  if (player === 'progressive') return 'media';
  if (player === 'page') return kindOnPage(request, requests);
  if (isManifest(request)) return 'manifest';
  // What was redirected keeps its id, and is what it was.
  const asked = requests.find(({ id }) => id !== undefined && id === request.id) ?? request;
  const { fragments } = played.report;
  const fragment = fragments.find(
    ({ url, range }) => url === asked.url && (range === undefined || range === asked.range),
  );
  if (fragment) return fragment.kind;
  if (player === 'native-hls') return 'segment';
  // dash.js tells nothing of the headers and indexes of files that are not cut up.
  if (player === 'dash.js') return request.range !== undefined || isMedia(request) ? 'init' : 'manifest';
  // Before the first fragment hls.js asks for nothing but playlists and keys.
  return fragments.length === 0 ? 'manifest' : 'segment';
}

function kindOnPage(request: RequestRecord, requests: readonly RequestRecord[]): RequestKind {
  if (isManifest(request)) return 'manifest';
  if (isMedia(request)) return requests.some(isManifest) ? 'segment' : 'media';
  return request.type === 'Document' ? 'document' : 'other';
}

/** Those for the video itself: all but what a user's page needs beside it. */
export function videoRequests<T extends Played>(played: T): readonly RequestRecord[] {
  return played.requests.filter((request) => {
    const kind = kindOf(request, played);
    return kind !== 'document' && kind !== 'other';
  });
}

type Named = Pick<RequestRecord, 'url' | 'mimeType'>;

/** By content type (RFC 8216 §4), or by extension where the server tells nothing useful. */
export function isPlaylist({ url, mimeType }: Named): boolean {
  return /mpegurl/i.test(mimeType ?? '') || /\.m3u8?$/i.test(pathOf(url));
}

/** By content type (ISO/IEC 23009-1 annex C), or by extension. */
export function isDashManifest({ url, mimeType }: Named): boolean {
  return /dash\+xml/i.test(mimeType ?? '') || /\.mpd$/i.test(pathOf(url));
}

function isManifest(request: Named): boolean {
  return isPlaylist(request) || isDashManifest(request);
}

function isMedia({ url, mimeType, type }: Named & { readonly type?: string }): boolean {
  return type === 'Media' || /^(video|audio)\//i.test(mimeType ?? '') || hasMediaName({ url });
}

/** By extension alone: what can be told before there is an answer. */
export function hasMediaName({ url }: Pick<Named, 'url'>): boolean {
  return /\.(mp4|m4s|m4v|m4a|cmf[va]|ts|aac|webm|mov)$/i.test(pathOf(url));
}

function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? '';
}
