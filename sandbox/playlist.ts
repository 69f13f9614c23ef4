/** HLS playlists (RFC 8216) whose children carry on the query of the playlist. */

/** The playlist with `query` (beginning with '?') appended to every URI in it; '' leaves it as it is. */
export function carryQuery(playlist: string, query: string): string {
  if (query === '') return playlist;
  return playlist
    .split('\n')
    .map((line) => {
      if (line.trim() === '') return line;
      if (!line.startsWith('#')) return appended(line.trim(), query);
      // Tags name their children in an attribute: EXT-X-MAP, EXT-X-MEDIA, EXT-X-KEY.
      return line.replace(/\bURI="([^"]*)"/g, (_all, uri: string) => `URI="${appended(uri, query)}"`);
    })
    .join('\n');
}

function appended(uri: string, query: string): string {
  return uri + (uri.includes('?') ? `&${query.slice(1)}` : query);
}
