import { type Interfaces, Parser } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands.ts';
import { flagsOf } from '../../cli/completion/place.ts';
import type { FactualCommand } from '../../cli/support/command-facts.ts';
import { outrider } from '../support/outrider.ts';

const commands = Object.entries<FactualCommand>(COMMANDS);
const named = commands.map(([id, command]) => [id.replaceAll(':', ' '), command] as const);
const examplesOf = (command: FactualCommand): string[] =>
  (command.examples ?? []).map((one) => String(one).replaceAll('<%= config.bin %>', 'outrider'));

/** What stands behind `outrider` in a line for a shell, up to a pipe or a redirection; quotes are taken off. */
function callsIn(example: string): string[][] {
  const line = example.replace(/^eval "\$\((.*)\)"$/, '$1');
  const words: string[] = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const from = words.indexOf('outrider') + 1;
  const end = words.findIndex((word, i) => i >= from && /^(?:[<>|]|&&)/.test(word));
  const call = words.slice(from, end < 0 ? undefined : end).map((word) => word.replaceAll(/["']/g, ''));
  return from === 0 ? [] : [call];
}

async function parse(words: readonly string[]): Promise<string> {
  const ids = commands.map(([id]) => id);
  const id = [2, 1].map((count) => words.slice(0, count).join(':')).find((one) => ids.includes(one));
  if (id === undefined) throw new Error(`there is no command in ${words.join(' ')}`);
  const command = COMMANDS[id as keyof typeof COMMANDS] as FactualCommand;
  const input: Interfaces.Input<object, object, object> = {
    ...{ flags: flagsOf(command), args: command.args, strict: command.strict, '--': true },
  };
  await Parser.parse(words.slice(id.split(':').length), input);
  return id;
}

describe('every command', () => {
  it.each(named)(
    '%s says what it does, to what effect, and whether twice is as good as once',
    (_, command) => {
      expect(command.summary).toMatch(/^[A-Z].{15,}\.$/s);
      expect(['read', 'write', 'destructive']).toContain(command.effect);
      expect(typeof command.idempotent).toBe('boolean');
      expect(command.effect !== 'read' || command.idempotent).toBe(true);
    },
  );

  it.each(named)('%s has examples, each of which it takes', async (name, command) => {
    const calls = examplesOf(command).flatMap(callsIn);
    expect(calls.length).toBe(examplesOf(command).length);
    expect(calls.length).toBeGreaterThan(0);
    const ids: string[] = [];
    for (const call of calls) ids.push(await parse(call));
    expect(ids).toContain(name.replaceAll(' ', ':'));
  });

  it.each(named)('%s describes its arguments and flags', (_, command) => {
    const flags = Object.entries(flagsOf(command)).filter(([, flag]) => !flag.description);
    const args = Object.entries(command.args).filter(([, arg]) => !arg.description);
    expect([...flags, ...args].map(([name]) => name)).toEqual([]);
  });

  it.each(named.filter(([, { effect }]) => effect === 'destructive'))(
    '%s is destructive, and takes --yes where nobody can be asked',
    (_, command) => expect(flagsOf(command)).toHaveProperty('yes'),
  );

  it.each(named.filter(([, { effect }]) => effect !== 'destructive'))(
    '%s destroys nothing, and has no --yes',
    (_, command) => expect(flagsOf(command)).not.toHaveProperty('yes'),
  );
});

describe('outrider commands', () => {
  it('tells programs of every command what it takes and whether they may run it unasked', async () => {
    const { code, stdout } = await outrider('commands', '-o', 'json');
    expect(code).toBe(0);
    const { data } = JSON.parse(stdout) as { data: { command: string }[] };
    const shown = named.filter(([, { hidden }]) => !hidden).map(([name]) => name);
    expect(data.map(({ command }) => command)).toEqual(shown);
    expect(data.find(({ command }) => command === 'probes delete')).toMatchObject({
      effect: 'destructive',
      idempotent: true,
      arguments: [{ name: 'name', required: true }],
      flags: expect.arrayContaining([
        expect.objectContaining({ name: 'yes', char: 'y', takes_value: false }),
        expect.objectContaining({ name: 'collector', env: 'OUTRIDER_COLLECTOR', takes_value: true }),
      ]),
      examples: expect.arrayContaining([expect.stringMatching(/^outrider probes delete /)]),
    });
  });

  it('says the same in the help of each', async () => {
    expect((await outrider('probes', 'delete', '--help')).stdout).toMatch(/Destroys: it names what/);
    expect((await outrider('probes', 'list', '--help')).stdout).toMatch(/Reads; it changes nothing/);
  });
});
