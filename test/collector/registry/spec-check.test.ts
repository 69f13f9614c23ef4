import { expect, it } from 'vitest';
import { languageSchema } from '../../../collector/registry/language.ts';
import { checkSpec, checkWhole } from '../../../collector/registry/spec-check.ts';

const probe = {
  ...{ name: 'web', type: 'http', targets: ['shop'], every: '30s', timeout: '5s' },
  from: 'group:homes + berlin',
};
const wholeWith = (agents: string) => ({
  version: 1,
  targets: [{ name: 'shop', url: 'https://shop.example.com/' }],
  probes: [probe],
  agent_groups: [{ name: 'homes', agents }],
});
const GROWN = Array.from({ length: 40 }, (_, i) => `place-${i}`).join('|');

it('an agent group that grows too long for a probe that names it is refused, whether the probe is in the file or not', () => {
  const known = { targets: new Set(['shop']), groups: new Map() };
  const refused = expect.objectContaining({
    code: 'invalid_spec',
    message: expect.stringContaining('with its groups written out'),
    hint: 'Give the agents a tag, and name that.',
  });
  checkSpec(wholeWith('residential'), known);
  expect(() => checkSpec(wholeWith(GROWN), known)).toThrow(refused);
  checkWhole(languageSchema.parse(wholeWith('residential')));
  expect(() => checkWhole(languageSchema.parse(wholeWith(GROWN)))).toThrow(refused);
  expect(() => checkWhole(languageSchema.parse(wholeWith(GROWN)))).toThrow('the probe web');
});
