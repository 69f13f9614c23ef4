import { describe, expect, it } from 'vitest';
import { html, table } from '../../../cli/report/markup.ts';

describe('markup', () => {
  it('escapes what is put in, in text and in attributes, and leaves markup as it is', () => {
    const name = `<b title="x">&'\u202e`;
    expect(
      html`<i title="${name}">${name}${html`<u>${1}</u>`}${[null, false, undefined, 'a', 0]}</i>`.text,
    ).toBe(
      '<i title="&lt;b title=&quot;x&quot;&gt;&amp;&#39;\\u202e">&lt;b title=&quot;x&quot;&gt;&amp;&#39;\\u202e<u>1</u>a0</i>',
    );
  });

  it('makes a table with scopes, numbers to the right, a dash for what is not there; none of no rows', () => {
    const { text } = table(
      'Of two',
      ['name', 'took'],
      [
        ['a', '12.0 ms'],
        ['', null],
      ],
    );
    expect(text).toContain('<th scope="col">name</th><th scope="col" class="n">took</th>');
    expect(text).toContain('<td>–</td><td class="n">–</td>');
    expect(table('None', ['a'], []).text).toBe('');
  });
});
