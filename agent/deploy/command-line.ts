/** The command line of the agent that is one file: every setting as a flag, and a few words of its own. */
import { parseArgs } from 'node:util';
import { suggest } from '../../probes/suggest.ts';
import { SETTINGS, type Setting } from '../settings.ts';

export interface CommandLine {
  /** As `ConfigSources.flags` has them. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly action: 'start' | 'help' | 'version' | 'print-config';
}

const WORDS = { help: 'help', version: 'version', 'print-config': 'print-config' } as const;

/** Throws a `TypeError` that names what is not understood. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const options = Object.fromEntries([
    ...['config', ...SETTINGS.filter(isText).map(({ flag }) => flag)].map((flag) => [
      flag,
      { type: 'string' as const, multiple: true },
    ]),
    ...[...Object.keys(WORDS), ...SETTINGS.filter((one) => !isText(one)).map(({ flag }) => flag)].map(
      (flag) => [flag, { type: 'boolean' as const }],
    ),
  ]) as Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>;
  for (const arg of args) {
    const [, flag] = /^--(?:no-)?([^=]+)/.exec(arg) ?? [];
    if (flag === undefined || Object.hasOwn(options, flag)) continue;
    const near = suggest(flag, Object.keys(options));
    if (near !== undefined) throw new TypeError(`Unknown option '--${flag}': did you mean --${near}?`);
  }
  const { values } = parseArgs({ args: [...args], options, allowNegative: true });
  const flags: Record<string, readonly string[]> = {};
  for (const [flag, value] of Object.entries(values)) {
    if (flag in WORDS || value === undefined) continue;
    flags[flag] = Array.isArray(value) ? value.map(String) : [String(value)];
  }
  const action = Object.values(WORDS).find((word) => values[word] === true) ?? 'start';
  return { flags, action };
}

const isText = ({ kind }: Setting): boolean => kind !== 'switch';

const PLACEHOLDERS: Readonly<Record<Setting['kind'], string>> = {
  text: ' TEXT',
  number: ' NUMBER',
  duration: ' 30s',
  size: ' 8MiB',
  switch: '',
  list: ' TEXT …',
  map: ' KEY=VALUE …',
};

/** A line for each setting: flag, variable, key in the file, meaning. */
export function usage(program: string): string {
  const lines = SETTINGS.map(({ description, flag, kind, path, variable }) => [
    `  --${flag}${PLACEHOLDERS[kind]}`,
    `      ${description} [${variable}, ${path.join('.')}]`,
  ]);
  return [
    `${program} [--config FILE] [FLAG …]`,
    '',
    'Runs an agent: it probes by the schedule of its collector and streams results to it. Every setting has one name in',
    'three places: the flag wins over the variable, the variable over the key in the YAML file. Logs are JSON on stderr.',
    '',
    '  --config FILE',
    '      The file. [OUTRIDER_CONFIG]',
    ...lines.flat(),
    '  --print-config',
    '      Prints the configuration and where each value comes from, and ends.',
    '  --version, --help',
    '',
  ].join('\n');
}
