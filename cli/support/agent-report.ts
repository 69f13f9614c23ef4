/** How an agent is shown: what is wrong first, then the equation and its rows, then how it is. */

import type { AgentHealthJson, AgentWhyJson } from '../../collector/api/answers/fleet.ts';
import { formatBytes, formatSpan } from '../../probes/quantity-text.ts';
import { cellText } from './cell-text.ts';
import { paragraph } from './note.ts';
import { formatTable } from './output.ts';
import { timeText } from './time-text.ts';

/** Lines for a terminal. */
export function whyLines(why: AgentWhyJson): string[] {
  return [
    headLine(why),
    '',
    ...findingLines(why),
    '',
    why.equation,
    `  (slots since ${timeText(why.ledger.since)} UTC)`,
    '',
    formatTable(
      ['slots', 'what', 'why', 'meaning'],
      why.ledger.rows.map(({ slots, kind, reason, meaning }) => [slots, kind, reason, meaning]),
    ),
    '',
    formatTable(['how it is', ''], stateRows(why)),
    ...errorLines(why),
  ];
}

function headLine({
  id,
  region,
  state,
  collector,
  connected_since,
  stopped_at,
  last_seen_at,
}: AgentWhyJson): string {
  const at = collector === '' ? '' : ` at ${cellText(collector)}`;
  const standing =
    state === 'stopped'
      ? `stopped ${timeText(stopped_at)} UTC`
      : state === 'silent'
        ? `silent, last heard ${timeText(last_seen_at)} UTC${at}`
        : `connected${at}${connected_since === null ? '' : ` since ${timeText(connected_since)} UTC`}`;
  return `${cellText(id)} (${cellText(region)}): ${standing}`;
}

function findingLines({ findings }: AgentWhyJson): string[] {
  return findings.flatMap(({ level, what, hint }) => [
    paragraph(`${level === 'problem' ? '!' : '·'} ${what}`, '  '),
    ...(hint === '' ? [] : [paragraph(`  Try: ${hint}`, '    ')]),
  ]);
}

function stateRows(why: AgentWhyJson): [string, string][] {
  const { health, last_hour, schedule } = why;
  const always: [string, string][] = [
    ['software', `${why.software}, boot ${why.boot}`],
    ['checks', String(why.assignments)],
    ['schedule', scheduleText(schedule.revision, health?.schedule_revision)],
  ];
  if (health === null) return [...always, ['health', 'it has not said how it is']];
  const p99 = last_hour.lateness_p99_ms;
  return [
    ...always,
    ['heard', timeText(health.at)],
    ['clock', clockText(health.clock_offset_ms)],
    [
      'lateness',
      `${p99 === null ? 'no run in the last hour' : `p99 ${formatSpan(p99)} in the last hour`}${
        health.lateness_ms === null ? '' : `, ${formatSpan(health.lateness_ms)} lately`
      }`,
    ],
    ['spool', spoolText(health)],
    ...lanesRows(health),
    ['link', linkText(health)],
    [
      'process',
      `${formatBytes(health.rss_bytes)}, ${(health.cpu_ratio * 100).toFixed(0)} % CPU, event loop held up ${formatSpan(health.event_loop_delay_ms)}`,
    ],
    ['dropped', countsText(last_hour.dropped, 'nothing in the last hour')],
    ['last error', health.last_error],
  ];
}

function scheduleText(sent: number, held: number | undefined): string {
  if (sent === 0) return held === undefined ? '–' : `it follows ${held}`;
  if (held === undefined || held === sent) return `revision ${sent}`;
  return `it follows ${held}, and was sent ${sent}`;
}

/** The offset is the collector's clock minus the agent's. */
function clockText(offsetMs: number): string {
  const span = formatSpan(Math.abs(offsetMs));
  if (Math.abs(offsetMs) < 1) return 'as the collector’s';
  return offsetMs < 0 ? `${span} ahead of the collector’s` : `${span} behind the collector’s`;
}

function spoolText({ pending, spool }: AgentHealthJson): string {
  if (spool === null) return `${pending} results`;
  const oldest = spool.oldest_age_ms > 0 ? `, the oldest ${formatSpan(spool.oldest_age_ms)} old` : '';
  const refusing = spool.refusing ? '; the disk takes no writes' : '';
  return `${pending} results, ${spool.in_flight} of them sent; ${formatBytes(spool.bytes)} of ${formatBytes(spool.bytes_max)}${oldest}, kept for ${formatSpan(spool.age_max_ms)}${refusing}`;
}

function lanesRows({ running, lanes }: AgentHealthJson): [string, string][] {
  if (lanes === null) return [['runs', `${running} under way`]];
  const { light, browser } = lanes;
  return [
    [
      'runs',
      `light ${light.running} + ${light.waiting} waiting, browser ${browser.running} + ${browser.waiting} waiting`,
    ],
  ];
}

function linkText({ link }: AgentHealthJson): string {
  if (link === null) return '–';
  const { sessions, collector, collectors } = link;
  return `${sessions} session${sessions === 1 ? '' : 's'} since it started; collector ${collector} of the ${collectors} in its list`;
}

function countsText(counts: Readonly<Record<string, number>>, none: string): string {
  const entries = Object.entries(counts);
  return entries.length === 0 ? none : entries.map(([reason, count]) => `${reason} ${count}`).join(', ');
}

function errorLines({ last_hour: { errors } }: AgentWhyJson): string[] {
  if (errors.length === 0) return [];
  return [
    '',
    formatTable(
      ['its own failures', 'layer', 'last hour', 'last at', 'message'],
      errors.map(({ code, layer, count, last_at, message }) => [
        code,
        layer,
        count,
        timeText(last_at),
        message,
      ]),
    ),
  ];
}
