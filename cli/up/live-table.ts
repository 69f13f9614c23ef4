/** What `up` keeps on the terminal: a table of regions, open incidents, and the equation of the results. */
import { styleText } from 'node:util';
import type { ShownIncidentJson } from '../../collector/api/answers/incidents.ts';
import type { OverviewJson } from '../../collector/api/answers/overview.ts';
import { cellText } from '../support/cell-text.ts';
import { formatTable } from '../support/output.ts';
import type { Terminal } from '../support/terminal.ts';
import { wrap } from '../support/wrap.ts';

export interface LiveView {
  readonly overview: OverviewJson;
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

/** Lines for a terminal; columns that it has no room for are left out. */
export function renderLive(view: LiveView, screen: Pick<Terminal, 'colours' | 'columns'>): string {
  const { colours, columns } = screen;
  const { overview, seconds, forSeconds } = view;
  const paint = (colour: 'green' | 'red' | 'gray' | 'bold', text: string): string =>
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
    ...['region', 'state', 'agents', 'video start p50'],
    ...[{ text: 'first frame p50', spare: 2 }, { text: 'ttfb p50', spare: 3 }, 'ttfb p95'],
    ...[{ text: 'upload p50', spare: 1 }, 'success'],
  ];
  const [head = '', ...table] = formatTable(headers, rows, screen).split('\n');
  const { totals } = overview;
  return [
    `${paint('bold', 'Outrider')}  ${view.dashboard}  ${clock}`,
    '',
    paint('gray', head),
    ...table,
    ...inLines(
      `figures of the last ${overview.window.seconds} s; VIDEO START in a real browser, FIRST FRAME as the light probe predicts it`,
      columns,
    ).map((line) => paint('gray', line)),
    ...disturbedLine(overview).flatMap((line) => inLines(line, columns)),
    '',
    ...view.faults.flatMap((fault) => inLines(`injected now: ${fault}`, columns)),
    ...incidentLines(overview.incidents, columns, paint),
    ...inLines(
      `results: ${totals.expected} expected = ${totals.stored} stored + ${totals.pending} pending + ${totals.missed} missed + ${totals.dropped} dropped; ${totals.duplicates} duplicates`,
      columns,
    ).map((line) => paint('gray', line)),
  ].join('\n');
}

/** From here on it is the machine that is watched, and not the video. */
const DISTURBED_SHARE = 0.1;

/** Whoever sees no incident must know whether there was anything to see. */
function disturbedLine({ regions }: OverviewJson): string[] {
  const sum = (of: (runs: OverviewJson['regions'][number]['runs']) => number): number =>
    regions.reduce((total, { runs }) => total + of(runs), 0);
  const disturbed = sum((runs) => runs.disturbed);
  const all = disturbed + sum((runs) => runs.ok + runs.fail);
  if (disturbed <= DISTURBED_SHARE * all) return [];
  return [
    `${disturbed} of ${all} runs were held up by this machine and are left out, so that little can be detected: end other programs, or use --agents 1`,
  ];
}

const inLines = (text: string, columns: number): string[] => wrap(cellText(text), columns);

const MARK_COLUMNS = 'resolved '.length;

function incidentLines(
  incidents: readonly ShownIncidentJson[],
  columns: number,
  paint: (colour: 'green' | 'red', text: string) => string,
): string[] {
  if (incidents.length === 0) return ['incidents: none'];
  return incidents.flatMap(({ status, summary }) => {
    const mark = status === 'open' ? paint('red', 'OPEN    ') : paint('green', 'resolved');
    return inLines(summary, columns - MARK_COLUMNS).map((line, i) =>
      i === 0 ? `${mark} ${line}` : `${' '.repeat(MARK_COLUMNS)}${line}`,
    );
  });
}
