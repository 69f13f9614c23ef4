/** Sections of the note: a title, and a table of no more rows than a screen holds. */

/** All rows are in the JSON. */
export const ROWS_SHOWN = 12;

/** Empty where there is nothing to show. */
export function titled(title: string, table: string, count: number, shown = ROWS_SHOWN): string {
  if (count === 0) return '';
  const more = count > shown ? `\n(${count - shown} more in the JSON: -o json)` : '';
  return `${title}\n${table}${more}`;
}

/** Some of many names. */
export function some(all: readonly string[]): string {
  const more = all.length - ROWS_SHOWN;
  return `${all.slice(0, ROWS_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
