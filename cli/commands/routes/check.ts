import { Args, Flags } from '@oclif/core';
import type { NotifySettings } from '../../../collector/notify/settings.ts';
import { BaseCommand, outputFlag } from '../../support/base-command.ts';
import { CliError } from '../../support/cli-error.ts';
import { EXIT } from '../../support/exit-codes.ts';
import { formatTable } from '../../support/output.ts';
import { readRoutes } from '../../support/read-routes.ts';
import { timeText } from '../../support/time-text.ts';

export default class RoutesCheck extends BaseCommand {
  static override summary =
    'Check a file of routes: who is told of what; with --send, whether they are reached.';
  static override description =
    'Every mistake is shown with its line (exit 65). No collector is needed; files and variables that receivers name must be here. A trial message says that it is one; to PagerDuty and Alertmanager its end is sent behind it.';
  static readonly effect = 'write';
  static readonly idempotent = false;
  static override examples = [
    '<%= config.bin %> routes check routes.yaml',
    '<%= config.bin %> routes check routes.yaml --send pager --send mail',
  ];
  static override args = {
    file: Args.string({ description: 'The file, as `collector start --routes` takes it.', required: true }),
  };
  static override baseFlags = {};
  static override flags = {
    send: Flags.string({
      description: 'Send a trial message to this receiver; several times for several.',
      multiple: true,
      default: [],
      helpValue: 'RECEIVER',
    }),
    output: outputFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RoutesCheck);
    const settings = readRoutes(args.file);
    const { isEverything, matchText } = await import('../../../collector/notify/matchers.ts');
    const { nextOccurrence } = await import('../../../collector/notify/maintenance.ts');
    const routes = settings.routes.map((route) => ({
      route: route.name,
      match: matchText(route.match),
      receivers: route.receivers,
      goes_on: route.continue,
    }));
    const nowMs = Date.now();
    const windows = settings.maintenance.map((window) => ({
      window: window.name,
      match: matchText(window.match),
      next_at: isoOf(nextOccurrence(window, nowMs)?.startMs),
      length: window.length,
    }));
    const trials = await this.#try(settings, flags.send);
    if (settings.routes.every(({ match }) => !isEverything(match)))
      this.message('no route takes everything: nobody is told of incidents that none of them matches');
    if (flags.output === 'json') this.data(JSON.stringify({ routes, maintenance: windows, trials }, null, 2));
    else this.data(textOf(routes, windows, trials));
    const failed = trials.filter(({ error }) => error !== '');
    if (failed.length > 0)
      throw new CliError(
        `${failed.map(({ receiver }) => receiver).join(', ')} did not take the trial message`,
        {
          why: failed.map(({ error, receiver }) => `${receiver}: ${error}`).join('\n'),
          hint: 'mend address, secret or receiver, and try again',
        },
      );
  }

  async #try(settings: NotifySettings, names: readonly string[]): Promise<readonly Trial[]> {
    const { senderOf } = await import('../../../collector/notify/senders/index.ts');
    const { trialNotice } = await import('../../../collector/notify/notice.ts');
    const { NOTIFY_LIMITS } = await import('../../../collector/notify/limits.ts');
    const trials: Trial[] = [];
    for (const name of names) {
      const receiver = settings.receivers.find((one) => one.name === name);
      if (!receiver)
        throw new CliError(`there is no receiver ${name}`, {
          hint: `--send ${settings.receivers.map((one) => one.name).join(' --send ')}`,
          exit: EXIT.usage,
        });
      const sender = senderOf(receiver, process.env);
      const keepsState = receiver.type === 'pagerduty' || receiver.type === 'alertmanager';
      const atMs = Date.now();
      let error = '';
      for (const state of keepsState ? (['firing', 'over'] as const) : (['firing'] as const)) {
        const signal = AbortSignal.timeout(NOTIFY_LIMITS.attemptMs.value);
        const sent = await sender.send(trialNotice(name, state, atMs), { signal, nowMs: Date.now() });
        error ||= sent.ok ? (sent.note ?? '') : sent.reason;
      }
      trials.push({ receiver: name, error });
    }
    return trials;
  }
}

interface Trial {
  readonly receiver: string;
  readonly error: string;
}

const isoOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

function textOf(
  routes: readonly { route: string; match: string; receivers: readonly string[]; goes_on: boolean }[],
  windows: readonly { window: string; match: string; next_at: string | null; length: string }[],
  trials: readonly Trial[],
): string {
  const tables = [
    formatTable(
      ['route', 'what', 'receivers', 'and then'],
      routes.map((one) => [one.route, one.match, one.receivers.join(', '), one.goes_on ? 'goes on' : 'ends']),
    ),
  ];
  if (windows.length > 0)
    tables.push(
      formatTable(
        ['maintenance', 'what', 'next', 'for'],
        windows.map((one) => [one.window, one.match, timeText(one.next_at), one.length]),
      ),
    );
  if (trials.length > 0)
    tables.push(
      formatTable(
        ['trial', 'result'],
        trials.map(({ error, receiver }) => [receiver, error === '' ? 'taken' : error]),
      ),
    );
  return tables.join('\n\n');
}
