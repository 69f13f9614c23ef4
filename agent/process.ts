/** From arguments and signals to a running agent and an exit code. Nothing goes to stdout; logs are JSON lines on stderr. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { destination, pino } from 'pino';
import type { Browser } from '../probes/browser/browser.ts';
import type { Network } from '../probes/net/network.ts';
import { agentNetwork, startAgent } from './agent.ts';
import type { RunningAgent } from './agent-deps.ts';
import type { AgentConfig } from './config.ts';
import { AgentConfigError, parseAgentConfig } from './config.ts';
import { HandoverError, takeOver } from './handover.ts';
import { userAgentOf } from './software.ts';
import { SpoolError } from './spool-file.ts';
import { systemClock } from './time.ts';

/** As sysexits.h has them, where it has them. */
const EXIT = { ok: 0, failed: 1, usage: 64, config: 65, conflict: 75, auth: 77, interrupted: 130 } as const;

const STDERR = 2;

class UsageError extends Error {}

/** Runs until a signal, or the end of standard input where that was asked for; ends the process. */
export async function runProcess(args: readonly string[]): Promise<void> {
  const level = process.env.OUTRIDER_LOG ?? '';
  // Written at once: the last line before an exit is the one that is needed.
  const log: Logger = pino(
    { name: 'agent', level: level in pino.levels.values ? level : 'info' },
    destination({ dest: STDERR, sync: true }),
  );
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a bug: please report it');
    process.exit(EXIT.failed);
  });
  try {
    const { configFile, stopWithStdin, compileOnly } = parseArguments(args);
    if (compileOnly) return;
    const config = readConfig(configFile);
    const network = agentNetwork(config);
    const browser = config.browser && (await openBrowser(config.browser.path, config.id, network, log));
    const inherited = config.takeover ? await takeOver(config.dataDir) : undefined;
    const agent = await startAgent(config, {
      ...{ log, network },
      ...(browser ? { browser } : {}),
      ...(inherited ? { inherited } : {}),
      env: process.env,
      onRefused: (reason) => {
        log.fatal({ hint: 'outrider agents invite, and --enrol FILE with the new token' }, reason);
        process.exit(EXIT.auth);
      },
      // When the other one is gone again, whoever looks after this process starts it anew.
      onHandedOver: (kept) => process.exit(kept ? EXIT.ok : EXIT.failed),
    });
    log.info({ agent: agent.id, boot: agent.boot, startMs: Math.round(performance.now()) }, 'started');
    stopOnSignals(agent, log, stopWithStdin);
  } catch (error) {
    log.fatal({ hint: hintOf(error) }, error instanceof Error ? error.message : String(error));
    process.exit(exitCodeOf(error));
  }
}

interface Arguments {
  readonly configFile: string;
  readonly stopWithStdin: boolean;
  readonly compileOnly: boolean;
}

function parseArguments(args: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        'stop-with-stdin': { type: 'boolean', default: false },
        'compile-only': { type: 'boolean', default: false },
      },
    });
    const compileOnly = values['compile-only'];
    if (values.config !== undefined || compileOnly)
      return { configFile: values.config ?? '', stopWithStdin: values['stop-with-stdin'], compileOnly };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  throw new UsageError('No configuration was given: use --config FILE.json.');
}

function readConfig(file: string): AgentConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new AgentConfigError([`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AgentConfigError([`${file} is not JSON (${error instanceof Error ? error.message : error})`]);
  }
  return parseAgentConfig(value);
}

/**
 * Loaded for agents with a browser only: a light one need not even have the package. Without the browser that was asked for
 * the agent goes on as a light one.
 */
async function openBrowser(
  explicit: string,
  id: string,
  network: Network,
  log: Logger,
): Promise<Browser | undefined> {
  const { findBrowser } = await import('../probes/browser/find.ts');
  const env = { ...process.env, OUTRIDER_BROWSER: undefined };
  const found = await findBrowser(explicit === 'auto' ? { env } : { explicit });
  if (!found.ok) {
    log.error({ code: found.failure.code }, found.failure.message);
    return undefined;
  }
  const { createBrowser, loadDriver } = await import('../probes/browser/launch.ts');
  // Before any run: it takes the event loop for longer than a run may be held up.
  await loadDriver();
  return createBrowser({ build: found.build, network, clock: systemClock, userAgent: userAgentOf(id) });
}

/** The first signal stops the agent in order, the second at once. */
function stopOnSignals(agent: RunningAgent, log: Logger, stopWithStdin: boolean): void {
  let stopping = false;
  const stop = (reason: string): void => {
    if (stopping) process.exit(EXIT.interrupted);
    stopping = true;
    agent.stop(reason).then(
      () => process.exit(EXIT.ok),
      (error: unknown) => {
        log.fatal({ err: error }, 'stopping failed');
        process.exit(EXIT.failed);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (stopWithStdin) process.stdin.resume().once('end', () => stopping || stop('standard input ended'));
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof HandoverError) return EXIT.conflict;
  if (error instanceof SpoolError && error.code === 'in_use') return EXIT.conflict;
  if (error instanceof AgentConfigError || (error as Error | null)?.name === 'NetworkOptionsError')
    return EXIT.config;
  return EXIT.failed;
}

function hintOf(error: unknown): string | undefined {
  return (error as { hint?: string } | null)?.hint;
}
