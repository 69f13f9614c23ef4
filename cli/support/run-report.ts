/** How one run is shown: its end, its waterfall, its numbers with their units, its facts. */
import { unitOf } from '../../probes/metrics.ts';
import { renderWaterfall } from '../../probes/waterfall.ts';
import { cellText, formatTable } from './output.ts';
import type { HereRun } from './run-here.ts';

const ms = (value: number): string => `${value.toFixed(1)} ms`;

/** `12.3 ms`, `1.2 Mbit/s`, `153,600 B`: the unit is the last word of the name. */
export function metricText(name: string, value: number): string {
  const unit = unitOf(name);
  if (unit === 'ms') return ms(value);
  if (unit === 'bps') return `${(value / 1e6).toFixed(2)} Mbit/s`;
  if (unit === 'bytes') return `${Math.round(value).toLocaleString('en')} B`;
  if (unit === 'ratio') return `${(value * 100).toFixed(1)} %`;
  return unit === 'px' ? `${value} px` : String(value);
}

/** Lines for a terminal of `width` columns. */
export function reportLines(run: HereRun, width: number): string[] {
  const { result } = run;
  const end =
    result.outcome === 'ok'
      ? 'ok'
      : `FAILED in ${result.failure.layer}: ${result.failure.code}, blame ${result.failure.blame}`;
  const lines = [`${run.probe} → ${cellText(run.url)}   ${end}   ${ms(run.durationMs)}`];
  if (result.outcome === 'fail') lines.push(`  ${cellText(result.failure.message)}`);
  lines.push('', ...renderWaterfall(result.phases, { width }), '');
  const metrics = Object.entries(result.metrics).map(([name, value]) => [name, metricText(name, value ?? 0)]);
  if (metrics.length > 0) lines.push(formatTable(['metric', 'value'], metrics), '');
  const attributes = Object.entries(result.attributes);
  if (attributes.length > 0) lines.push(formatTable(['fact', 'value'], attributes), '');
  return lines;
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
    phases: result.phases.map(({ name, startMs, durationMs: took, note }) => ({
      name,
      start_ms: startMs,
      duration_ms: took,
      ...(note ? { note } : {}),
    })),
  };
}
