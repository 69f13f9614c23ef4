/** What a report is made of, with any field replaced: an hour of one slow region, a failed run, a suspect. */
import type { ReportData } from '../../../cli/report/gather.ts';
import type { RunJson } from '../../../collector/api/answers/checks.ts';
import type { Evidence } from '../../../probes/evidence.ts';
import { resultJsonOf } from '../../support/result-json.ts';
import { OPEN } from '../incident/incidents.ts';

const START = Date.parse('2026-11-21T11:18:00Z');
const FAULT = 30;
const iso = (minute: number): string => new Date(START + minute * 60_000).toISOString();

export const EVIDENCE: Evidence = {
  dials: [],
  requests: [
    { method: 'GET', url: 'https://cdn.example/x.mp4', startMs: 0, headers: {}, status: 503, headMs: 40 },
  ],
  requestsLeftOut: 0,
  phases: [
    { name: 'dns', startMs: 0, durationMs: 4 },
    { name: 'ttfb', startMs: 4, durationMs: 36, note: '503' },
  ],
  screenshot: { type: 'image/jpeg', base64: '/9j/4AAQSkZJRg==' },
};

export const RUN: RunJson = {
  ...resultJsonOf({
    ...{ target: 'clips', scheduled_at: iso(41), outcome: 'fail' },
    ...{ layer: 'http', blame: 'target', code: 'status', message: 'HTTP 503' },
  }),
  evidence: EVIDENCE,
};

export function reportData(more: Partial<ReportData> = {}): ReportData {
  return {
    incident: {
      ...OPEN,
      ...{ status: 'resolved', resolved_at: '2026-11-21T11:58:00.000Z' },
      evidence: {
        ...OPEN.evidence,
        sight: [
          { region: 'eu-west', raised: ['eu-west-1'], well: [], silent: [], no_data: [], left_out: 0 },
          { region: 'us-east', raised: [], well: ['us-east-1'], silent: [], no_data: [], left_out: 0 },
        ],
        changes: [
          {
            ...{ at_ms: START + 28 * 60_000, kind: 'deploy', name: 'edge-7', text: 'a build' },
            ...{ where: {}, relearn: false, lead_ms: 120_000 },
          },
        ],
      },
      timeline: [{ at: iso(30), what: 'began', text: '' }],
      notifications: [
        {
          ...{
            event: 'incident.opened',
            route: 'pages',
            receiver: 'pager',
            status: 'delivered',
            attempts: 1,
          },
          ...{ id: 'n1', title: '', error: '', created_at: iso(31), due_at: null, done_at: iso(31) },
        },
      ],
    },
    series: {
      ...{ metric: 'ttfb_ms', unit: 'ms', since: iso(0), until: iso(42), step_seconds: 60 },
      pagination: { limit: 42, next: null },
      data: Array.from({ length: 42 }, (_, i) => ({
        at: iso(i),
        inside: {
          ok: 3,
          fail: i >= FAULT ? 1 : 0,
          missed: 0,
          p50: i >= FAULT ? 400 : 30,
          tail: i >= FAULT ? 500 : 40,
        },
        elsewhere: { ok: 6, fail: 0, missed: 0, p50: i === 9 ? null : 28, tail: 35 },
      })),
    },
    regions: {
      step_seconds: 60,
      data: ['us-east', 'eu-west'].flatMap((region) =>
        Array.from({ length: 42 }, (_, i) => ({
          ...{ region, step: iso(i), metric: 'ttfb_ms', ok: 3, fail: 0 },
          p50: region === 'eu-west' && i >= FAULT ? 400 : 30,
        })),
      ),
    },
    runs: [RUN],
    changes: [],
    lacking: [],
    ...more,
  };
}
