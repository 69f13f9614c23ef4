// @ts-check
/** The phases of a run, for its waterfall: as it has told them, or as far as its metrics tell. Pure. */
import { fields, finite, items, plain, SHOWN } from './plain.js';

/** @typedef {{ name: string, note: string, startMs: number, lengthMs: number }} Phase */

/** What follows what, by the metrics of a run: the first list of which it has two. @type {readonly (readonly (readonly [metric: string, name: string])[])[]} */
const ORDERS = [
  [
    ['manifest_ms', 'manifest'],
    ['init_ms', 'init segment'],
    ['segment_ms', 'first segment'],
  ],
  [
    ['upload_create_ms', 'create'],
    ['upload_send_ms', 'send'],
    ['upload_commit_ms', 'commit'],
  ],
  [
    ['dns_ms', 'dns'],
    ['connect_ms', 'connect'],
    ['starttls_ms', 'starttls'],
    ['tls_ms', 'tls'],
    ['ttfb_ms', 'first byte'],
    ['transfer_ms', 'transfer'],
  ],
];

/**
 * Empty where nothing is known. `isMade`: out of metrics, end to end.
 * @param {unknown} run as `GET /api/v1/results/RUN` gives it
 * @returns {{ phases: Phase[], isMade: boolean }}
 */
export function phasesOf(run) {
  const { evidence, metrics } = fields(run);
  const told = items(fields(evidence).phases, SHOWN.phases).map((phase) => ({
    name: plain(phase.name),
    note: plain(phase.note),
    startMs: Math.max(0, finite(phase.startMs) ?? 0),
    lengthMs: Math.max(0, finite(phase.durationMs) ?? 0),
  }));
  if (told.length > 0) return { phases: told, isMade: false };
  const values = fields(metrics);
  const known = ORDERS.map((order) => order.filter(([metric]) => finite(values[metric]) !== null));
  const order = known.find((list) => list.length >= 2) ?? known.find((list) => list.length > 0) ?? [];
  let at = 0;
  const phases = order.map(([metric, name]) => {
    const lengthMs = Math.max(0, finite(values[metric]) ?? 0);
    at += lengthMs;
    return { name, note: '', startMs: at - lengthMs, lengthMs };
  });
  return { phases, isMade: true };
}
