/** Elements without an end tag (HTML §13.1.2), and those of SVG that are written closed. */
const VOID = new Set(['meta', 'img', 'br', 'hr', '!doctype']);

/** What of a page is not closed, or closed in another order than it was opened. */
export function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, end, name = '', closed] of page.matchAll(
    /<(\/?)([a-zA-Z!][a-zA-Z0-9]*)(?:"[^"]*"|[^">])*?(\/?)>/g,
  )) {
    if (VOID.has(name) || closed === '/') continue;
    if (end === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else wrong.push(`</${name}> within <${open.at(-1)}>`);
  }
  return [...wrong, ...open.map((name) => `<${name}>`)];
}
