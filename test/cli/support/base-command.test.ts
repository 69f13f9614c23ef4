import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { start } from '../../support/outrider.ts';

describe('a flag that may be given several times', () => {
  it('is a list when a variable says it, too', async () => {
    const collector = (urls: string) =>
      start(['collector', 'start', '--port', '0'], { OUTRIDER_CLICKHOUSE: urls }).finished;
    const several = await collector('http://127.0.0.1:2,http://127.0.0.1:3');
    expect(several).toMatchObject({
      code: EXIT.usage,
      stderr: expect.stringContaining('2 ClickHouse servers are given'),
    });
    expect(await collector('http://127.0.0.1:2')).toMatchObject({
      code: EXIT.unreachable,
      stderr: expect.stringContaining('ClickHouse does not answer'),
    });
  });
});
