import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

describe('parseOptions', () => {
  it('has both engines for two minutes by default, two collectors on the server', () => {
    expect(parseOptions([])).toEqual({
      ...{ seed: 1, minutes: 2, engines: ['embedded', 'server'], agents: 4, collectors: 2 },
      ...{ json: false, disk: undefined },
    });
  });

  it('takes a seed, a time, an engine and JSON', () => {
    const words = '--seed 42 --minutes 0.5 --engine server --collectors 1 --agents 2 --disk pages -o json';
    expect(parseOptions(words.split(' '))).toEqual({
      ...{ seed: 42, minutes: 0.5, engines: ['server'], agents: 2, collectors: 1, json: true, disk: 'pages' },
    });
  });

  it.each([
    '--seed x',
    '--seed -1',
    '--seed 1.5',
    '--minutes 0',
    '--minutes long',
    '--engine both-of-them',
    '--agents 17',
    '--collectors 0',
    '--disk floppy',
    '-o yaml',
    '--unknown',
    'word',
  ])('refuses %s', (words) => {
    expect(() => parseOptions(words.split(' '))).toThrow(UsageError);
  });
});
