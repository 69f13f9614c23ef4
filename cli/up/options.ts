/** What the user asked of `up`, checked before anything is started. */
import { parseDurationMs } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import { type FaultSpec, FaultSyntaxError, parseFault } from '../../sandbox/index.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { DEFAULT_REGIONS } from './regions.ts';

export const UP_LIMITS = {
  regions: {
    value: 8,
    reason: 'Each region is a proxy and several processes on this one machine.',
    past: 'Refused as a wrong flag.',
  },
  agentsPerRegion: {
    value: 10,
    reason: 'Each agent is a process of about 80 MB.',
    past: 'Refused as a wrong flag.',
  },
  faults: {
    value: 50,
    reason: 'More than a screenful of faults shows nothing.',
    past: 'Refused as a wrong flag.',
  },
} as const;

export interface UpFlags {
  readonly regions: string | undefined;
  readonly agents: number;
  readonly faults: readonly string[];
  readonly for: string | undefined;
  readonly target: string | undefined;
}

export interface UpPlan {
  readonly regions: readonly string[];
  readonly agentsPerRegion: number;
  /** As written and as read, in the same order. */
  readonly faults: readonly { readonly text: string; readonly spec: FaultSpec }[];
  readonly forMs: number | undefined;
  readonly target: string | undefined;
}

const usage = (what: string, hint: string): CliError => new CliError(what, { hint, exit: EXIT.usage });

/** Throws a `CliError` (exit 64) that says what to write instead. */
export function planUp(flags: UpFlags): UpPlan {
  const regions = readRegions(flags.regions);
  if (flags.agents < 1 || flags.agents > UP_LIMITS.agentsPerRegion.value) {
    throw usage(`--agents ${flags.agents} is not from 1 to ${UP_LIMITS.agentsPerRegion.value}`, '--agents 3');
  }
  const forMs = flags.for === undefined ? undefined : parseDurationMs(flags.for);
  if (flags.for !== undefined && !forMs)
    throw usage(`--for ${flags.for} is not a duration`, '--for 90s, --for 5m');
  if (flags.target !== undefined) readTarget(flags.target);
  if (flags.target !== undefined && flags.faults.length > 0) {
    throw usage(
      '--fault needs the sandbox, and --target leaves it out',
      'drop one of the two: faults are never injected into a real service',
    );
  }
  if (flags.faults.length > UP_LIMITS.faults.value)
    throw usage(`more than ${UP_LIMITS.faults.value} faults`, 'fewer --fault');
  return {
    regions,
    agentsPerRegion: flags.agents,
    faults: flags.faults.map((text) => readFault(text, regions)),
    forMs,
    target: flags.target,
  };
}

function readRegions(text: string | undefined): string[] {
  const regions = text === undefined ? DEFAULT_REGIONS : text.split(',').map((name) => name.trim());
  for (const name of regions) {
    if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name))
      throw usage(
        `--regions: ${JSON.stringify(name)} is not a name of lower-case letters, digits and dashes`,
        '--regions us-east,eu-west',
      );
  }
  if (new Set(regions).size !== regions.length)
    throw usage('--regions names a region twice', '--regions us-east,eu-west');
  if (regions.length > UP_LIMITS.regions.value)
    throw usage(`--regions: at most ${UP_LIMITS.regions.value} fit on one machine`, 'fewer regions');
  return [...regions];
}

function readTarget(text: string): void {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw usage(`--target ${text} is not an http or https URL`, '--target https://cdn.example.net/v.m3u8');
  }
}

function readFault(text: string, regions: readonly string[]): UpPlan['faults'][number] {
  try {
    const spec = parseFault(text);
    if (regions.includes(spec.region)) return { text, spec };
    const nearest = suggest(spec.region, regions);
    throw usage(
      `--fault ${text}: there is no region ${spec.region}`,
      nearest ? `did you mean ${nearest}?` : `one of ${regions.join(', ')}`,
    );
  } catch (error) {
    if (error instanceof FaultSyntaxError) throw usage(error.message, error.hint);
    throw error;
  }
}
