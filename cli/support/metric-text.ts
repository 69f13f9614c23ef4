/** Numbers of the metric dictionary with their units. */
import { unitOf } from '../../probes/metrics.ts';

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
