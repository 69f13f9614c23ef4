/**
 * The process of an agent in a chaos run: `node agent-main.ts CONFIG.json OFFSET_MS`. The real agent, with a clock that can be set,
 * a disk that can be full, and jitter that brings it back within seconds. It is told by messages.
 */
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import sqlite from 'node:sqlite';
import { destination, pino } from 'pino';
import { startAgent } from '../../agent/agent.ts';
import { parseAgentConfig } from '../../agent/config.ts';
import { systemClock } from '../../agent/time.ts';
import type { DiskMessage } from './agent-disk.ts';

/** Told to the agent in place of the system's randomness: it comes back a tenth as late, so that a minute holds more trouble. */
const JITTER_SHARE = 0.1;
const STDERR = 2;
/** What SQLite takes by itself (sqlite.org/limits.html). */
const PAGES_MAX = 2 ** 32 - 2;

export interface ClockMessage {
  readonly type: 'clock';
  readonly offsetMs: number;
}

const databases = new Set<sqlite.DatabaseSync>();

class KnownDatabase extends sqlite.DatabaseSync {
  constructor(...options: ConstructorParameters<typeof sqlite.DatabaseSync>) {
    super(...options);
    databases.add(this);
  }
}

Object.assign(sqlite, { DatabaseSync: KnownDatabase });
syncBuiltinESMExports();

const [configFile = '', offset = '0'] = process.argv.slice(2);
let offsetMs = Number(offset);
const log = pino({ name: 'agent', level: 'info' }, destination({ dest: STDERR, sync: true }));
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'a bug');
  process.exit(1);
});
// Whoever started it is gone.
process.once('disconnect', () => process.exit(1));
process.on('message', (message: ClockMessage | DiskMessage) => {
  if (message.type === 'clock') offsetMs = message.offsetMs;
  // Fewer pages than there are means: those that there are.
  else
    for (const database of databases)
      database.exec(`PRAGMA max_page_count = ${message.full ? 1 : PAGES_MAX}`);
});

const config = parseAgentConfig(JSON.parse(readFileSync(configFile, 'utf8')));
const agent = await startAgent(config, {
  clock: { monotonicMs: systemClock.monotonicMs, wallMs: () => systemClock.wallMs() + offsetMs },
  random: () => Math.random() * JITTER_SHARE,
  log,
});
log.info({ boot: agent.boot, offsetMs }, 'started');
process.once('SIGTERM', () => {
  void agent.stop('SIGTERM').then(() => process.exit(0));
});
process.send?.({ type: 'ready', boot: agent.boot });
