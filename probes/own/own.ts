/** The probes `own` and `exec`: a module or a program of the agent's owner, named here and signed off at the agent. */
import { z } from 'zod';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import type { OwnKind } from './own-runs.ts';
import { ownFailure } from './result.ts';

const entryName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'use 1 to 48 lower-case letters, digits and dashes');

const params = z
  .record(z.string(), z.unknown())
  .default({})
  .describe('Handed over as they are: it checks them itself.');

const ownParams = z.strictObject({
  module: entryName.describe('Name of the module in the allow-list of the agent.'),
  params,
});

const execParams = z.strictObject({
  program: entryName.describe('Name of the program in the allow-list of the agent.'),
  params,
});

const METRICS = ['own_ms', 'own_count', 'own_bytes', 'own_bps', 'own_ratio'] as const;

/** A module that default-exports `defineProbe({…})`: see `define-probe.ts`. */
export const ownProbe: Probe<z.infer<typeof ownParams>> = {
  type: 'own',
  lane: 'light',
  summary: 'Runs a module of the agent’s owner in a worker, with a deadline and a memory limit.',
  params: ownParams,
  metrics: METRICS,
  judged: ['own_ms'],
  defaults: { everyMs: 60_000, timeoutMs: 10_000 },
  requires: (given) => `own:${ownParams.safeParse(given).data?.module ?? ''}`,
  run: (context, target, { module, params: handed }) => run('own', module, context, target, handed),
};

/** A program that prints its result as JSON: see `result.ts`. */
export const execProbe: Probe<z.infer<typeof execParams>> = {
  type: 'exec',
  lane: 'light',
  summary: 'Runs a program of the agent’s owner, which prints its result as JSON.',
  params: execParams,
  metrics: METRICS,
  judged: ['own_ms'],
  defaults: { everyMs: 60_000, timeoutMs: 10_000 },
  requires: (given) => `exec:${execParams.safeParse(given).data?.program ?? ''}`,
  run: (context, target, { program, params: handed }) => run('exec', program, context, target, handed),
};

async function run(
  kind: OwnKind,
  name: string,
  context: RunContext,
  target: Target,
  handed: Readonly<Record<string, unknown>>,
): Promise<RunResult> {
  const { own } = context;
  if (!own?.capabilities.includes(`${kind}:${name}`)) {
    const what = kind === 'own' ? 'module' : 'program';
    return ownFailure(
      'not_allowed',
      `The allow-list of this agent has no ${what} ${name}. Its owner can add it to the file that ownProbes names.`,
    );
  }
  const asked = webUrlOf(target.url);
  if (!asked)
    return ownFailure('bad_params', 'The target is not a URL. Write e.g. https://www.example.com/.');
  // Only what the address itself shows: a module's requests are held against the policy again, a program's cannot be.
  const failure = context.network.forbids(asked);
  if (failure) return { outcome: 'fail', failure, metrics: {}, attributes: {}, phases: [] };
  return own.run(kind, { name, context, target, params: handed });
}

/** The address as the policy of the agent reads it; that of a target of another scheme, such as tcp://, by its host. */
function webUrlOf(text: string): URL | undefined {
  const url = URL.parse(text);
  if (!url) return undefined;
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb ? url : (URL.parse(`http://${url.host}`) ?? undefined);
}
