/** What probes and connections need to run in tests: real clock, real network, loopback allowed. */
import { createNetwork } from '../../../probes/net/create-network.ts';
import type { Network, NetworkOptions } from '../../../probes/net/network.ts';
import type { Clock, RunContext } from '../../../probes/probe.ts';

export const clock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** May reach loopback, unless `options` say otherwise. */
export function loopbackNetwork(options: Partial<NetworkOptions> = {}): Network {
  return createNetwork({
    policy: { allow: ['127.0.0.0/8', '::1/128'], deny: [] },
    connectTo: {},
    nameServers: [],
    ...options,
  });
}

/** A deadline far beyond what loopback needs, so that a slow machine fails no test by it. */
export const PATIENCE_MS = 20_000;

export function runContext(options: { network?: Network; timeoutMs?: number } = {}): RunContext {
  return {
    signal: AbortSignal.timeout(options.timeoutMs ?? PATIENCE_MS),
    clock,
    random: () => 0.5,
    network: options.network ?? loopbackNetwork(),
    agent: { id: 'test-1', region: 'test' },
    userAgent: 'Outrider/0.1 (+synthetic probe; agent test-1)',
  };
}
