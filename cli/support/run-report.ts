/** How one run is shown: its end, its waterfall, its numbers with their units, its facts. */
import type { Finding } from '../../probes/probe.ts';
import { renderWaterfall } from '../../probes/waterfall.ts';
import { cellText } from './cell-text.ts';
import { metricText } from './metric-text.ts';
import { formatTable } from './output.ts';
import type { HereRun } from './run-here.ts';

/** Lines for a terminal of `width` columns. */
export function reportLines(run: HereRun, width: number): string[] {
  const { result } = run;
  const end =
    result.outcome === 'ok'
      ? 'ok'
      : `FAILED in ${result.failure.layer}: ${result.failure.code}, blame ${result.failure.blame}`;
  const lines = [`${run.probe} → ${cellText(run.url)}   ${end}   ${metricText('run_ms', run.durationMs)}`];
  if (result.outcome === 'fail') lines.push(`  ${cellText(result.failure.message)}`);
  lines.push('', ...renderWaterfall(result.phases, { width }), '');
  const metrics = Object.entries(result.metrics).map(([name, value]) => [name, metricText(name, value ?? 0)]);
  if (metrics.length > 0) lines.push(formatTable(['metric', 'value'], metrics), '');
  const attributes = Object.entries(result.attributes);
  if (attributes.length > 0) lines.push(formatTable(['fact', 'value'], attributes), '');
  if (result.findings?.length) lines.push(...findingLines(result.findings, width), '');
  return lines;
}

const WHEN: Readonly<Record<Finding['when'], string>> = {
  never: 'no start for some',
  start: 'on this start',
  later: 'later',
  note: '–',
};

/** A table of what each costs, with its sentence under it. */
function findingLines(findings: readonly Finding[], width: number): string[] {
  const rows = findings.map(({ id, costMs, when }) => [
    id,
    costMs > 0 ? metricText('cost_ms', costMs) : '–',
    WHEN[when],
  ]);
  const [head = '', ...lines] = formatTable(['finding', 'cost', 'when'], rows).split('\n');
  return [head, ...lines.flatMap((line, i) => [line, ...wrapped(findings[i]?.text ?? '', width)])];
}

/** A sentence in lines of at most `width` columns, indented. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const word of cellText(text).split(' ')) {
    if (line.length > 1 && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** The same for programs. */
export function reportJson(run: HereRun): object {
  const { result, durationMs, ...rest } = run;
  return {
    ...rest,
    outcome: result.outcome,
    duration_ms: durationMs,
    ...(result.outcome === 'fail' ? { failure: result.failure } : {}),
    metrics: result.metrics,
    attributes: result.attributes,
    ...(result.findings
      ? { findings: result.findings.map(({ costMs, ...finding }) => ({ ...finding, cost_ms: costMs })) }
      : {}),
    phases: result.phases.map(({ name, startMs, durationMs: took, note }) => ({
      name,
      start_ms: startMs,
      duration_ms: took,
      ...(note ? { note } : {}),
    })),
  };
}
