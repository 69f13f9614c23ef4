/** The steps of making a connection, as metrics and as phases of the waterfall. */
import type { Metrics } from '../metrics.ts';
import type { Phase } from '../probe.ts';
import type { Connected, NotConnected } from './network.ts';

const STEPS = [
  ['dns', 'dns_ms', 'dnsMs'],
  ['connect', 'connect_ms', 'connectMs'],
  ['tls', 'tls_ms', 'tlsMs'],
] as const;

/** `dns_ms`, `connect_ms` and `tls_ms` of the steps that succeeded: a step that failed has no duration to compare. */
export function connectMetrics(connection: Connected | NotConnected): Metrics {
  const metrics: Metrics = {};
  for (const [layer, metric, field] of STEPS) {
    const tookMs = connection[field];
    if (tookMs === undefined || (!connection.ok && connection.failure.layer === layer)) continue;
    metrics[metric] = tookMs;
  }
  return metrics;
}

/** One phase a step, a failed one too, one after the other from `startMs` (milliseconds of the run). */
export function connectPhases(connection: Connected | NotConnected, startMs: number, note?: string): Phase[] {
  const phases: Phase[] = [];
  let atMs = startMs;
  for (const [name, , field] of STEPS) {
    const durationMs = connection[field];
    if (durationMs === undefined) continue;
    phases.push({ name, startMs: atMs, durationMs, ...(note === undefined ? {} : { note }) });
    atMs += durationMs;
  }
  return phases;
}
