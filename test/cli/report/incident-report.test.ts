import { describe, expect, it } from 'vitest';
import type { ReportData } from '../../../cli/report/gather.ts';
import { incidentReport } from '../../../cli/report/incident-report.ts';
import { REPORT_LIMITS } from '../../../cli/report/limits.ts';
import { EVIDENCE, RUN, reportData } from './report-data.ts';
import { unbalanced } from './unbalanced.ts';

const NOW = Date.parse('2026-11-21T12:30:00Z');
const report = (more: Partial<ReportData> = {}): string => incidentReport(reportData(more), { nowMs: NOW });

/** Would run, load, close what is open, or turn around what is read. */
const EVIL = `"'><script>alert(1)</script><img src=x onerror=alert(1)></style></svg></title>&lt;\u202e\u0000`;

/** The same data with every text in it replaced; what is an instant or one of a few words stays. */
function poisoned(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => poisoned(one, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poisoned(one, name)]));
  const isOurs = /(_at|^at|^step|^since|^until|^status|^scope_kind|^base64)$/.test(key);
  return typeof value === 'string' && !isOurs ? EVIL : value;
}

describe('a report of an incident', () => {
  const text = report();

  it('has what a post-mortem needs: summary, impact, plots, timeline, suspects, evidence, who was told, meanings, commands', () => {
    const titles = [...text.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      ...[
        'Impact',
        'How it went',
        'Timeline',
        'Suspects',
        'Evidence: numbers',
        'Evidence: runs',
        'Who was told',
      ],
      ...['What the numbers mean', 'To look for yourself'],
    ]);
    for (const part of [
      'RESOLVED after 10 min',
      '<b>10</b> <span>runs failed there of 40 (25.0 %)',
      'region sees it: eu-west',
      'suspect: deploy edge-7',
      'eu-west: affected',
      'us-east: not affected',
      'pager',
      'outrider results get eu-west-1/b/7',
      'data:image/jpeg;base64,/9j/',
    ])
      expect(text).toContain(part);
  });

  it('marks when it began, was detected and ended, and what was changed, in the order of time', () => {
    const marks = [...text.matchAll(/<b class="tag ([a-z]+)">([A-Z])<\/b>/g)].map(([, kind, letter]) => [
      letter,
      kind,
    ]);
    expect(marks).toEqual([
      ['A', 'change'],
      ['B', 'began'],
      ['C', 'detected'],
      ['D', 'resolved'],
    ]);
  });

  it('has a title, a description and a table for each plot', () => {
    const plots = text.match(/<svg[^>]*role="img"/g) ?? [];
    expect(plots.length).toBeGreaterThanOrEqual(5);
    expect(text.match(/<desc id=/g)?.length).toBe(plots.length);
    expect(text.match(/<summary>The same as a table<\/summary>/g)?.length).toBe(plots.length);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, names = ''] of text.matchAll(/aria-labelledby="([^"]+)"/g))
      for (const name of names.split(' ')) expect(ids).toContain(name);
  });

  it('closes what it opens, runs nothing and loads nothing', () => {
    expect(unbalanced(text)).toEqual([]);
    expect(text).not.toMatch(/<(script|link|iframe|object|embed|form|base)\b/i);
    expect(text).not.toMatch(/\s(src|href|srcset|action|on[a-z]+)=(?!"data:image\/jpeg;base64,)/i);
    expect(text).not.toMatch(/url\(|@import/);
  });

  it('lets no text of others become markup, wherever it stands', () => {
    const evil = incidentReport(poisoned(reportData()) as ReportData, {
      nowMs: NOW,
      way: ['--collector', EVIL],
    });
    expect(evil).toContain('&lt;script&gt;');
    expect(unbalanced(evil)).toEqual([]);
    expect(evil).not.toMatch(/<script|<img src=x|\u202e/);
    expect(evil).not.toContain('\0');
    const tags = (page: string) => new Set([...page.matchAll(/<([a-z1-6]+)/g)].map(([, name]) => name));
    expect([...tags(evil)].filter((name) => !tags(text).has(name))).toEqual([]);
  });

  it('shows a picture only where it is one', () => {
    const evidence = { ...EVIDENCE, screenshot: { type: 'image/jpeg' as const, base64: '/9j/"><b>' } };
    expect(report({ runs: [{ ...RUN, evidence }] })).not.toContain('data:image');
  });

  it('says what is no longer kept, and is whole without it', () => {
    const { incident, series } = reportData();
    const nothing = { ok: 0, fail: 0, missed: 0, p50: null, tail: null };
    const past = series && {
      ...series,
      data: series.data.map(({ at }) => ({ at, inside: nothing, elsewhere: nothing })),
    };
    const runs = [{ ...RUN, evidence: null }];
    const later = report({ incident, series: past, regions: undefined, runs });
    expect(later).toContain('Nothing is kept of that time any more');
    expect(later).toContain('What these runs saw is not kept, or no longer.');
    expect(later).toContain('is not known any more');
    expect(unbalanced(later)).toEqual([]);
    const bare = report({ series: undefined, lacking: ['its course: HTTP 404'], runs: [] });
    expect(bare).toContain('Not in this report: its course: HTTP 404');
  });

  it('is of failures where there is no metric, and as large as it may be at most', () => {
    const { series } = reportData();
    const silent = report({ series: series && { ...series, metric: null } });
    expect(silent).toContain('Share of runs that failed, region by region');
    expect(silent).not.toContain('p50 here');
    const body = 'x'.repeat(2000);
    const [request] = EVIDENCE.requests;
    const large = {
      ...EVIDENCE,
      requests: request ? Array(24).fill({ ...request, body, bodyBytes: 2000 }) : [],
    };
    const many = report({ runs: Array(60).fill({ ...RUN, evidence: large }) });
    expect(Buffer.byteLength(many)).toBeLessThanOrEqual(REPORT_LIMITS.bytes.value);
    expect(many).toContain('the report would be larger than it may be');
  });

  it('has no more regions and rows than people compare, and says how many it leaves out', () => {
    const { incident, regions } = reportData();
    const [row] = regions?.data ?? [];
    const names = Array.from({ length: REPORT_LIMITS.regions.value + 3 }, (_, i) => `region-${i}`);
    const timeline = Array.from({ length: REPORT_LIMITS.rows.value + 5 }, () => ({
      at: '',
      what: 'x',
      text: '',
    }));
    const wide = report({
      regions: { step_seconds: 60, data: row ? names.map((region) => ({ ...row, region })) : [] },
      incident: { ...incident, timeline },
    });
    expect(wide).toContain('3 more regions are left out.');
    expect(wide).toContain('5 more rows are left out.');
  });
});
