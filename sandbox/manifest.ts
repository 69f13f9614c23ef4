/** DASH manifests (ISO/IEC 23009-1) whose children carry on the query of the manifest. */

/**
 * The manifest with `query` (beginning with '?') appended to every address of a file in it; '' leaves it as it is. A BaseURL that
 * names a folder is left alone: what lies in it is named elsewhere.
 */
export function carryQueryInManifest(manifest: string, query: string): string {
  if (query === '') return manifest;
  return manifest
    .replace(
      /\b(media|initialization|sourceURL)="([^"]*)"/g,
      (_all, name: string, address: string) => `${name}="${appended(address, query)}"`,
    )
    .replace(
      /(<BaseURL[^>]*>)\s*([^<]*[^</\s])\s*(?=<\/BaseURL>)/g,
      (_all, tag: string, address: string) => tag + appended(address, query),
    );
}

function appended(address: string, query: string): string {
  return address + (address.includes('?') ? `&${query.slice(1)}` : query).replaceAll('&', '&amp;');
}
