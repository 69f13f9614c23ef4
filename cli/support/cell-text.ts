/** What stands in one cell of a table, or in a line: safe to print, whoever wrote it. */

/**
 * What a cell shows: `–` for what is not there, objects as JSON. Control characters, and marks
 * that turn letters around or hide between them, are made visible: names come from afar.
 */
export function cellText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu,
    (character) => {
      const code = character.charCodeAt(0).toString(16);
      return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
    },
  );
}

export const isNumeric = (text: string): boolean =>
  text === '–' || /^[-+]?[\d.,]+( ?[%a-zA-Z/µ]+)?$/.test(text);

/** In capitals, but for a unit in brackets: `ERROR (ms)`. */
export const headerText = (header: string): string =>
  header.replace(/\([^)]*\)|[^(]+/g, (part) => (part.startsWith('(') ? part : part.toUpperCase()));
