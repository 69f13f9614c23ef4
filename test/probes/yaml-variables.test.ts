import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { fillVariables } from '../../probes/yaml-variables.ts';

const ENV = { HOST: 'example.net', PORT: '8080', ON: 'true', TRICK: 'a: [1]', EMPTY: '' };
const dollar = '$';

function filled(text: string): unknown {
  const document = parseDocument(text.replaceAll('§', dollar));
  const problems = fillVariables(document, ENV, (path) =>
    path.at(-1) === 'name' ? 'not a name' : undefined,
  );
  return problems.length > 0 ? problems.map(({ message }) => message) : document.toJS();
}

describe('a variable in YAML', () => {
  it.each([
    ['within text', 'url: https://§{HOST}:§{PORT}/', { url: 'https://example.net:8080/' }],
    ['that is a number without quotes, one', 'port: §{PORT}', { port: 8080 }],
    ['that is a switch', 'on: §{ON}', { on: true }],
    ['in quotes, text', 'port: "§{PORT}"', { port: '8080' }],
    ['that is not set, its default', 'url: §{NOWHERE:-https://a.b/}', { url: 'https://a.b/' }],
    ['that is empty, its default', 'url: §{EMPTY:-x}', { url: 'x' }],
    ['never as structure', 'url: §{TRICK}', { url: 'a: [1]' }],
    [
      'that is meant literally, itself',
      'body: §§{HOST} costs 5§',
      { body: `${dollar}{HOST} costs 5${dollar}` },
    ],
    ['not at all where none is written', 'body: §HOST', { body: `${dollar}HOST` }],
  ])('is filled in %s', (_what, text, expected) => {
    expect(filled(text)).toEqual(expected);
  });

  it.each([
    ['is not set', 'url: §{NOWHERE}', 'the variable NOWHERE is not set'],
    ['is misspelt', 'url: §{NO-WHERE}', 'is no variable'],
    ['is not closed', 'url: §{HOST', 'is no variable'],
    ['is a key', '"§{HOST}": 1', 'a key cannot come from a variable'],
    ['stands where none may', 'name: §{HOST}', 'not a name'],
    ['looks like a secret', 'url: §{DB_PASSWORD}', 'looks like a secret'],
  ])('that %s is a mistake', (_what, text, message) => {
    expect(filled(text)).toEqual([expect.stringContaining(message)]);
  });
});
