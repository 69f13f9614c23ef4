import { describe, expect, it } from 'vitest';
import { CliError, explain } from '../../../cli/support/cli-error.ts';

describe('an error', () => {
  const error = new CliError('the file cannot be read as it is', {
    why: 'file.yaml:1:3: this is wrong\n    1 | a long line of the file itself\n      |   ^',
    hint: 'mend it',
  });

  it('is as many lines as it has parts where nobody reads it on a terminal', () => {
    expect(explain(error).split('\n')).toEqual([
      'Error: the file cannot be read as it is',
      '  Why: file.yaml:1:3: this is wrong',
      '           1 | a long line of the file itself',
      '             |   ^',
      '  Try: mend it',
    ]);
  });

  it('goes on below its own words on a terminal, and leaves alone what it quotes of a file', () => {
    expect(explain(error, 28).split('\n')).toEqual([
      'Error: the file cannot be',
      '       read as it is',
      '  Why: file.yaml:1:3: this',
      '       is wrong',
      '           1 | a long line of the file itself',
      '             |   ^',
      '  Try: mend it',
    ]);
  });
});
