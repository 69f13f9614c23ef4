// @ts-check
/** A table that is sorted by its headers, filtered by `/` and walked by `j` and `k`. On a phone it scrolls in itself, never the page. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { count } from './format.js';
import { link } from './range.js';

/** More rows than these are drawn when asked for. */
const ROWS_FIRST = 200;

/**
 * A column. `value` is what it is sorted and filtered by: null is last either way; `show` what is drawn, the value where absent. The first
 * column is the header of each row.
 * @template T
 * @typedef {{
 *   key: string, label: string, value: (row: T) => string | number | null, show?: (row: T) => any,
 *   isNumber?: boolean, descFirst?: boolean, title?: string, class?: string,
 * }} Column
 */

/**
 * @template T
 * @param {readonly T[]} rows
 * @param {readonly Column<T>[]} columns
 * @param {{ key: string, desc: boolean }} sort
 * @param {string} filter words that have to be in a row, each anywhere in its texts
 * @returns {T[]}
 */
export function arrange(rows, columns, sort, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const texts = columns.filter(({ isNumber }) => !isNumber);
  const has = (/** @type {T} */ row) => {
    const text = texts
      .map(({ value }) => value(row) ?? '')
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const column = columns.find(({ key }) => key === sort.key);
  const found = words.length === 0 ? [...rows] : rows.filter(has);
  if (!column) return found;
  const turn = sort.desc ? -1 : 1;
  // Among equals by their headers.
  const [first] = columns;
  return found.sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    if (x === y) return column === first || first === undefined ? 0 : compare(first.value(a), first.value(b));
    if (x === null || y === null) return x === null ? 1 : -1;
    return turn * compare(x, y);
  });
}

/**
 * Numbers by size, texts as people count: `region-2` before `region-10`.
 * @param {string | number | null} x
 * @param {string | number | null} y
 */
function compare(x, y) {
  if (typeof x === 'number' && typeof y === 'number') return x - y;
  return String(x).localeCompare(String(y), 'en', { numeric: true });
}

/**
 * @template T
 * @param {{
 *   caption: string, rows: readonly T[], columns: readonly Column<T>[], keyOf: (row: T) => string, hrefOf?: (row: T) => string | null,
 *   sort?: { key: string, desc: boolean }, filterLabel?: string, empty?: any, isCompact?: boolean,
 * }} props `hrefOf`: the path that a row leads to, from its first cell; `filterLabel`: gives the table a filter of that name
 */
export function DataTable({
  caption,
  rows,
  columns,
  keyOf,
  hrefOf,
  sort: first,
  filterLabel,
  empty,
  isCompact,
}) {
  const [sort, setSort] = useState(first ?? { key: '', desc: false });
  const [filter, setFilter] = useState('');
  const [isWhole, setWhole] = useState(false);
  if (rows.length === 0 && empty) return html`<p class="empty">${empty}</p>`;
  const found = arrange(rows, columns, sort, filter);
  const shown = isWhole ? found : found.slice(0, ROWS_FIRST);
  const turn = (/** @type {Column<T>} */ { key, descFirst }) =>
    setSort(sort.key === key ? { key, desc: !sort.desc } : { key, desc: descFirst === true });
  return html`
    ${
      filterLabel &&
      html`<div class="filter">
        <input
          type="search" aria-label=${filterLabel} placeholder=${filterLabel} value=${filter} spellcheck=${false}
          onInput=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => setFilter(event.currentTarget.value)}
        />
        <p class="note" role="status">
          ${filter !== '' && `${count(found.length)} of ${count(rows.length)}`}
        </p>
      </div>`
    }
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table class=${`data ${isCompact ? 'compact' : ''}`}>
        <caption class="visually-hidden">${caption}</caption>
        <thead>
          <tr>
            ${columns.map(
              (column) => html`<th
                scope="col" title=${column.title} class=${column.isNumber ? 'number' : ''}
                aria-sort=${sort.key === column.key ? (sort.desc ? 'descending' : 'ascending') : undefined}
              >
                <button type="button" onClick=${() => turn(column)}>${column.label}<${SortSign} sort=${sort} column=${column.key} /></button>
              </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${shown.map((row) => html`<tr key=${keyOf(row)}>${columns.map((column, i) => cell(column, row, i === 0 ? hrefOf : undefined, i))}</tr>`)}
        </tbody>
      </table>
    </div>
    ${found.length === 0 && html`<p class="empty">Nothing matches “${filter}”.</p>`}
    ${
      found.length > shown.length &&
      html`<p class="more">
        <button type="button" onClick=${() => setWhole(true)}>Show all ${count(found.length)} rows</button>
      </p>`
    }
  `;
}

/** @param {{ sort: { key: string, desc: boolean }, column: string }} props */
const SortSign = ({ sort, column }) =>
  html`<span class="sort" aria-hidden="true">${sort.key === column ? (sort.desc ? '▾' : '▴') : ''}</span>`;

/**
 * @template T
 * @param {Column<T>} column
 * @param {T} row
 * @param {((row: T) => string | null) | undefined} hrefOf
 * @param {number} index
 */
function cell(column, row, hrefOf, index) {
  const content = column.show ? column.show(row) : (column.value(row) ?? '–');
  const name = `${column.isNumber ? 'number' : ''} ${column.class ?? ''}`.trim();
  if (index > 0) return html`<td class=${name}>${content}</td>`;
  const href = hrefOf?.(row);
  return html`<th scope="row" class=${name}>${href ? html`<a href=${link(href)} data-row>${content}</a>` : content}</th>`;
}
