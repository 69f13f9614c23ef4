import { describe, expect, it } from 'vitest';
import { missingSecret, secretNameParam, secretVariable } from '../../probes/secret-name.ts';

describe('the name of a secret', () => {
  it.each(['a', 'A9', 'cdn-token', 'cdn_token', '0x', 'n'.repeat(64)])('may be %s', (name) => {
    expect(secretNameParam.parse(name)).toBe(name);
  });

  // It is a file name too: nothing leads out of the folder of the credentials.
  it.each(['', '-a', '_a', '.', '..', '../x', 'a/b', 'a.b', 'a b', 'ä', 'a\n', 'n'.repeat(65)])(
    'is not %j',
    (name) => expect(secretNameParam.safeParse(name).success).toBe(false),
  );

  it('in upper case, with _ for -, is that of the variable', () => {
    expect(secretVariable('cdn-token_2')).toBe('OUTRIDER_SECRET_CDN_TOKEN_2');
  });

  it('that the agent does not know is told with what to set where', () => {
    const message = missingSecret('cdn-token');
    expect(message).toContain('OUTRIDER_SECRET_CDN_TOKEN ');
    expect(message).toContain('LoadCredential=cdn-token:');
  });
});
