/** Real shells on a terminal of their own, into which somebody types with Tab; what they then run is written down by a stand-in. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELLS, type Shell } from '../../../cli/completion/scripts.ts';
import { type RunningApi, SPEC, startApi } from '../../collector/api/running-api.ts';
import { outrider } from '../../support/outrider.ts';

const entry = join(import.meta.dirname, '../../../cli/bin/outrider.js');
const scratch = mkdtempSync(join(tmpdir(), 'outrider-completion-'));
const ran = join(scratch, 'ran');
let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
  mkdirSync(join(scratch, 'bin'));
  const standIn = join(scratch, 'bin/outrider');
  writeFileSync(
    standIn,
    `#!/bin/sh
[ "$1" = complete ] && exec ${process.execPath} ${entry} "$@"
for word in "$@"; do printf '%s|' "$word"; done >> ${ran}
echo >> ${ran}
`,
  );
  chmodSync(standIn, 0o755);
  writeFileSync(join(scratch, 'probes.yaml'), '');
});
afterAll(async () => {
  await api?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const BEGIN: Readonly<Record<Shell, readonly [command: string, setUp: string]>> = {
  bash: ['bash --noprofile --norc -i', 'source SCRIPT'],
  zsh: [
    'zsh -f -i',
    'autoload -Uz compinit; compinit -u; zstyle ":completion:*" insert-tab false; source SCRIPT',
  ],
  fish: ['fish --no-config -i', 'source SCRIPT'],
};

/** What the stand-in was called with, a line each, after all of it was typed. */
async function typed(shell: Shell, lines: readonly string[]): Promise<string[]> {
  const script = join(scratch, `completion.${shell}`);
  writeFileSync(script, (await outrider('completion', shell)).stdout);
  writeFileSync(ran, '');
  const [command, setUp] = BEGIN[shell];
  const { OUTRIDER_COLLECTOR: _, ...inherited } = process.env;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: scratch,
    env: {
      ...inherited,
      ...{ PATH: `${join(scratch, 'bin')}:${process.env.PATH}`, HOME: scratch, XDG_CONFIG_HOME: scratch },
      ...{ TERM: 'xterm', INPUTRC: '/dev/null', HISTFILE: '/dev/null', OUTRIDER_COMPLETION_WAIT: '20s' },
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  child.stdin.write([setUp.replace('SCRIPT', script), ...lines, 'exit', ''].join('\n'));
  const deadline = setTimeout(() => child.kill('SIGKILL'), 100_000);
  await ended;
  clearTimeout(deadline);
  const said = readFileSync(ran, 'utf8').trimEnd().split('\n');
  expect(said.length, shown).toBe(lines.length);
  return said;
}

const isHere = (shell: Shell): boolean => spawnSync(shell, ['--version']).status === 0;

describe.each(SHELLS.map((shell) => [shell, isHere(shell)] as const))('%s', (shell, here) => {
  it.skipIf(!here)(
    `completes commands, flags, values and names${here ? '' : ' (not installed)'}`,
    async () => {
      const { url } = api;
      expect(
        await typed(shell, [
          `outrider prob\tpau\t--collector ${url} front\t`,
          'outrider laten\t--out\tcs\t',
          `outrider latency --collector=${url} --region eu\t`,
          `outrider latency --collector=${url} --region=eu\t`,
          'outrider probes diff -f prob\t',
          'outrider nothing\t',
        ]),
      ).toEqual([
        `probes|pause|--collector|${url}|front-page|`,
        'latency|--output|csv|',
        `latency|--collector=${url}|--region|eu-west|`,
        `latency|--collector=${url}|--region=eu-west|`,
        'probes|diff|-f|probes.yaml|',
        'nothing|',
      ]);
    },
    120_000,
  );
});
