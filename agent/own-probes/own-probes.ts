/** The own probes of an agent: what is on the allow-list of its owner, a bounded number of them at once. */

import { OWN_LIMITS } from '../../probes/own/limits.ts';
import type { OwnKind, OwnRun, OwnRuns } from '../../probes/own/own-runs.ts';
import { ownFailure } from '../../probes/own/result.ts';
import type { RunContext, RunResult } from '../../probes/probe.ts';
import { Redactor } from '../../probes/redact.ts';
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
      const secrets: string[] = [];
      const result = await this.#run(kind, { ...run, context: noting(run.context, secrets) });
      return afterWaiting(withoutSecrets(result, secrets), waitedMs);
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

/** The context, which notes the secrets that the run was given. */
function noting(context: RunContext, secrets: string[]): RunContext {
  return {
    ...context,
    secret(name) {
      const secret = context.secret?.(name);
      if (secret !== undefined) secrets.push(secret);
      return secret;
    },
  };
}

/** An own probe may say what it likes, but not its secrets: they are taken out of all its text. */
function withoutSecrets(result: RunResult, secrets: readonly string[]): RunResult {
  const redactor = new Redactor(secrets);
  const measured = {
    attributes: Object.fromEntries(
      Object.entries(result.attributes).map(([name, value]) => [name, redactor.text(value)]),
    ),
    phases: result.phases.map((phase) =>
      phase.note === undefined ? phase : { ...phase, note: redactor.text(phase.note) },
    ),
  };
  if (result.outcome === 'ok') return { ...result, ...measured };
  const { failure } = result;
  return { ...result, ...measured, failure: { ...failure, message: redactor.text(failure.message) } };
}

/** Phases of the run itself count from its turn. */
function afterWaiting(result: RunResult, waitedMs: number): RunResult {
  if (waitedMs < 1) return result;
  const phases = result.phases.map((phase) => ({ ...phase, startMs: phase.startMs + waitedMs }));
  return { ...result, phases: [{ name: 'turn', startMs: 0, durationMs: waitedMs }, ...phases] };
}
