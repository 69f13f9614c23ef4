/** How an agent is started as a process of its own: the command, and the flags that keep it small and quick. */
import { tmpdir, userInfo } from 'node:os';
import { extname, join } from 'node:path';
import { COMPILE_NOTHING } from './compilers.ts';

export interface AgentCommandOptions {
  /** JSON file of the configuration, see config.ts. */
  readonly configFile: string;
  /** The agent stops when its standard input ends, so that it does not outlive who started it. */
  readonly stopWithStdin?: boolean;
  /** Where compiled code is kept between starts. */
  readonly cacheDir?: string;
  /** What Node runs; `main` of this folder when absent. */
  readonly entry?: AgentEntry;
}

/** A script and what makes it the agent: the single file is told by a word of its own. */
export type AgentEntry = readonly [script: string, ...args: string[]];

export interface AgentCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** To be added to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Resident memory of a light agent with all of them is 71 MB idle and 77 MB under the default probes (`npm run bench -- agent`);
 * with none it was 101 MB and growing (Node 24, x64 Linux). 45 MB of it are pages of the Node executable, which the agents of a machine share.
 */
const NODE_FLAGS = [
  // It allocates little at a time: the young generation need not grow to 16 MB a half.
  '--max-semi-space-size=1',
  // The last of the optimising compilers: its code alone is pages of several MB, and the one before it does nearly as much here.
  '--no-opt',
  // Those before it, until there are many runs: see compilers.ts.
  ...COMPILE_NOTHING,
  // The heap is kept tight at the price of more frequent collection.
  '--optimize-for-size',
  // The same for WebAssembly, which undici’s HTTP parser is: 12 MB.
  '--liftoff-only',
];

/** Logs are JSON lines on stderr; SIGTERM and SIGINT stop it in order, a second one at once. */
export function agentCommand(options: AgentCommandOptions): AgentCommand {
  const entry = options.entry ?? [join(import.meta.dirname, `main${extname(import.meta.filename)}`)];
  return {
    command: process.execPath,
    args: [
      ...NODE_FLAGS,
      ...entry,
      '--config',
      options.configFile,
      ...(options.stopWithStdin ? ['--stop-with-stdin'] : []),
    ],
    env: {
      // Set from outside, the cache also holds the entry file: else the compiler of TypeScript is loaded for that one
      // file, which costs 18 MB and 50 ms.
      NODE_COMPILE_CACHE: options.cacheDir ?? join(tmpdir(), `outrider-node-cache-${userInfo().uid}`),
      // Four threads that look up names and open files need no heap of their own each.
      MALLOC_ARENA_MAX: '1',
      // Buffers of an upload or a segment go back to the system when they are freed, instead of leaving holes.
      MALLOC_TRIM_THRESHOLD_: '65536',
      MALLOC_MMAP_THRESHOLD_: '65536',
    },
  };
}

/** Fills the compile cache and ends: without it the first start of an agent takes 16 MB and some 200 ms more. */
export function agentWarmUpCommand(
  options: Pick<AgentCommandOptions, 'cacheDir' | 'entry'> = {},
): AgentCommand {
  const { command, args, env } = agentCommand({ configFile: '', ...options });
  return { command, args: [...args.slice(0, -2), '--compile-only'], env };
}
