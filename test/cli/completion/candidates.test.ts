import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { type Candidate, complete } from '../../../cli/completion/candidates.ts';
import { NAMED } from '../../../cli/completion/named.ts';
import { type Commands, flagsOf } from '../../../cli/completion/place.ts';

const commands: Commands = COMMANDS;
const topics = new Map([['probes', 'What is measured.']]);

/** Words that are offered behind `outrider LINE`; a blank at the end begins another word. Names are said by their kind. */
async function offered(line: string): Promise<readonly string[] | string> {
  const found = await complete(line.split(' '), {
    commands,
    topics,
    names: async (kind) => [{ word: `<${kind}>`, about: '' }],
  });
  return typeof found === 'string' ? found : found.map(({ word }) => word);
}

describe('completion', () => {
  it('offers commands and topics, each once, and no hidden ones', async () => {
    const words = (await offered('')) as string[];
    expect(words).toEqual(expect.arrayContaining(['probes', 'latency', 'doctor', 'completion']));
    expect(words).not.toContain('complete');
    expect(new Set(words).size).toBe(words.length);
    expect(await offered('prob')).toEqual(['probes']);
    expect(await offered('-')).toEqual(['--help', '--version']);
  });

  it('offers what a topic has, and nothing behind what does not exist', async () => {
    expect(await offered('probes p')).toEqual(['pause', 'pull']);
    expect(await offered('prbes p')).toEqual([]);
    expect(await offered('probes no-such ')).toEqual([]);
  });

  it('says what a word is about', async () => {
    const found = (await complete([''], { commands, topics, names: async () => [] })) as Candidate[];
    expect(found.find(({ word }) => word === 'probes')?.about).toBe('What is measured.');
    expect(found.find(({ word }) => word === 'doctor')?.about).toBe(COMMANDS.doctor.summary);
  });

  it('offers flags that are not there yet, and those again that may stand several times', async () => {
    const words = (await offered('probes apply -f a.yaml --dry-run --')) as string[];
    expect(words).toEqual(expect.arrayContaining(['--prune', '--file', '--collector', '--help']));
    expect(words).not.toContain('--dry-run');
    expect(await offered('latency --no-s')).toEqual(['--no-spark']);
    expect(await offered('latency --no-spark --sp')).toEqual([]);
  });

  it('offers the values that a flag takes, however it is written', async () => {
    expect(await offered('latency --output ')).toEqual(['table', 'json', 'ndjson', 'csv', 'md']);
    expect(await offered('latency -o js')).toEqual(['json']);
    expect(await offered('latency --output=js')).toEqual(['--output=json']);
    expect(await offered('completion ')).toEqual(['bash', 'zsh', 'fish']);
    expect(await offered('latency --since ')).toEqual([]);
  });

  it('leaves paths to the shell', async () => {
    expect(await offered('probes apply -f ')).toBe('files');
    expect(await offered('probes apply --file=x')).toBe('files');
    expect(await offered('routes check ')).toBe('files');
    expect(await offered('collector start --data-dir ')).toBe('directories');
  });

  it.each([
    ['probes get ', 'probes'],
    ['probes pause ', 'probes'],
    ['probes run ', 'probes'],
    ['agents why ', 'agents'],
    ['incidents ack ', 'incidents'],
    ['silences expire ', 'silences'],
    ['tokens revoke ', 'tokens'],
    ['latency --region ', 'regions'],
    ['results tail --probe ', 'probes'],
    ['results tail --target x --agent ', 'agents'],
    ['latency --target ', 'targets'],
    ['latency --context ', 'contexts'],
  ])('offers names behind %s', async (line, kind) => {
    expect(await offered(line)).toEqual([`<${kind}>`]);
  });

  it('keeps what stands before the value in the same word', async () => {
    expect(await offered('latency --region=<')).toEqual(['--region=<regions>']);
  });

  it('offers flags where no argument is left, and none behind --', async () => {
    expect(await offered('probes get front-page ')).toContain('--output');
    expect(await offered('probes get -- ')).toEqual(['<probes>']);
    expect(await offered('probes get -- front-page ')).toEqual(['--help']);
  });

  it('asks the collector that the line names', async () => {
    const found = await complete(['probes', 'get', '--collector', 'http://c:1', '--token-file=t', ''], {
      commands,
      topics,
      names: async (_kind, { written }) => [
        { word: 'x', about: JSON.stringify(Object.fromEntries(written)) },
      ],
    });
    expect(found).toEqual([{ word: 'x', about: '{"collector":"http://c:1","token-file":"t"}' }]);
  });

  it('knows names of flags and arguments that are there', () => {
    const flags = new Set(Object.values(commands).flatMap((command) => Object.keys(flagsOf(command))));
    expect(NAMED.flags.filter((name) => !flags.has(name))).toEqual([]);
    const args = new Set(
      Object.entries(commands).flatMap(([id, command]) =>
        Object.keys(command.args).map((name) => `${id.split(':')[0]} ${name}`),
      ),
    );
    expect(NAMED.arguments.filter((name) => !args.has(name))).toEqual([]);
  });
});
