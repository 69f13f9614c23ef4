/** All checks, in the order in which people are to read of them. */
import { agentCollectors, agentConfig } from './agent-config.ts';
import { browser, sandbox } from './browser.ts';
import type { Check } from './check.ts';
import { clickhouse } from './clickhouse.ts';
import { clockOffset, clockSync } from './clock.ts';
import { certificate, collectorThere, exposed, ready, token, versions } from './collector.ts';
import { contexts } from './contexts.ts';
import { dataDir } from './data-dir.ts';
import { FLEET_CHECKS } from './fleet.ts';
import { ipv6, proxy } from './network.ts';
import { engine, nodeVersion, sqlite } from './node.ts';
import { PROBE_CHECKS } from './probes.ts';
import { disk, growth, memory, openFiles } from './room.ts';

export const CHECKS: readonly Check[] = [
  nodeVersion,
  sqlite,
  memory,
  openFiles,
  clockSync,
  contexts,
  proxy,
  ipv6,
  agentConfig,
  agentCollectors,
  browser,
  sandbox,
  engine,
  dataDir,
  disk,
  growth,
  clickhouse,
  collectorThere,
  certificate,
  clockOffset,
  token,
  exposed,
  ready,
  versions,
  ...FLEET_CHECKS,
  ...PROBE_CHECKS,
];
