/** How an agent is started as a process of its own: the command, and the flags that keep it small and quick. */
import { tmpdir, userInfo } from 'node:os';
import { extname, join } from 'node:path';

export interface AgentCommandOptions {
  /** JSON file of the configuration, see config.ts. */
  readonly configFile: string;
  /** The agent stops when its standard input ends, so that it does not outlive who started it. */
  readonly stopWithStdin?: boolean;
  /** Where compiled code is kept between starts. */
  readonly cacheDir?: string;
}

export interface AgentCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** To be added to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * An agent allocates little at a time: a young generation of 1 MiB a half instead of 16 keeps some 5 MB from ever being
 * touched.
 */
const NODE_FLAGS = ['--max-semi-space-size=1'];

/** Logs are JSON lines on stderr; SIGTERM and SIGINT stop it in order, a second one at once. */
export function agentCommand(options: AgentCommandOptions): AgentCommand {
  const main = join(import.meta.dirname, `main${extname(import.meta.filename)}`);
  return {
    command: process.execPath,
    args: [
      ...NODE_FLAGS,
      main,
      '--config',
      options.configFile,
      ...(options.stopWithStdin ? ['--stop-with-stdin'] : []),
    ],
    // Set from outside, the cache also holds the entry file: else the compiler of TypeScript is loaded for that one file,
    // which costs 18 MB and 50 ms.
    env: { NODE_COMPILE_CACHE: options.cacheDir ?? join(tmpdir(), `outrider-node-cache-${userInfo().uid}`) },
  };
}
