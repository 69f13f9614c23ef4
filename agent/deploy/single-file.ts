/**
 * The agent as one file that needs Node and nothing else. Called by people and service managers it reads the
 * configuration and replaces itself by the agent proper (`run`), under the flags that keep that small.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { becomeAgent } from '../become.ts';
import { AgentConfigError } from '../config.ts';
import { loadAgentConfig } from '../load-config.ts';
import { printedConfig } from '../print-config.ts';
import { runProcess } from '../process.ts';
import { softwareVersion } from '../software.ts';
import { readCommandLine, usage } from './command-line.ts';

/** As sysexits.h has them. */
const EXIT = { ok: 0, failed: 1, usage: 64, config: 65 } as const;

/** Makes the file the agent itself. */
const RUN = 'run';

const [first, ...rest] = process.argv.slice(2);
if (first === RUN) {
  enableCompileCache();
  flushCompileCache();
  await runProcess(rest);
} else {
  process.exitCode = start(process.argv.slice(2));
}

/** Returns the exit code where it returns at all. */
function start(args: readonly string[]): number {
  let line: ReturnType<typeof readCommandLine>;
  try {
    line = readCommandLine(args);
  } catch (error) {
    return refuse(EXIT.usage, error, '--help');
  }
  if (line.action === 'help') return say(usage('node outrider-agent.mjs'));
  if (line.action === 'version') return say(`${softwareVersion()}\n`);
  try {
    const loaded = loadAgentConfig({ env: process.env, flags: line.flags });
    if (line.action === 'print-config') return say(printedConfig(loaded));
    return becomeAgent(loaded.config, process.env, [import.meta.filename, RUN]);
  } catch (error) {
    const ofConfig = error instanceof AgentConfigError;
    return refuse(ofConfig ? EXIT.config : EXIT.failed, error, '--print-config, or --help for all settings');
  }
}

function say(text: string): number {
  process.stdout.write(text);
  return EXIT.ok;
}

function refuse(code: number, error: unknown, hint: string): number {
  const why =
    error instanceof AgentConfigError
      ? error.problems.join('\n')
      : error instanceof Error
        ? error.message
        : String(error);
  process.stderr.write(`The agent was not started.\n${why}\nTry: ${hint}\n`);
  return code;
}
