import { statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { findBrowser } from '../../probes/browser/find.ts';
import { BaseCommand, collectorFlag, outputFlag } from '../support/base-command.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { formatJson, formatTable } from '../support/output.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly finding: string;
  readonly hint: string;
}

const ok = (check: string, finding: string): Finding => ({ check, state: 'ok', finding, hint: '' });

const BROWSER_FREE_BYTES = 750 * 1024 * 1024;
const DISK_FREE_BYTES = 2 * 1024 * 1024 * 1024;
const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

function node(): Finding {
  const [major] = process.versions.node.split('.');
  if (Number(major) >= 24) return ok('Node', `v${process.versions.node}`);
  return {
    check: 'Node',
    state: 'problem',
    finding: `v${process.versions.node} is older than 24`,
    hint: 'npm run up, which brings Node 24 as a package',
  };
}

async function browser(): Promise<Finding> {
  const found = await findBrowser();
  if (found.ok) return ok('browser', `${found.build.version} at ${found.build.path}`);
  return {
    check: 'browser',
    state: 'warning',
    finding: found.failure.message,
    hint: 'sudo apt-get install -y chromium-headless-shell; without it there are no video start times',
  };
}

function memory(): Finding {
  const free = freemem();
  if (free >= BROWSER_FREE_BYTES) return ok('memory', `${gib(free)} free`);
  return {
    check: 'memory',
    state: 'warning',
    finding: `${gib(free)} free: browser runs will be shed`,
    hint: 'give the machine 750 MiB for the browser',
  };
}

function disk(): Finding {
  const { bavail, bsize } = statfsSync('.');
  const free = bavail * bsize;
  if (free >= DISK_FREE_BYTES) return ok('disk', `${gib(free)} free here`);
  return {
    check: 'disk',
    state: 'warning',
    finding: `${gib(free)} free here`,
    hint: 'free some space, or give --data-dir on another disk',
  };
}

async function engine(): Promise<Finding> {
  try {
    import.meta.resolve('chdb/connection');
    return ok('ClickHouse', 'the embedded engine is installed');
  } catch {
    return {
      check: 'ClickHouse',
      state: 'warning',
      finding: 'the embedded engine is not installed',
      hint: 'npm install, or collector start --clickhouse URL',
    };
  }
}

export default class Doctor extends BaseCommand {
  static override summary = 'Check this machine and the collector, and say what to do about what is wrong.';
  static override description =
    'Exit 0 when all is well, 2 when there are warnings, 1 when there are problems.';
  static readonly effect = 'read';
  static readonly idempotent = true;
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor -o json'];
  static override flags = { collector: collectorFlag, output: outputFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const findings = [node(), await browser(), memory(), disk(), await engine(), await this.collector()];
    if (flags.output === 'json') this.data(formatJson(findings));
    else
      this.data(
        formatTable(
          ['check', 'state', 'finding', 'try'],
          findings.map(({ check, state, finding, hint }) => [check, state, finding, hint]),
        ),
      );
    if (findings.some(({ state }) => state === 'problem')) process.exitCode = EXIT.failed;
    else if (findings.some(({ state }) => state === 'warning')) process.exitCode = EXIT.degraded;
  }

  private async collector(): Promise<Finding> {
    try {
      const client = this.client();
      const { data } = await client.get<{ data: { state: string }[] }>('/api/v1/agents');
      const silent = data.filter((agent) => agent.state === 'silent').length;
      if (silent === 0) return ok('collector', `${client.asked} answers; ${data.length} agents`);
      return {
        check: 'collector',
        state: 'warning',
        finding: `${client.asked} answers; ${silent} of ${data.length} agents are silent`,
        hint: 'outrider agents list',
      };
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return {
        check: 'collector',
        state: 'warning',
        finding: `${error.message}: ${error.why ?? ''}`,
        hint: error.hint ?? '',
      };
    }
  }
}
