import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Args, Flags } from '@oclif/core';
import { formatDuration, type ProbeSpec, type TargetSpec } from '../../../probes/spec.ts';
import type { ApiClient } from '../../support/api-client.ts';
import type { ProbeJson, ResultJson, TargetJson } from '../../support/api-types.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { formatJson, formatTable } from '../../support/output.ts';
import { segment } from '../../support/paths.ts';
import { type HereRun, runHere } from '../../support/run-here.ts';
import { reportJson, reportLines } from '../../support/run-report.ts';
import { readSpecFile } from '../../support/spec-file.ts';
import { visibilityTable } from '../../support/visibility-table.ts';

const POLL_MS = 300;
/** After the timeout of the probe: a place in a lane, delivery, and a commit. */
const FLEET_GRACE_MS = 15_000;

export default class ProbesRun extends BaseCommand {
  static override summary =
    'Run a probe now: on the fleet, or with --once here on this machine, phase by phase.';
  static override description =
    'On the fleet every connected agent that runs the probe runs it once, beside its schedule. With --once the run happens here and nothing is stored: its phases are drawn as a waterfall. Addresses that are private or on this machine are refused unless --allow names them. Exit 1 when a run failed.';
  static override examples = [
    '<%= config.bin %> probes run play-light --from eu-west',
    '<%= config.bin %> probes run probes.yaml --once',
    '<%= config.bin %> probes run probes.yaml --once --allow 127.0.0.0/8 --connect-to video.example:80=127.0.0.1:8080',
  ];
  static override args = {
    probe: Args.string({
      description: 'Name of a probe, or a YAML file of probes (with --once).',
      required: true,
    }),
  };
  static override flags = {
    once: Flags.boolean({ description: 'Run here, now, without the fleet.' }),
    from: Flags.string({
      description: 'Only agents of these regions.',
      multiple: true,
      default: [],
      helpValue: 'REGION',
    }),
    allow: Flags.string({
      description: 'With --once: an address block that may be reached though it is private.',
      multiple: true,
      default: [],
      helpValue: 'CIDR',
    }),
    'connect-to': Flags.string({
      description: 'With --once: dial HOST:PORT in place of another, as curl does.',
      multiple: true,
      default: [],
      helpValue: 'HOST:PORT=HOST:PORT',
    }),
    browser: Flags.string({
      description: 'With --once: executable of the browser.',
      env: 'OUTRIDER_BROWSER',
      helpValue: 'FILE',
    }),
    collector: collectorFlag,
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProbesRun);
    if (!flags.once) return this.onFleet(args.probe, flags.from, flags.collector, flags.output === 'json');
    const { probes, targets } = await this.read(args.probe, flags.collector);
    const connectTo = Object.fromEntries(flags['connect-to'].map(readConnectTo));
    const runs = runHere({
      probes,
      targets,
      network: { policy: { allow: flags.allow, deny: [] }, connectTo, nameServers: [] },
      browser: flags.browser,
    });
    let failed = false;
    const all: HereRun[] = [];
    for await (const run of runs) {
      failed ||= run.result.outcome === 'fail';
      all.push(run);
      if (flags.output === 'table') this.data(reportLines(run, process.stdout.columns ?? 100).join('\n'));
    }
    if (flags.output === 'json') this.data(formatJson(all.map(reportJson)));
    if (failed) process.exitCode = EXIT.failed;
  }

  /** Probes of a file, or one probe of the collector with its targets. */
  private async read(
    probe: string,
    collector: string,
  ): Promise<{ probes: ProbeSpec[]; targets: TargetSpec[] }> {
    if (/\.ya?ml$/.test(probe) || existsSync(probe)) return readSpecFile(probe);
    const client = this.client(collector);
    const found = await client.get<ProbeJson>(`/api/v1/probes/${segment(probe)}`);
    const { data } = await client.get<{ data: TargetJson[] }>('/api/v1/targets', { limit: 1000 });
    const { name, type, targets, every, timeout_ms: timeoutMs, params } = found;
    const spec: ProbeSpec = {
      name,
      type,
      targets: [...targets],
      every,
      timeout: formatDuration(timeoutMs),
      params: { ...params },
      from: {},
      paused: false,
    };
    return { probes: [spec], targets: data.map((target) => ({ ...target, labels: { ...target.labels } })) };
  }

  /** Asks the fleet, and waits for every answer within a bound. */
  private async onFleet(
    probe: string,
    regions: readonly string[],
    collector: string,
    json: boolean,
  ): Promise<void> {
    const client = this.client(collector);
    const { timeout_ms: timeoutMs } = await client.get<ProbeJson>(`/api/v1/probes/${segment(probe)}`);
    const asked = await client.post<{ request_id: string; agents: string[] }>(
      `/api/v1/probes/${segment(probe)}/run`,
      {
        from: regions.length > 0 ? { region: regions } : {},
      },
    );
    this.message(`asked ${asked.agents.length} agents: ${asked.agents.join(', ')}`);
    const untilMs = Date.now() + timeoutMs + FLEET_GRACE_MS;
    let answer: { data: ResultJson[]; done: boolean };
    do {
      await sleep(POLL_MS);
      answer = await client.get(`/api/v1/runs/${segment(asked.request_id)}`);
    } while (!answer.done && Date.now() < untilMs);
    if (json) this.data(formatJson(answer.data));
    else {
      const rows = answer.data.map((result) => [
        result.region,
        result.agent,
        result.target,
        result.outcome,
        result.code || result.missed_reason,
        `${Math.round(result.duration_ms)} ms`,
        result.message,
      ]);
      this.data(formatTable(['region', 'agent', 'target', 'outcome', 'code', 'took', 'message'], rows));
    }
    if (!json) await this.showVisibility(client, answer.data);
    if (!answer.done)
      throw new CliError('not every agent answered in time', {
        why: `${answer.data.length} results have come`,
        hint: 'outrider agents list shows which are silent',
      });
    if (answer.data.some((result) => result.outcome !== 'ok')) process.exitCode = EXIT.failed;
  }

  /** Of runs that published something: when each region could play it. */
  private async showVisibility(client: ApiClient, results: readonly ResultJson[]): Promise<void> {
    for (const { agent, attributes } of results) {
      if (attributes.publish_run === undefined) continue;
      const { data } = await client.get<{ data: ResultJson[] }>(
        `/api/v1/runs/${segment(attributes.publish_run)}`,
      );
      this.data(`\npublished by ${agent}, run ${attributes.publish_run}\n${visibilityTable(data)}`);
    }
  }
}

function readConnectTo(text: string): [string, string] {
  const match = /^([^=\s]+:\d+)=([^=\s]+:\d+)$/.exec(text);
  if (match?.[1] && match[2]) return [match[1], match[2]];
  throw new CliError(`--connect-to ${text} is not HOST:PORT=HOST:PORT`, {
    hint: '--connect-to video.example:80=127.0.0.1:8080',
    exit: EXIT.usage,
  });
}
