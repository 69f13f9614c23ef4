import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BLACKBOX_CONFIG, BLACKBOX_KINDS, blackboxKindAt, blackboxPhases } from './blackbox-phases.ts';

const ANSWER = `# TYPE probe_http_duration_seconds gauge
probe_http_duration_seconds{phase="connect"} 0.0002
probe_http_duration_seconds{phase="processing"} 0.0075
probe_http_duration_seconds{phase="resolve"} 1.2e-05
probe_http_duration_seconds{phase="tls"} 0
probe_http_duration_seconds{phase="transfer"} 1.5e-04
probe_success 1
`;

describe('phases of blackbox_exporter', () => {
  it('are read in milliseconds, without those that did not happen', () => {
    const phases = blackboxPhases(ANSWER);
    expect(Object.keys(phases ?? {})).toEqual(['connect', 'ttfb', 'transfer']);
    expect(phases?.connect).toBeCloseTo(0.2);
    expect(phases?.ttfb).toBeCloseTo(7.5);
    expect(phases?.transfer).toBeCloseTo(0.15);
  });

  it('are none of a probe that failed', () => {
    expect(blackboxPhases(ANSWER.replace('probe_success 1', 'probe_success 0'))).toBeUndefined();
  });

  it('have a module for each kind of connection, of which all are asked', () => {
    expect(Object.keys(parse(BLACKBOX_CONFIG).modules)).toEqual([...BLACKBOX_KINDS]);
    const asked = new Set(Array.from({ length: 10 }, (_, index) => blackboxKindAt(index)));
    expect(asked).toEqual(new Set(BLACKBOX_KINDS));
  });
});
