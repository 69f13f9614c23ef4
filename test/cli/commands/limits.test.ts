import { describe, expect, it } from 'vitest';
import { AGENT_LIMITS } from '../../../agent/limits.ts';
import { LIMIT_PARTS, limitRows, unitOf, valueText } from '../../../cli/support/limit-table.ts';
import { outrider } from '../../support/outrider.ts';

describe('outrider limits', () => {
  it('shows every limit of every part, and needs no collector', async () => {
    const { code, stdout } = await outrider('limits', '-o', 'json');
    expect(code).toBe(0);
    const { data } = JSON.parse(stdout);
    const count = LIMIT_PARTS.reduce((sum, { limits }) => sum + Object.keys(limits).length, 0);
    expect(data).toHaveLength(count);
    expect(data).toContainEqual({
      ...{ part: 'agent', name: 'spoolBytes', value: AGENT_LIMITS.spoolBytes.value, unit: 'bytes' },
      reason: AGENT_LIMITS.spoolBytes.reason,
      past: AGENT_LIMITS.spoolBytes.past,
    });
  });

  it('shows those of one part as a table or as Markdown', async () => {
    const table = await outrider('limits', 'link');
    expect(table.stdout).toMatch(/^PART +LIMIT +VALUE +PAST IT +REASON$/m);
    expect(table.stdout).toMatch(/^link +frameBytes +1 MiB +The session is closed with 1009\./m);
    expect(table.stdout).not.toContain('spoolBytes');
    const markdown = await outrider('limits', 'link', '-o', 'md');
    expect(markdown.stdout).toContain(
      '| part | limit | value | past it | reason |\n| --- | --- | --- | --- | --- |',
    );
    expect(markdown.stdout.trim().split('\n')).toHaveLength(limitRows('link').length + 2);
  });

  it('names the parts when asked for one that there is not', async () => {
    const { code, stderr } = await outrider('limits', 'agnt');
    expect(code).toBe(64);
    expect(stderr).toContain('there is no part "agnt"');
    expect(stderr).toContain('Try: outrider limits agent');
  });
});

describe('a limit', () => {
  it.each([
    ['spoolAgeMs', 'ms'],
    ['everyMinMs', 'ms'],
    ['frameBytes', 'bytes'],
    ['bytes', 'bytes'],
    ['querySeconds', 's'],
    ['drainPerSecond', '1/s'],
    ['nameLength', 'characters'],
    ['attributeChars', 'characters'],
    ['sessions', ''],
    ['fullShare', ''],
  ])('%s has the unit that its name ends in: %j', (name, unit) => {
    expect(unitOf(name)).toBe(unit);
  });

  it.each([
    [{ value: 90_000, unit: 'ms' }, '90s'],
    [{ value: 64 * 1024 * 1024, unit: 'bytes' }, '64 MiB'],
    [{ value: 1500, unit: 'bytes' }, '1,500 bytes'],
    [{ value: 20_000, unit: '' }, '20,000'],
    [{ value: 0.05, unit: '' }, '0.05'],
    [{ value: 30, unit: 's' }, '30 s'],
  ])('of %j is read as %j', (row, text) => {
    expect(valueText(row)).toBe(text);
  });
});
