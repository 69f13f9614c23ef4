import { Flags } from '@oclif/core';
import { FAULT_KINDS } from '../../sandbox/index.ts';
import { checkRoom } from '../simulate/open-files.ts';
import { planSimulation } from '../simulate/options.ts';
import { reportEnd, reportToParent } from '../simulate/parent-reports.ts';
import { simulate } from '../simulate/simulation.ts';
import { faultsOf, formatSummary, type SimulateSummary } from '../simulate/summary.ts';
import { BaseCommand, outputFlag } from '../support/base-command.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { untilStopped } from '../support/until-stopped.ts';

export default class Simulate extends BaseCommand {
  static override summary =
    'Drive a real collector with a large simulated fleet, and count what was sent, acknowledged and stored.';
  static override description =
    `Thousands of agents in this one process, each with a real connection, the real protocol and a real schedule; only what they measure is made up. The probes are applied for the time of the simulation and taken away at the end. Use a collector of its own. Faults: ${FAULT_KINDS.map(({ kind, meaning }) => `${kind} ${meaning}`).join('; ')}.`;
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> simulate --agents 10000 --regions 30 --rate 1000/s --for 60s',
    '<%= config.bin %> simulate --agents 300 --regions 3 --rate 100/s --fault "region-3:latency=400ms@45s+45s" -o json',
    '<%= config.bin %> simulate --collector https://outrider.lab.example:7077 --token-file admin-token --for 60s',
  ];
  static override flags = {
    collector: Flags.string({
      description:
        'Address of a collector; several times for the ordered list that agents take, the first of which is asked at the end.',
      multiple: true,
      env: 'OUTRIDER_COLLECTOR',
      helpValue: 'URL',
    }),
    agents: Flags.integer({ description: 'Agents in all.', default: 1000 }),
    regions: Flags.integer({ description: 'Regions that they are spread over: region-1, region-2, …' }),
    rate: Flags.string({
      description: 'Results of all agents together; the interval of the probes follows from it.',
      default: '100/s',
      helpValue: 'N/s',
    }),
    probes: Flags.integer({ description: 'Probes that each agent runs.', default: 1 }),
    for: Flags.string({
      description: 'End by itself after this long, counted from when all agents are connected.',
      helpValue: 'DURATION',
    }),
    ramp: Flags.string({
      description: 'Agents that begin to connect a second. [default: all within 10 s]',
      helpValue: 'N/s',
    }),
    churn: Flags.string({
      description: 'Connections of random agents that are cut a second; they come back by themselves.',
      helpValue: 'N/s',
    }),
    fault: Flags.string({
      description: 'Make a region worse, counted from the same instant as --for; several times for several.',
      multiple: true,
      default: [],
      helpValue: 'REGION:KIND=VALUE@START[+LENGTH]',
    }),
    seed: Flags.integer({
      description: 'What regions are like and what runs measure is the same for the same seed.',
      default: 1,
    }),
    name: Flags.string({
      description: 'What ids of agents and names of probes begin with: two simulations need two names.',
      default: 'sim',
    }),
    enrol: Flags.string({
      description:
        'For a collector with --auth: file of an invitation for as many agents, as `agents invite --uses` makes it. With an admin’s token none is needed.',
      helpValue: 'FILE',
    }),
    keep: Flags.boolean({ description: 'Leave the probes at the collector.' }),
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Simulate);
    const { collector, origin, token } = this.way();
    const isList = origin === '--collector' || origin === 'OUTRIDER_COLLECTOR';
    const collectors = isList ? (flags.collector ?? []) : [collector];
    const { fault: faults, ...rest } = flags;
    const plan = planSimulation({
      ...{ collectors, faults },
      ...rest,
      regions: flags.regions ?? Math.min(flags.agents, DEFAULT_REGIONS),
      for: flags.for,
      ramp: flags.ramp,
      churn: flags.churn,
    });
    checkRoom(plan.agents);
    const stop = new AbortController();
    void untilStopped().then(() => stop.abort());
    const summary = await simulate({
      client: this.client(),
      plan,
      ...{ token: token?.text, enrolFile: flags.enrol },
      keep: flags.keep,
      signal: stop.signal,
      progress: (text) => this.message(text),
      onFleet: reportToParent,
    });
    reportEnd(summary);
    this.data(flags.output === 'json' ? JSON.stringify(summary) : formatSummary(summary));
    this.judge(summary);
  }

  private judge(summary: SimulateSummary): void {
    const faults = faultsOf(summary);
    if (faults.length > 0)
      throw new CliError('the results do not add up', {
        why: faults.join('\n'),
        hint: 'outrider agents list shows who holds results; run it again, and report it when it stays',
      });
    const { pending, dropped } = summary.results;
    if (pending + dropped > 0)
      throw new CliError(`${pending} results were not delivered, and ${dropped} dropped`, {
        why: 'the collector did not take them in time; what a simulated agent holds ends with it',
        hint: 'a lower --rate, or see the log of the collector',
        exit: EXIT.degraded,
      });
  }
}

/** When nothing is said about regions. */
const DEFAULT_REGIONS = 10;
