/**
 * A small strict reader of XML for manifests of strangers: elements that are asked for, their attributes and text. No
 * document type, no entities of its own, no namespaces: prefixes are dropped. The shape is the part of the DOM that
 * mpd-parser reads.
 */
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';

export interface XmlElement {
  readonly tagName: string;
  readonly attributes: { readonly name: string; readonly value: string }[];
  readonly childNodes: XmlElement[];
  textContent: string;
}

const TOKEN = /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<!|<\/\s*([^\s>]+)\s*>|<([^\s/>]+)/y;
const ATTRIBUTE = /\s+([^\s=/>]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The root of a document, without the elements that are not `wanted`. @throws MediaError bad_manifest when it is not well-formed. */
export function parseXml(text: string, wanted: (tagName: string) => boolean): XmlElement {
  return new XmlReader(text, wanted).document();
}

class XmlReader {
  readonly #text: string;
  readonly #wanted: (tagName: string) => boolean;
  #at = 0;

  constructor(text: string, wanted: (tagName: string) => boolean) {
    this.#text = text;
    this.#wanted = wanted;
  }

  document(): XmlElement {
    const root: XmlElement = element('');
    const open: { readonly node: XmlElement; readonly isKept: boolean }[] = [{ node: root, isKept: true }];
    for (;;) {
      const top = open.at(-1) as (typeof open)[number];
      this.#content(top.node, open.length === 1);
      if (this.#at >= this.#text.length) break;
      const [token, , closing, opening] = this.#match(TOKEN) ?? this.#fail('a stray <');
      if (closing !== undefined) {
        if (open.length === 1 || local(closing) !== top.node.tagName) this.#fail(`a stray </${closing}>`);
        open.pop();
      } else if (opening !== undefined) {
        const node = element(local(opening));
        const isKept = top.isKept && this.#wanted(node.tagName);
        if (isKept) top.node.childNodes.push(node);
        if (!this.#attributes(node)) open.push({ node, isKept });
        if (open.length > PLAYBACK_LIMITS.xmlDepth.value) this.#fail('elements nested too deeply');
      } else if (token === '<!') this.#fail('a document type, which no manifest needs');
      else if (token.startsWith('<![CDATA[')) top.node.textContent += token.slice(9, -3);
    }
    const [only, second] = root.childNodes;
    if (open.length > 1) this.#fail(`an end in the middle of <${open.at(-1)?.node.tagName}>`);
    return only && !second ? only : this.#fail('no root element of the kind');
  }

  #content(node: XmlElement, isOutside: boolean): void {
    const next = this.#text.indexOf('<', this.#at);
    const end = next === -1 ? this.#text.length : next;
    const text = this.#text.slice(this.#at, end);
    this.#at = end;
    if (!isOutside) node.textContent += decoded(text);
    else if (text.replace(/^\ufeff/, '').trim() !== '') this.#fail('text outside of any element');
  }

  /** Reads to the end of the tag; true when it closes itself. */
  #attributes(node: XmlElement): boolean {
    for (;;) {
      const attribute = this.#match(ATTRIBUTE);
      if (!attribute) break;
      const [, name = '', double, single] = attribute;
      // Names with a prefix are of other standards, `__proto__` and its like of nobody's.
      if (name.includes(':') || name.startsWith('__')) continue;
      node.attributes.push({ name, value: decoded(double ?? single ?? '') });
    }
    const [, slash] = this.#match(TAG_END) ?? this.#fail(`a tag <${node.tagName}> that does not end`);
    return slash === '/';
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match ?? undefined;
  }

  #fail(what: string): never {
    throw new MediaError('bad_manifest', `it is not well-formed XML: ${what} at character ${this.#at}`);
  }
}

function element(tagName: string): XmlElement {
  return { tagName, attributes: [], childNodes: [], textContent: '' };
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,8}));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
