import { describe, expect, it } from 'vitest';
import { stripTypes } from '../../../agent/own-probes/strip-types.ts';

describe('types', () => {
  it('are taken out, and every line stays where it was', async () => {
    const [plain] = await stripTypes(['interface A {\n  a: 1;\n}\nexport const a: number = 1;\n']);
    const lines = (plain && 'source' in plain ? plain.source : '').split('\n');
    expect(lines.map((line) => line.trim())).toEqual(['', '', '', 'export const a         = 1;', '']);
  });

  it('are told apart by source: one that cannot be run does not spoil the others', async () => {
    const made = await stripTypes(['const a: number = 1;', 'enum A { a }', 'const b = {', '']);
    expect(made.map((one) => Object.keys(one)[0])).toEqual(['source', 'problem', 'problem', 'source']);
  });

  it('cost nothing where there are none', async () => {
    expect(await stripTypes([])).toEqual([]);
  });
});
