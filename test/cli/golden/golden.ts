/**
 * What people see of a command, held in plain files: the real command on a real terminal of 80 and of 160 columns without
 * colours, and once more with them, its wall clock standing still. `vitest run FILE -u` writes the files anew; look at them.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, vi } from 'vitest';

// Three processes a test, on cores that others use too.
vi.setConfig({ testTimeout: 180_000 });

const entry = join(import.meta.dirname, '../../../cli/bin/outrider.js');
const clock = join(import.meta.dirname, 'fixed-clock.mjs');

export interface GoldenOptions {
  /** Of the API that is asked; without it the command is given no --collector. */
  readonly collector?: string;
  /** Where the command's clock stands, Unix milliseconds; it runs on where this is absent. */
  readonly nowMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Puts something constant in the place of what differs from run to run; of the same length, or tables move. */
  readonly steady?: (text: string) => string;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** `outrider ARGS` on a terminal of its own, made by script(1); what it prints, and its exit code where that is not 0. */
async function onTerminal(
  args: readonly string[],
  columns: number,
  isColoured: boolean,
  { collector, cwd, env, nowMs, steady }: GoldenOptions,
): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'outrider-golden-'));
  const words = [process.execPath, entry, ...args, ...(collector ? ['--collector', collector] : [])];
  const { FORCE_COLOR: _, NO_COLOR: __, OUTRIDER_COLLECTOR: ___, ...inherited } = process.env;
  const child = spawn(
    'script',
    ['-qec', `stty cols ${columns} rows 50; exec ${words.map(quoted).join(' ')}`, '/dev/null'],
    {
      ...(cwd === undefined ? {} : { cwd }),
      env: {
        ...inherited,
        ...{
          HOME: home,
          XDG_CONFIG_HOME: home,
          TZ: 'UTC',
          LANG: 'C.UTF-8',
          TERM: 'xterm-256color',
          SHELL: '/bin/sh',
        },
        ...(isColoured ? {} : { NO_COLOR: '1' }),
        ...(nowMs === undefined
          ? {}
          : { NODE_OPTIONS: `--import ${clock}`, OUTRIDER_TEST_NOW: String(nowMs) }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  rmSync(home, { recursive: true, force: true });
  // The port is another each time, and always of five digits.
  const port = collector ? new URL(collector).port : '';
  const text = visible(shown.replaceAll('\r\n', '\n')).replaceAll(port === '' ? '\0' : `:${port}`, ':17077');
  const end = code === 0 ? '' : `(exit code ${code})\n`;
  return (steady ?? ((same) => same))(text) + end;
}

/** What stays of lines that were written over, such as those of progress. */
function visible(text: string): string {
  const erase = '\u001b[K';
  return text
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .map((line) => (line.startsWith(erase) ? line.slice(erase.length) : line))
    .join('\n');
}

const fileOf = (name: string, look: string): string =>
  join(import.meta.dirname, 'files', `${name}.${look}.txt`);

/** Holds what `outrider ARGS` shows against `files/NAME.80.txt`, `NAME.160.txt` and, in colours, `NAME.colour.txt`. */
export async function expectGolden(
  name: string,
  args: readonly string[],
  options: GoldenOptions = {},
): Promise<void> {
  const [narrow, wide, coloured] = await Promise.all([
    onTerminal(args, 80, false, options),
    onTerminal(args, 160, false, options),
    onTerminal(args, 80, true, options),
  ]);
  for (const [columns, text] of [[80, narrow] as const, [160, wide] as const]) {
    await expect(text).toMatchFileSnapshot(fileOf(name, String(columns)));
    expect(text, `colours in spite of NO_COLOR, ${name}`).toBe(stripVTControlCharacters(text));
    const long = text.split('\n').filter((line) => [...line].length > columns);
    expect(long, `lines of ${name} beyond ${columns} columns`).toEqual([]);
  }
  await expect(coloured).toMatchFileSnapshot(fileOf(name, 'colour'));
}
