/** What the user asked of `simulate`, checked before anything is started. */
import { parseDurationMs, SPEC_LIMITS } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import { type FaultSpec, FaultSyntaxError, parseFault } from '../../sandbox/index.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { SIMULATE_LIMITS } from './limits.ts';
import { regionNames } from './roster.ts';

export interface SimulateFlags {
  readonly collectors: readonly string[];
  readonly name: string;
  readonly agents: number;
  readonly regions: number;
  readonly rate: string;
  readonly probes: number;
  readonly for: string | undefined;
  readonly ramp: string | undefined;
  readonly churn: string | undefined;
  readonly faults: readonly string[];
  readonly seed: number;
}

export interface SimulationPlan {
  /** The preferred first; the API of the first is asked. */
  readonly collectors: readonly string[];
  /** What ids of agents and names of probes begin with. */
  readonly name: string;
  readonly agents: number;
  readonly regions: readonly string[];
  /** Probes at each agent. */
  readonly probes: number;
  /** Interval of each check, whole milliseconds. */
  readonly everyMs: number;
  /** Results a second that come of it. */
  readonly ratePerS: number;
  readonly forMs: number | undefined;
  /** Connections begun and connections dropped a second. */
  readonly rampPerS: number;
  readonly churnPerS: number;
  readonly faults: readonly { readonly text: string; readonly spec: FaultSpec }[];
  readonly seed: number;
}

/** All agents connect within this, when nothing else is said; slower than 100 a second it need not be. */
const RAMP_S = 10;
const RAMP_MIN = 100;
const SECONDS = { s: 1, m: 60, h: 3600 } as const;
const MS_PER_S = 1000;

const usage = (what: string, hint: string): CliError => new CliError(what, { hint, exit: EXIT.usage });

/** Throws a `CliError` (exit 64) that says what to write instead. */
export function planSimulation(flags: SimulateFlags): SimulationPlan {
  for (const collector of flags.collectors) readCollector(collector);
  if (!/^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$/.test(flags.name))
    throw usage(
      `--name ${flags.name} is not a name of up to 16 lower-case letters, digits and dashes`,
      '--name sim',
    );
  const agents = within('agents', flags.agents, SIMULATE_LIMITS.agents.value);
  const regions = within('regions', flags.regions, Math.min(agents, SIMULATE_LIMITS.regions.value));
  const probes = within('probes', flags.probes, SIMULATE_LIMITS.probes.value);
  const most = SIMULATE_LIMITS.checks.value;
  if (agents * probes > most)
    throw usage(`${agents} agents with ${probes} probes are more than ${most} checks`, 'fewer of either');
  const everyMs = intervalMs(agents * probes, readRate('--rate', flags.rate, '1000/s'), flags.rate);
  const forMs = flags.for === undefined ? undefined : parseDurationMs(flags.for);
  if (flags.for !== undefined && !forMs)
    throw usage(`--for ${flags.for} is not a duration`, '--for 60s, --for 20m');
  const names = regionNames(regions);
  if (flags.faults.length > SIMULATE_LIMITS.faults.value)
    throw usage(`more than ${SIMULATE_LIMITS.faults.value} faults`, 'fewer --fault');
  return {
    collectors: flags.collectors,
    name: flags.name,
    agents,
    regions: names,
    probes,
    everyMs,
    ratePerS: (agents * probes * MS_PER_S) / everyMs,
    forMs,
    rampPerS:
      flags.ramp === undefined
        ? Math.max(RAMP_MIN, agents / RAMP_S)
        : readRate('--ramp', flags.ramp, '500/s'),
    churnPerS: flags.churn === undefined ? 0 : readRate('--churn', flags.churn, '5/s'),
    faults: flags.faults.map((text) => readFault(text, names)),
    seed: flags.seed,
  };
}

function readCollector(text: string): void {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return;
  throw usage(`--collector ${text} is not an http or https URL`, '--collector http://127.0.0.1:7077');
}

function within(flag: string, value: number, most: number): number {
  if (value >= 1 && value <= most) return value;
  throw usage(
    `--${flag} ${value} is not from 1 to ${most}`,
    `--${flag} ${Math.max(1, Math.min(value, most))}`,
  );
}

/** Per second, of `1000/s`, `60000/m`, `90/h` or a bare number a second. */
function readRate(flag: string, text: string, example: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(?:\/(s|m|h))?$/.exec(text.trim());
  const rate = Number(match?.[1] ?? 0) / SECONDS[(match?.[2] ?? 's') as keyof typeof SECONDS];
  if (rate > 0) return rate;
  throw usage(`${flag} ${text} is not a rate`, `${flag} ${example}`);
}

/** How often each of `checks` checks runs, so that together they make `perS` results a second. */
function intervalMs(checks: number, perS: number, text: string): number {
  const everyMs = Math.round((checks * MS_PER_S) / perS);
  const [min, max] = [SPEC_LIMITS.everyMinMs.value, SPEC_LIMITS.everyMaxMs.value];
  if (everyMs >= min && everyMs <= max) return everyMs;
  const [lowest, highest] = [max, min].map((ms) => (checks * MS_PER_S) / ms);
  throw usage(
    `--rate ${text} cannot be made by ${checks} checks, which run every ${min} ms at most and once a day at least`,
    everyMs < min
      ? `at most --rate ${highest}/s, or more --agents or --probes`
      : `at least --rate ${Math.ceil((lowest ?? 0) * SECONDS.h)}/h`,
  );
}

function readFault(text: string, regions: readonly string[]): SimulationPlan['faults'][number] {
  try {
    const spec = parseFault(text);
    if (regions.includes(spec.region)) return { text, spec };
    const nearest = suggest(spec.region, regions);
    throw usage(
      `--fault ${text}: there is no region ${spec.region}`,
      nearest ? `did you mean ${nearest}?` : `one of ${regions[0]} to ${regions.at(-1)}`,
    );
  } catch (error) {
    if (error instanceof FaultSyntaxError) throw usage(error.message, error.hint);
    throw error;
  }
}
