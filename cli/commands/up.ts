import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Flags } from '@oclif/core';
import type { ShownIncidentJson } from '../../collector/api/answers/incidents.ts';
import type { OverviewJson } from '../../collector/api/answers/overview.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import { FAULT_KINDS } from '../../sandbox/index.ts';
import { BaseCommand, outputFlag } from '../support/base-command.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { terminalOf } from '../support/terminal.ts';
import { untilStopped } from '../support/until-stopped.ts';
import { sandboxProbes, targetProbes } from '../up/default-probes.ts';
import { Fleet } from '../up/fleet.ts';
import { renderLive } from '../up/live-table.ts';
import { planUp, type UpPlan } from '../up/options.ts';
import { summarise, type UpSummary } from '../up/summary.ts';

const REFRESH_MS = 2000;
/** Where there is no terminal, a table this often. */
const LOG_EVERY_MS = 20_000;

const faultHelp = FAULT_KINDS.map(
  ({ kind, example, meaning }) => `${example === '' ? kind : `${kind}=${example}`} ${meaning}`,
).join('; ');

export default class Up extends BaseCommand {
  static override summary =
    'Run a whole fleet here: collector, ClickHouse, a real small video service, and agents in three regions.';
  static override description =
    `Agents upload and play real video against the reference service, each through the fault proxy of its region. Faults: ${faultHelp}.`;
  static readonly effect = 'write';
  static readonly idempotent = true;
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --for 120s --fault "eu-west:latency=400ms@45s+45s" -o json',
    '<%= config.bin %> up --target https://cdn.example.net/v.m3u8',
  ];
  static override baseFlags = {};
  static override flags = {
    for: Flags.string({
      description: 'End by itself after this long, counted from when all agents are connected.',
      helpValue: 'DURATION',
    }),
    fault: Flags.string({
      description: 'Inject a fault, counted from the same instant; several times for several.',
      multiple: true,
      default: [],
      helpValue: 'REGION:KIND=VALUE@START[+LENGTH]',
    }),
    target: Flags.string({
      description: 'Probe this real address instead of the reference service: nothing is uploaded.',
      helpValue: 'URL',
    }),
    regions: Flags.string({
      description: 'Names of regions, separated by commas. [default: us-east,eu-west,ap-southeast]',
    }),
    agents: Flags.integer({ description: 'Agents in each region; the first has the browser.', default: 3 }),
    port: Flags.integer({
      description: 'Port of the collector; 0 takes a free one.',
      env: 'OUTRIDER_PORT',
      default: 7077,
      min: 0,
      max: 65_535,
    }),
    'data-dir': Flags.string({
      description: 'Keep all data here; otherwise it is deleted at the end.',
      helpValue: 'DIR',
    }),
    clickhouse: Flags.string({
      description: 'HTTP address of a ClickHouse server, instead of the embedded engine.',
      helpValue: 'URL',
    }),
    browser: Flags.string({
      description: 'Executable of the browser.',
      env: 'OUTRIDER_BROWSER',
      helpValue: 'FILE',
    }),
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Up);
    const plan = planUp({ ...flags, faults: flags.fault });
    const browserPath = await this.browser(flags.browser);
    const stopped = untilStopped();
    const dataDir = flags['data-dir'] ?? mkdtempSync(join(tmpdir(), 'outrider-up-'));
    const startedMs = Date.now();
    const spec =
      plan.target === undefined
        ? sandboxProbes(browserPath !== undefined)
        : targetProbes(plan.target, browserPath !== undefined);
    try {
      const fleet = await Fleet.start({
        dataDir,
        port: flags.port,
        clickhouse: flags.clickhouse,
        regions: plan.regions,
        agentsPerRegion: plan.agentsPerRegion,
        browserPath,
        target: plan.target,
        spec,
        progress: (text) => this.message(text),
      });
      try {
        const readyMs = Date.now();
        fleet.inject(plan.faults.map(({ text }) => text));
        await this.watch(fleet, plan, readyMs, stopped, flags.output === 'table');
        const endedMs = Date.now();
        this.message('stopping: agents finish their runs and deliver what they hold');
        await fleet.stopAgents();
        const faults = plan.faults.map(({ spec }) => spec);
        const summary = await summarise({
          client: fleet.client,
          ...plan,
          faults,
          startedMs,
          readyMs,
          endedMs,
        });
        this.conclude(summary, flags.output === 'json');
      } finally {
        await fleet.stop();
      }
    } finally {
      if (flags['data-dir'] === undefined) rmSync(dataDir, { recursive: true, force: true });
      else this.message(`data and logs are in ${dataDir}`);
    }
  }

  /** The browser, or a word about its absence: the rest works without. */
  private async browser(explicit: string | undefined): Promise<string | undefined> {
    const found = await findBrowser(explicit === undefined ? {} : { explicit });
    if (found.ok) return found.build.path;
    if (explicit !== undefined) {
      throw new CliError(found.failure.message, {
        hint: 'leave --browser and OUTRIDER_BROWSER out to have one found',
        exit: EXIT.usage,
      });
    }
    this.message(`no video start times: ${found.failure.message}`);
    return undefined;
  }

  /** Shows the fleet until the time is over, somebody stops it, or a part of it breaks. */
  private async watch(
    fleet: Fleet,
    plan: UpPlan,
    readyMs: number,
    stopped: Promise<void>,
    live: boolean,
  ): Promise<void> {
    const redraw = live && process.stdout.isTTY === true;
    const seen = new Map<string, string>();
    let ended = false;
    const end = Promise.race([
      stopped,
      plan.forMs === undefined ? new Promise<void>(() => {}) : sleep(plan.forMs),
    ]).then(() => {
      ended = true;
    });
    const broken = fleet.broken().then((error) => {
      if (!ended) throw error;
    });
    broken.catch(() => {});
    let loggedMs = readyMs;
    while (!ended) {
      const overview = await fleet.client.get<OverviewJson>('/api/v1/overview');
      const seconds = (Date.now() - readyMs) / 1000;
      const faults = plan.faults
        .filter(
          ({ spec }) =>
            seconds * 1000 >= spec.afterMs &&
            seconds * 1000 < spec.afterMs + (spec.lengthMs ?? Number.POSITIVE_INFINITY),
        )
        .map(({ text }) => text);
      const view = {
        overview,
        dashboard: fleet.client.url('/'),
        seconds,
        forSeconds: plan.forMs === undefined ? undefined : plan.forMs / 1000,
        faults,
      };
      if (redraw)
        process.stdout.write(
          `\u001b[H\u001b[2J${renderLive(view, terminalOf())}\n\nCtrl-C stops everything.\n`,
        );
      else {
        for (const line of news(overview.incidents, seen)) this.message(`${seconds.toFixed(0)} s  ${line}`);
        if (Date.now() - loggedMs >= LOG_EVERY_MS) {
          loggedMs = Date.now();
          this.message(renderLive(view, { colours: false, columns: Number.POSITIVE_INFINITY }));
        }
      }
      await Promise.race([end, broken, sleep(REFRESH_MS)]);
    }
  }

  private conclude(summary: UpSummary, json: boolean): void {
    if (json) this.data(JSON.stringify(summary));
    else
      this.message(
        `${summary.results} results in ${summary.seconds} s, ${summary.incidents.length} incident${summary.incidents.length === 1 ? '' : 's'}`,
      );
    const { expected, stored, pending, missed, dropped, duplicates } = summary;
    if (expected === stored + pending + missed + dropped && duplicates === 0) return;
    throw new CliError('the results do not add up', {
      why: `${expected} expected, ${stored} stored + ${pending} pending + ${missed} missed + ${dropped} dropped, ${duplicates} duplicates`,
      hint: 'run it again with --data-dir DIR and report what is in DIR/logs',
    });
  }
}

/** A line for every incident that opened or was resolved since the last look. */
function news(incidents: readonly ShownIncidentJson[], seen: Map<string, string>): string[] {
  const lines: string[] = [];
  for (const incident of incidents) {
    if (seen.get(incident.id) === incident.status) continue;
    seen.set(incident.id, incident.status);
    lines.push(`incident ${incident.status === 'open' ? 'opened' : 'resolved'}: ${incident.summary}`);
  }
  return lines;
}
