/** The own probes of an agent: what is on the allow-list of its owner, a bounded number of them at once. */

import { OWN_LIMITS } from '../../probes/own/limits.ts';
import type { OwnKind, OwnRun, OwnRuns } from '../../probes/own/own-runs.ts';
import { ownFailure } from '../../probes/own/result.ts';
import type { RunResult } from '../../probes/probe.ts';
import { AgentConfigError } from '../config.ts';
import { Lane } from '../lane.ts';
import type { Timers } from '../time.ts';
import type { AllowList } from './allow-list.ts';
import { readAllowList } from './allow-list.ts';
import { runModule } from './run-module.ts';
import { runProgram } from './run-program.ts';
import { stripTypes } from './strip-types.ts';

/** Longer than any run: the deadline of the run ends its waiting. */
const WAIT_MAX_MS = 600_000;

/** Reads the allow-list and checks everything on it; throws `AgentConfigError`. */
export async function openOwnProbes(file: string, timers: Timers): Promise<OwnRuns> {
  const { modules, programs } = readAllowList(file);
  return new AllowedRuns({ modules: await inJavaScript(file, modules), programs }, timers);
}

async function inJavaScript(file: string, modules: AllowList['modules']): Promise<AllowList['modules']> {
  const typed = [...modules.values()].filter(({ typescript }) => typescript);
  const stripped = await stripTypes(typed.map(({ source }) => source));
  const plain = new Map(modules);
  const problems = typed.flatMap((module, index) => {
    const made = stripped[index] ?? { problem: 'no answer' };
    if ('problem' in made) return [`${file}: the module ${module.name}: ${made.problem}`];
    plain.set(module.name, { ...module, source: made.source });
    return [];
  });
  if (problems.length > 0) throw new AgentConfigError(problems);
  return plain;
}

class AllowedRuns implements OwnRuns {
  readonly capabilities: readonly string[];
  readonly #list: AllowList;
  readonly #lanes: Readonly<Record<OwnKind, Lane>>;

  constructor(list: AllowList, timers: Timers) {
    this.#list = list;
    this.capabilities = [
      ...[...list.modules.keys()].map((name) => `own:${name}`),
      ...[...list.programs.keys()].map((name) => `exec:${name}`),
    ];
    this.#lanes = {
      own: new Lane(OWN_LIMITS.modulesAtOnce.value, timers),
      exec: new Lane(OWN_LIMITS.programsAtOnce.value, timers),
    };
  }

  async run(kind: OwnKind, run: OwnRun): Promise<RunResult> {
    const { clock, signal } = run.context;
    const startedMs = clock.monotonicMs();
    const entry = await this.#lanes[kind].enter(WAIT_MAX_MS, signal);
    if (!entry.entered)
      return ownFailure('overloaded', 'Other own probes ran for as long as this one had time for its turn.');
    const waitedMs = clock.monotonicMs() - startedMs;
    try {
      return afterWaiting(await this.#run(kind, run), waitedMs);
    } finally {
      entry.release();
    }
  }

  async #run(kind: OwnKind, run: OwnRun): Promise<RunResult> {
    const module = kind === 'own' ? this.#list.modules.get(run.name) : undefined;
    if (module) return runModule(module, run);
    const program = kind === 'exec' ? this.#list.programs.get(run.name) : undefined;
    if (program) return runProgram(program, run);
    return ownFailure('not_allowed', `The allow-list of this agent does not have ${kind}:${run.name}.`);
  }
}

/** Phases of the run itself count from its turn. */
function afterWaiting(result: RunResult, waitedMs: number): RunResult {
  if (waitedMs < 1) return result;
  const phases = result.phases.map((phase) => ({ ...phase, startMs: phase.startMs + waitedMs }));
  return { ...result, phases: [{ name: 'turn', startMs: 0, durationMs: waitedMs }, ...phases] };
}
