/** Runs probes once on this machine, with the code that agents run: for trying a probe before it is applied. */
import { AgentConfigError } from '../../agent/config.ts';
import { secretFrom } from '../../agent/secrets.ts';
import { systemTimers } from '../../agent/time.ts';
import type { Browser } from '../../probes/browser/browser.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import { createNetwork } from '../../probes/net/create-network.ts';
import type { Network, NetworkOptions } from '../../probes/net/network.ts';
import type { OwnRuns } from '../../probes/own/own-runs.ts';
import type { Clock, RunResult, Target } from '../../probes/probe.ts';
import { probeOf } from '../../probes/registry.ts';
import { type ProbeSpec, parseDurationMs, type TargetSpec } from '../../probes/spec.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { version } from './version.ts';

export interface HereOptions {
  readonly probes: readonly ProbeSpec[];
  readonly targets: readonly TargetSpec[];
  readonly network: NetworkOptions;
  /** Executable, or one is looked for. */
  readonly browser: string | undefined;
  /** The allow-list of own modules and programs, where there is one. */
  readonly ownProbes: string | undefined;
}

export interface HereRun {
  readonly probe: string;
  readonly target: string;
  readonly url: string;
  readonly durationMs: number;
  readonly result: RunResult;
}

const USER_AGENT = `Outrider/${version} (+synthetic probe; by hand)`;
const clock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** One run after the other, each probe on each of its targets; the browser is started only when a probe needs it. */
export async function* runHere(options: HereOptions): AsyncGenerator<HereRun> {
  const network = createNetwork(options.network);
  const own = options.ownProbes === undefined ? undefined : await openOwn(options.ownProbes);
  let browser: Browser | undefined;
  try {
    for (const spec of options.probes) {
      const probe = probeOf(spec.type);
      if (!probe) throw new CliError(`there is no probe type ${spec.type}`, { exit: EXIT.badConfig });
      if (probe.lane === 'browser') browser ??= await openBrowser(options, network);
      const params: unknown = probe.params.parse(spec.params);
      const timeoutMs =
        (spec.timeout === undefined ? undefined : parseDurationMs(spec.timeout)) ?? probe.defaults.timeoutMs;
      for (const name of spec.targets) {
        const target = targetOf(options.targets, spec, name);
        const startedMs = clock.monotonicMs();
        const result = await probe.run(
          {
            signal: AbortSignal.timeout(timeoutMs),
            clock,
            random: Math.random,
            network,
            ...(browser ? { browser } : {}),
            ...(own ? { own } : {}),
            agent: { id: 'here', region: 'here' },
            userAgent: USER_AGENT,
            secret: (name) => secretFrom(process.env, name),
          },
          target,
          params,
        );
        yield {
          probe: spec.name,
          target: name,
          url: target.url,
          durationMs: clock.monotonicMs() - startedMs,
          result,
        };
      }
    }
  } finally {
    await browser?.close();
  }
}

async function openBrowser(options: HereOptions, network: Network): Promise<Browser> {
  const found = await findBrowser(options.browser === undefined ? {} : { explicit: options.browser });
  if (!found.ok) throw new CliError(found.failure.message, { exit: EXIT.failed });
  const { createBrowser } = await import('../../probes/browser/launch.ts');
  return createBrowser({ build: found.build, network, clock, userAgent: USER_AGENT });
}

async function openOwn(file: string): Promise<OwnRuns> {
  const { openOwnProbes } = await import('../../agent/own-probes/own-probes.ts');
  try {
    return await openOwnProbes(file, systemTimers);
  } catch (error) {
    if (!(error instanceof AgentConfigError)) throw error;
    throw new CliError('the allow-list of own probes cannot be used', {
      why: error.problems.join('\n'),
      hint: 'sha256sum FILE prints what the list must have',
      exit: EXIT.badConfig,
    });
  }
}

function targetOf(targets: readonly TargetSpec[], spec: ProbeSpec, name: string): Target {
  const target = targets.find((candidate) => candidate.name === name);
  if (target) return target;
  throw new CliError(`probe ${spec.name} names the target ${name}, which is not there`, {
    hint: 'add it under targets:',
    exit: EXIT.badConfig,
  });
}
