/** HTML and SVG as a template: whatever is put in is text of others, and is escaped. */

/** Markup that may stand as it is. Made by `html` alone. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | null | undefined | false | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** As text and within quoted attributes. Control characters, and marks that turn letters around or hide, are made visible. */
export function escapeText(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replace(
      /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Cs}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/gu,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    );
}

function partText(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (part === null || part === undefined || part === false) return '';
  return Array.isArray(part) ? part.map(partText).join('') : escapeText(String(part));
}

/** Attributes are written with their quotes in the template: `<a id="${name}">`. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((all, text, i) => all + partText(parts[i - 1]) + text));
}

type Cell = Markup | string | number | null | undefined;

const isNumber = (value: Cell): boolean =>
  !(value instanceof Markup) && /^([-+]?[\d.,]+( ?[%a-zA-Z/µ]+)?)?$/.test(String(value ?? ''));

/** A table with a caption, its head read out with each cell; numbers to the right. Empty where it has no rows. */
export function table(
  caption: string,
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
  rowsMax = 200,
): Markup {
  if (rows.length === 0) return html``;
  const shown = rows.slice(0, rowsMax);
  const isRight = headers.map((_, i) => shown.every((row) => isNumber(row[i])));
  const side = (i: number): Markup => (isRight[i] ? html` class="n"` : html``);
  const cell = (value: Cell, i: number): Markup =>
    html`<td${side(i)}>${value === null || value === undefined || value === '' ? '–' : value}</td>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${headers.map((header, i) => html`<th scope="col"${side(i)}>${header}</th>`)}</tr></thead>
<tbody>${shown.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody>
</table>${rows.length > shown.length ? html`<p class="note">${rows.length - shown.length} more rows are left out.</p>` : ''}</div>
`;
}
