// @ts-check
/**
 * Elements without HTML text: names of agents, probes and incidents come from elsewhere, and nothing on this page
 * parses them as markup. The page's policy forbids `innerHTML` altogether.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Record<string, string | number | boolean | undefined>} Attributes */
/** @typedef {(Node | string | null)[]} Children */

/**
 * @param {Element} element
 * @param {Attributes} attributes
 * @param {Children} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
}

/**
 * An HTML element; strings become text.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null)} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/**
 * An SVG element.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  fill(element, attributes, children);
  return element;
}

/**
 * An element that the page holds.
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element #${id}`);
  return element;
}

/**
 * Sets text only when it differs, so that selections and screen readers are left alone.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes `parent` hold one element for each item, in order: kept by key, made when new, removed when gone.
 * @template T
 * @param {Element} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Element} make
 * @param {(element: Element, item: T) => void} update
 */
export function keyed(parent, items, keyOf, make, update) {
  /** @type {Map<string, Element>} */
  const held = new Map();
  for (const child of parent.children) held.set(child.getAttribute('data-key') ?? '', child);
  items.forEach((item, index) => {
    const key = keyOf(item);
    const element = held.get(key) ?? make(item);
    held.delete(key);
    element.setAttribute('data-key', key);
    update(element, item);
    const present = parent.children[index];
    if (present !== element) parent.insertBefore(element, present ?? null);
  });
  for (const gone of held.values()) gone.remove();
}
