import { describe, expect, it } from 'vitest';
import { readCommandLine, usage } from '../../../agent/deploy/command-line.ts';
import { SETTINGS } from '../../../agent/settings.ts';

describe('the command line of the single file', () => {
  it('takes every setting, lists several times', () => {
    const args = ['--id', 'a', '--collector', 'http://b:1', '--collector', 'http://c:2', '--takeover'];
    expect(readCommandLine(args)).toEqual({
      action: 'start',
      flags: { id: ['a'], collector: ['http://b:1', 'http://c:2'], takeover: ['true'] },
    });
  });

  it('turns a switch off by --no-', () => {
    expect(readCommandLine(['--no-takeover']).flags).toEqual({ takeover: ['false'] });
  });

  it.each(['help', 'version', 'print-config'])('knows --%s', (word) => {
    expect(readCommandLine([`--${word}`, '--id=a']).action).toBe(word);
  });

  it.each([[['--colour']], [['word']], [['--id']]])('refuses %j', (args) => {
    expect(() => readCommandLine(args)).toThrow(TypeError);
  });

  it('explains every setting by its three names', () => {
    const text = usage('agent');
    for (const { flag, path, variable } of SETTINGS) {
      expect(text).toContain(`--${flag}`);
      expect(text).toContain(`[${variable}, ${path.join('.')}]`);
    }
  });
});
