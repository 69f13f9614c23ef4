/** What `up` keeps on the terminal: a table of regions, open incidents, and the equation of the results. */
import { styleText } from 'node:util';
import type { IncidentJson, Overview } from '../support/api-types.ts';
import { cellText } from '../support/cell-text.ts';
import { formatTable } from '../support/output.ts';

const STATE_COLOURS = { ok: 'green', degraded: 'red', silent: 'yellow', unknown: 'gray' } as const;

export interface LiveView {
  readonly overview: Overview;
  readonly dashboard: string;
  /** Seconds since the fleet was ready, and how many are asked for. */
  readonly seconds: number;
  readonly forSeconds: number | undefined;
  /** Faults that are active now, as the user wrote them. */
  readonly faults: readonly string[];
}

const ms = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${Math.round(value)} ms`;
const mbit = (bps: number | null | undefined): string =>
  bps === null || bps === undefined ? '–' : `${(bps / 1e6).toFixed(1)} Mbit/s`;
const percent = (ratio: number | null | undefined): string =>
  ratio === null || ratio === undefined ? '–' : `${(ratio * 100).toFixed(1)} %`;

/** Lines for the terminal; colours only when asked for. */
export function renderLive(view: LiveView, colours: boolean): string {
  const { overview, seconds, forSeconds } = view;
  const paint = (colour: 'green' | 'red' | 'yellow' | 'gray' | 'bold', text: string): string =>
    colours ? styleText(colour, text, { validateStream: false }) : text;
  const clock =
    forSeconds === undefined ? `${Math.round(seconds)} s` : `${Math.round(seconds)} of ${forSeconds} s`;
  const rows = overview.regions.map((region) => [
    region.region,
    region.state,
    `${region.agents.connected} of ${region.agents.total}`,
    ms(region.video_startup_ms.p50),
    ms(region.first_frame_ms.p50),
    ms(region.ttfb_ms.p50),
    ms(region.ttfb_ms.p95),
    mbit(region.upload_goodput_bps.p50),
    percent(region.success_ratio),
  ]);
  const headers = [
    'region',
    'state',
    'agents',
    'video start p50',
    'first frame p50',
    'ttfb p50',
    'ttfb p95',
    'upload p50',
    'success',
  ];
  const [head = '', ...body] = formatTable(headers, rows).split('\n');
  const table = body.map((line, i) => {
    const state = overview.regions[i]?.state ?? 'unknown';
    return line.replace(` ${state} `, ` ${paint(STATE_COLOURS[state], state)} `);
  });
  const { totals } = overview;
  return [
    `${paint('bold', 'Outrider')}  ${view.dashboard}  ${clock}`,
    '',
    paint('gray', head),
    ...table,
    paint(
      'gray',
      `figures of the last ${overview.window.seconds} s; VIDEO START in a real browser, FIRST FRAME as the light probe predicts it`,
    ),
    ...disturbedLine(overview),
    '',
    ...view.faults.map((fault) => `injected now: ${fault}`),
    ...incidentLines(overview.incidents, paint),
    paint(
      'gray',
      `results: ${totals.expected} expected = ${totals.stored} stored + ${totals.pending} pending + ${totals.missed} missed + ${totals.dropped} dropped; ${totals.duplicates} duplicates`,
    ),
  ].join('\n');
}

/** From here on it is the machine that is watched, and not the video. */
const DISTURBED_SHARE = 0.1;

/** Whoever sees no incident must know whether there was anything to see. */
function disturbedLine({ regions }: Overview): string[] {
  const sum = (of: (runs: Overview['regions'][number]['runs']) => number): number =>
    regions.reduce((total, { runs }) => total + of(runs), 0);
  const disturbed = sum((runs) => runs.disturbed);
  const all = disturbed + sum((runs) => runs.ok + runs.fail);
  if (disturbed <= DISTURBED_SHARE * all) return [];
  return [
    `${disturbed} of ${all} runs were held up by this machine and are left out, so that little can be detected: end other programs, or use --agents 1`,
  ];
}

function incidentLines(
  incidents: readonly IncidentJson[],
  paint: (colour: 'green' | 'red', text: string) => string,
): string[] {
  if (incidents.length === 0) return ['incidents: none'];
  return incidents.map((incident) => {
    const mark = incident.status === 'open' ? paint('red', 'OPEN    ') : paint('green', 'resolved');
    return `${mark} ${cellText(incident.summary)}`;
  });
}
