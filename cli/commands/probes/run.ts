import { existsSync } from 'node:fs';
import { Args, Flags } from '@oclif/core';
import type {
  AskedRunJson,
  ProbeJson,
  ResultJson,
  TargetJson,
} from '../../../collector/api/answers/checks.ts';
import { formatDuration, type ProbeSpec, type TargetSpec } from '../../../probes/spec.ts';
import type { ApiClient } from '../../support/api-client.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { explainUnanswered, followRun, waitMsOf } from '../../support/follow-run.ts';
import { readLocation } from '../../support/location-flag.ts';
import { formatJson, formatTable } from '../../support/output.ts';
import { segment } from '../../support/paths.ts';
import { withProgress } from '../../support/progress.ts';
import { resultLine } from '../../support/result-line.ts';
import { type HereRun, runHere } from '../../support/run-here.ts';
import { reportJson, reportLines } from '../../support/run-report.ts';
import { readSpecFile } from '../../support/spec-file.ts';
import { visibilityTable } from '../../support/visibility-table.ts';

/** What of the flags a run of the fleet goes by. */
interface FleetFlags {
  readonly from: readonly string[];
  readonly collector: string;
  readonly output: string;
  readonly watch: boolean;
  readonly wait: string | undefined;
}

export default class ProbesRun extends BaseCommand {
  static override summary =
    'Run a probe now: on the fleet, or with --once here on this machine, phase by phase.';
  static override description =
    'On the fleet every connected agent that runs the probe runs it once, beside its schedule; who does not answer in time is named. With --watch each result is shown as it comes. With --once the run happens here and nothing is stored: its phases are drawn as a waterfall. Addresses that are private or on this machine are refused unless --allow names them. Exit 1 when a run failed.';
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> probes run play-light --from eu-west --watch',
    '<%= config.bin %> probes run play-light --from "2 per region, different ASNs"',
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
      description:
        'Which agents: places, labels or ids, with count and spread, e.g. "2 per region, different ASNs". Several are alternatives.',
      multiple: true,
      default: [],
      helpValue: 'LOCATION',
    }),
    watch: Flags.boolean({
      description: 'Show each result as it comes: a line of text, or of JSON with -o json.',
      exclusive: ['once'],
    }),
    wait: Flags.string({
      description: 'Wait so long for answers; without it the timeout of the probe and 15 s.',
      exclusive: ['once'],
      helpValue: 'DURATION',
    }),
    allow: Flags.string({
      description: 'With --once: an address block that may be reached though it is private.',
      env: 'OUTRIDER_ALLOW',
      multiple: true,
      delimiter: ',',
      default: [],
      helpValue: 'CIDR',
    }),
    'connect-to': Flags.string({
      description: 'With --once: dial HOST:PORT in place of another, as curl does.',
      multiple: true,
      default: [],
      helpValue: 'HOST:PORT=HOST:PORT',
    }),
    'own-probes': Flags.string({
      description: 'With --once: the allow-list of own modules and programs.',
      helpValue: 'FILE',
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
    if (!flags.once) return this.onFleet(args.probe, flags);
    const { probes, targets } = await this.read(args.probe);
    const connectTo = Object.fromEntries(flags['connect-to'].map(readConnectTo));
    const runs = runHere({
      probes,
      targets,
      network: { policy: { allow: flags.allow, deny: [] }, connectTo, nameServers: [] },
      browser: flags.browser,
      ownProbes: flags['own-probes'],
    });
    let failed = false;
    const all: HereRun[] = [];
    for await (const run of runs) {
      failed ||= run.result.outcome === 'fail';
      all.push(run);
      if (flags.output === 'table') this.data(reportLines(run, process.stdout.columns || 100).join('\n'));
    }
    if (flags.output === 'json') this.data(formatJson(all.map(reportJson)));
    if (failed) process.exitCode = EXIT.failed;
  }

  /** Probes of a file, or one probe of the collector with its targets. */
  private async read(probe: string): Promise<{ probes: ProbeSpec[]; targets: TargetSpec[] }> {
    if (/\.ya?ml$/.test(probe) || existsSync(probe)) return readSpecFile(probe);
    const client = this.client();
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

  /** Asks the fleet, shows what it answers, and ends at a deadline whoever has not. */
  private async onFleet(probe: string, flags: FleetFlags): Promise<void> {
    const { watch } = flags;
    const json = flags.output === 'json';
    const from = readLocation(flags.from);
    const client = this.client();
    const { timeout_ms: timeoutMs } = await client.get<ProbeJson>(`/api/v1/probes/${segment(probe)}`);
    const waitMs = waitMsOf(flags.wait, timeoutMs);
    const asked = await client.post<AskedRunJson>(`/api/v1/probes/${segment(probe)}/run`, { from });
    this.message(`asked ${asked.agents.length} agents: ${asked.agents.join(', ')}`);
    const following = followRun({ client, asked, untilMs: Date.now() + waitMs });
    const results: ResultJson[] = [];
    const end = await withProgress(
      (seconds) =>
        `${results.length} of ${asked.expected} results: ${seconds} s of at most ${waitMs / 1000} s`,
      async () => {
        let step = await following.next();
        for (; !step.done; step = await following.next()) {
          results.push(step.value);
          if (watch) this.data(json ? JSON.stringify(step.value) : resultLine(step.value));
        }
        return step.value;
      },
    );
    if (!watch) this.data(json ? formatJson(results) : resultTable(results));
    if (results.some((result) => result.outcome !== 'ok')) process.exitCode = EXIT.failed;
    if (!json) await this.showVisibility(client, results);
    const { unanswered, trouble } = end;
    this.message(`${asked.agents.length - unanswered.length} of ${asked.agents.length} agents answered`);
    if (unanswered.length > 0)
      throw new CliError('not every agent answered in time', {
        why: [
          `no answer from ${(await explainUnanswered(client, unanswered)).join('; ')}`,
          ...(trouble === undefined ? [] : [trouble]),
        ].join('; '),
        hint: `outrider agents why ${unanswered[0]?.agent}; --wait gives them longer`,
      });
  }

  /** Of runs that published something: when each region could play it. */
  private async showVisibility(client: ApiClient, results: readonly ResultJson[]): Promise<void> {
    for (const { agent, attributes } of results) {
      if (attributes.publish_run === undefined) continue;
      // A collector that has started anew knows no run without rows.
      const watched = await client.find<{ data: ResultJson[] }>(
        `/api/v1/runs/${segment(attributes.publish_run)}`,
      );
      const table = watched ? visibilityTable(watched.data) : 'nothing is known of who watched for it';
      this.data(`\npublished by ${agent}, run ${attributes.publish_run}\n${table}`);
    }
  }
}

function resultTable(results: readonly ResultJson[]): string {
  const rows = results.map((result) => [
    result.region,
    result.agent,
    result.target,
    result.outcome,
    result.code || result.missed_reason,
    `${Math.round(result.duration_ms)} ms`,
    result.message,
  ]);
  return formatTable(['region', 'agent', 'target', 'outcome', 'code', 'took', 'message'], rows);
}

function readConnectTo(text: string): [string, string] {
  const match = /^([^=\s]+:\d+)=([^=\s]+:\d+)$/.exec(text);
  if (match?.[1] && match[2]) return [match[1], match[2]];
  throw new CliError(`--connect-to ${text} is not HOST:PORT=HOST:PORT`, {
    hint: '--connect-to video.example:80=127.0.0.1:8080',
    exit: EXIT.usage,
  });
}
