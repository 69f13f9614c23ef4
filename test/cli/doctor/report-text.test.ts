import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../cli/doctor/check.ts';
import { reportText } from '../../../cli/doctor/report-text.ts';

const finding = (check: string, state: Finding['state'], text: string, why = '', hint = ''): Finding => ({
  check,
  area: 'machine',
  state,
  finding: text,
  why,
  hint,
});

const FINDINGS: readonly Finding[] = [
  finding('node', 'ok', 'Node 24.21.0.'),
  finding('clock-sync', 'skipped', 'timedatectl does not tell whether the clock is set by NTP.'),
  finding(
    'disk',
    'warning',
    '1.2 GB are free on the disk of /var/lib/outrider.',
    'Results take 20 bytes each, merges need as much again for a while.',
    'Free some space, or give --data-dir on another disk',
  ),
  finding(
    'collector',
    'problem',
    'Nobody answers at http://127.0.0.1:7077 (ECONNREFUSED).',
    'Nothing can be asked or changed, and agents keep their results.',
    'npx outrider collector start, or npm run up; --collector URL names another',
  ),
  finding('token', 'unknown', 'No collector was reached.'),
  finding('agents', 'unknown', 'No collector was reached.'),
  finding('browser', 'unknown', 'It did not end within 30 s.', '', 'Once more in a minute'),
];

describe('the report of the doctor', () => {
  it('reads, at 80 columns, from what is wrong to what is well', () => {
    expect(`\n${reportText(FINDINGS, { columns: 80, colours: false })}\n`).toMatchInlineSnapshot(`
      "
      ✗ collector          Nobody answers at http://127.0.0.1:7077 (ECONNREFUSED).
                           Nothing can be asked or changed, and agents keep their
                           results.
                           Try: npx outrider collector start, or npm run up;
                                --collector URL names another

      ! disk               1.2 GB are free on the disk of /var/lib/outrider.
                           Results take 20 bytes each, merges need as much again for a
                           while.
                           Try: Free some space, or give --data-dir on another disk

      ? 2 checks           No collector was reached. So nothing is known of token,
                           agents.

      ? browser            It did not end within 30 s.
                           Try: Once more in a minute

      ✓ node               Node 24.21.0.

      Not looked at:
      – clock-sync         timedatectl does not tell whether the clock is set by NTP.

      7 checks: 1 problem, 1 warning, 3 could not be looked at, 1 well, 1 not asked
      for
      "
    `);
  });

  it('uses a wider terminal', () => {
    expect(`\n${reportText(FINDINGS, { columns: 120, colours: false })}\n`).toMatchInlineSnapshot(`
      "
      ✗ collector          Nobody answers at http://127.0.0.1:7077 (ECONNREFUSED).
                           Nothing can be asked or changed, and agents keep their results.
                           Try: npx outrider collector start, or npm run up; --collector URL names another

      ! disk               1.2 GB are free on the disk of /var/lib/outrider.
                           Results take 20 bytes each, merges need as much again for a while.
                           Try: Free some space, or give --data-dir on another disk

      ? 2 checks           No collector was reached. So nothing is known of token, agents.

      ? browser            It did not end within 30 s.
                           Try: Once more in a minute

      ✓ node               Node 24.21.0.

      Not looked at:
      – clock-sync         timedatectl does not tell whether the clock is set by NTP.

      7 checks: 1 problem, 1 warning, 3 could not be looked at, 1 well, 1 not asked for
      "
    `);
  });

  it('is the same with colours, which are on the signs alone', () => {
    const coloured = reportText(FINDINGS, { columns: 80, colours: true });
    expect(coloured).toContain('\u001b[31m✗\u001b[39m collector');
    expect(stripVTControlCharacters(coloured)).toBe(reportText(FINDINGS, { columns: 80, colours: false }));
  });

  it('makes letters visible that would play tricks on a terminal', () => {
    const evil = finding('regions', 'warning', 'eu\u001b[2Jwest\u202e');
    expect(reportText([evil], { columns: 80, colours: false })).toContain('eu\\x1b[2Jwest\\u202e');
  });
});
