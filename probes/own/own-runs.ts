/** What an agent offers to the probe types `own` and `exec`: the modules and programs that its owner has signed off. */
import type { RunContext, RunResult, Target } from '../probe.ts';

/** A module is code that runs in a worker of the agent, a program is a process of its own. */
export type OwnKind = 'own' | 'exec';

/** One run of one of them. */
export interface OwnRun {
  readonly name: string;
  readonly context: RunContext;
  readonly target: Target;
  /** As the probe file has them; the module or program checks them itself. */
  readonly params: Readonly<Record<string, unknown>>;
}

export interface OwnRuns {
  /** What a collector is told, one an entry of the allow-list: `own:NAME` or `exec:NAME`. */
  readonly capabilities: readonly string[];
  /** Never rejects: everything that a module or program can do ends in a result. */
  run(kind: OwnKind, run: OwnRun): Promise<RunResult>;
}
