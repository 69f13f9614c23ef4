import { describe, expect, it } from 'vitest';
import { connectMetrics, connectPhases } from '../../../probes/net/connect-steps.ts';
import type { Connected, NotConnected } from '../../../probes/net/network.ts';

const connected = { ok: true, dnsMs: 5, connectMs: 10, tlsMs: 20, remoteAddress: '192.0.2.1' } as Connected;
const failed: NotConnected = {
  ok: false,
  failure: { layer: 'tls', blame: 'target', code: 'handshake', message: 'no' },
  dnsMs: 5,
  connectMs: 10,
  tlsMs: 20,
};

describe('the steps of a connection', () => {
  it('become metrics', () => {
    expect(connectMetrics(connected)).toEqual({ dns_ms: 5, connect_ms: 10, tls_ms: 20 });
  });

  it('that did not happen are absent, not zero', () => {
    const plain = { ok: true, connectMs: 10, remoteAddress: '192.0.2.1' } as Connected;
    expect(connectMetrics(plain)).toEqual({ connect_ms: 10 });
    expect(connectPhases(plain, 0)).toEqual([{ name: 'connect', startMs: 0, durationMs: 10 }]);
  });

  it('that failed are no metric, but are seen in the waterfall', () => {
    expect(connectMetrics(failed)).toEqual({ dns_ms: 5, connect_ms: 10 });
    expect(connectPhases(failed, 100, 'hop')).toEqual([
      { name: 'dns', startMs: 100, durationMs: 5, note: 'hop' },
      { name: 'connect', startMs: 105, durationMs: 10, note: 'hop' },
      { name: 'tls', startMs: 115, durationMs: 20, note: 'hop' },
    ]);
  });
});
