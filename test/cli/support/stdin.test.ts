import { describe, expect, it } from 'vitest';
import { onTerminal } from '../../support/typed-terminal.ts';

describe('what reads a pipe', () => {
  it.each([
    ['a file of probes', ['probes', 'diff', '-f', '-']],
    ['a secret', ['secrets', 'seal', 'api-key', '--to', 'outrider-key:1:x']],
    ['a token', ['contexts', 'add', 'here', '--collector', 'http://127.0.0.1:9', '--token-stdin']],
  ])(
    'does not wait for somebody to type %s (64)',
    async (_what, words) => {
      const { code, shown } = await onTerminal(words, []);
      expect([code, shown]).toEqual([64, expect.stringContaining('stdin is a terminal')]);
    },
    120_000,
  );
});
