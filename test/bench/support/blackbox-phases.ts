/** What `prometheus-blackbox-exporter` is told for the benchmark of accuracy, and what it says of a probe. */
import type { PhaseTimes } from './flow-times.ts';
import type { FlowKind } from './jittery-messages.ts';

/** It has no HTTP/2 without TLS. */
export const BLACKBOX_KINDS = ['http1', 'https1', 'https2'] as const satisfies readonly FlowKind[];
type BlackboxKind = (typeof BLACKBOX_KINDS)[number];

/** A module for each kind, by its name. */
export const BLACKBOX_CONFIG = `modules:
${BLACKBOX_KINDS.map(
  (kind) => `  ${kind}:
    prober: http
    timeout: 5s
    http: { method: GET, preferred_ip_protocol: ip4, enable_http2: ${kind.endsWith('2')}, tls_config: { insecure_skip_verify: true } }
`,
).join('')}`;

/** Names of its phases; what it calls `resolve` is no lookup here, since it is given an address. */
const PHASES = { connect: 'connect', tls: 'tls', ttfb: 'processing', transfer: 'transfer' } as const;

const MS_PER_S = 1000;

/** The module for the request of this number, in the mix of the checks. */
export function blackboxKindAt(index: number): BlackboxKind {
  // Six of ten without TLS, as the checks are.
  return (['http1', 'https1', 'http1', 'http1', 'https2'] as const)[index % 5] ?? 'http1';
}

/** Of its answer in the text format of Prometheus; undefined when the probe failed. A phase of 0 did not happen. */
export function blackboxPhases(text: string): PhaseTimes | undefined {
  if (!/^probe_success 1$/m.test(text)) return undefined;
  const values = new Map(
    [...text.matchAll(/^probe_http_duration_seconds\{phase="(\w+)"\} (\S+)$/gm)].map(([, name, value]) => [
      name,
      Number(value) * MS_PER_S,
    ]),
  );
  const entries = Object.entries(PHASES).flatMap(([phase, name]) => {
    const value = values.get(name);
    return value === undefined || value === 0 ? [] : [[phase, value] as const];
  });
  return Object.fromEntries(entries);
}
