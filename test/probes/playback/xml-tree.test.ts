import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAYBACK_LIMITS } from '../../../probes/playback/limits.ts';
import { parseXml } from '../../../probes/playback/xml-tree.ts';

const parse = (text: string) => parseXml(text, () => true);

describe('parseXml', () => {
  it('reads elements, attributes and text, and drops prefixes', () => {
    const root =
      parse(`\ufeff<?xml version="1.0"?><!-- a -- b --><m:MPD xmlns:m="urn:x" type='static' n = "a&amp;&#x41;&#66;">
      <Period id="1"/><BaseURL> http://a/?x=1&amp;y=2 <![CDATA[&raw;]]></BaseURL></m:MPD>`);
    expect(root.tagName).toBe('MPD');
    expect(root.attributes).toEqual([
      { name: 'type', value: 'static' },
      { name: 'n', value: 'a&AB' },
    ]);
    expect(root.childNodes.map(({ tagName }) => tagName)).toEqual(['Period', 'BaseURL']);
    expect(root.childNodes[1]?.textContent.trim()).toBe('http://a/?x=1&y=2 &raw;');
  });

  it('leaves out what is not wanted, with all that is in it', () => {
    const root = parseXml('<a><b><c/></b><c><b/></c></a>', (name) => name !== 'b');
    expect(root.childNodes).toMatchObject([{ tagName: 'c', childNodes: [] }]);
  });

  it('leaves a character that there is not, and an entity that it does not know', () => {
    expect(parse('<a>&#x110000;&nbsp;&#99999999;</a>').textContent).toBe('&#x110000;&nbsp;&#99999999;');
  });

  it.each([
    ['an element that does not end', '<a><b></a>'],
    ['an end without a begin', '<a/></a>'],
    ['a tag that does not end', '<a b="c"'],
    ['an attribute without quotes', '<a b=c/>'],
    ['two roots', '<a/><b/>'],
    ['no root', '<!-- nothing -->'],
    ['text before the root', 'hello <a/>'],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['a comment that does not end', '<a><!-- </a>'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'bad_manifest' }));
  });

  it('refuses elements nested more deeply than its limit', () => {
    const deep = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    expect(() => parse(deep(PLAYBACK_LIMITS.xmlDepth.value - 1))).not.toThrow();
    expect(() => parse(deep(PLAYBACK_LIMITS.xmlDepth.value + 1))).toThrow(/nested/);
  });

  it('ends soon on any text', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '<a',
      '</a>',
      '<a>',
      '/>',
      ' b="',
      '"',
      "'",
      '<!--',
      '-->',
      '<![CDATA[',
      '&',
      'x',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        try {
          parse(pieces.join(''));
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad_manifest' });
        }
      }),
    );
    const started = performance.now();
    for (const unit of ['<a ', '<!--', '<![CDATA[', '<a b="', '</', '<a>&']) {
      expect(() => parse(unit.repeat(200_000))).toThrow();
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
