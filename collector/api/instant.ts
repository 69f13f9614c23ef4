/** Instants in the API are ISO 8601, UTC, with milliseconds. */

/** ISO 8601 text of Unix milliseconds. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same, where there may be none. */
export function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : iso(ms);
}
