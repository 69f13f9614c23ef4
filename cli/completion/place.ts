/** Where in a command line somebody asks for completion: before its command is whole, at a flag, at a value or at an argument. */
import type { Interfaces } from '@oclif/core';
import type { FactualCommand } from '../support/command-facts.ts';

export type Commands = Readonly<Record<string, FactualCommand>>;
export type Flags = Readonly<Record<string, Interfaces.FlagInput[string]>>;

/** `typed` is what stands there already. */
export type Place =
  /** `topic`: ids begin with it, `probes` or nothing. */
  | { readonly kind: 'command'; readonly topic: string; readonly typed: string }
  | { readonly kind: 'flag'; readonly typed: string; readonly left: Flags }
  /** `prefix` belongs to the same word and stays: `--output=`. */
  | { readonly kind: 'value'; readonly flag: string; readonly typed: string; readonly prefix: string }
  | { readonly kind: 'argument'; readonly name: string; readonly typed: string; readonly left: Flags }
  | { readonly kind: 'nothing' };

export interface Placed {
  readonly place: Place;
  /** The command, once it is whole. */
  readonly id: string;
  readonly command: FactualCommand | undefined;
  /** Values of flags that stand there, by name. */
  readonly written: ReadonlyMap<string, string>;
}

/** All flags of a command, those that it shares with others too. */
export const flagsOf = (command: FactualCommand): Flags => ({ ...command.baseFlags, ...command.flags });

/** `words`: what stands behind the name of the program, the last one being where the cursor is. */
export function placeOf(words: readonly string[], commands: Commands): Placed {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const ids = Object.keys(commands);
  let id = '';
  for (const [i, word] of before.entries()) {
    const next = id === '' ? word : `${id}:${word}`;
    if (Object.hasOwn(commands, next))
      return { ...inCommand(commands[next] as FactualCommand, before.slice(i + 1), typed), id: next };
    if (!ids.some((one) => one.startsWith(`${next}:`)))
      return { place: { kind: 'nothing' }, id: '', command: undefined, written: new Map() };
    id = next;
  }
  return { place: { kind: 'command', topic: id, typed }, id: '', command: undefined, written: new Map() };
}

function inCommand(command: FactualCommand, before: readonly string[], typed: string): Omit<Placed, 'id'> {
  const flags = flagsOf(command);
  const written = new Map<string, string>();
  const given = new Set<string>();
  let waiting: string | undefined;
  let count = 0;
  let areAllArguments = false;
  for (const word of before) {
    if (waiting !== undefined) {
      written.set(waiting, word);
      waiting = undefined;
    } else if (areAllArguments || !word.startsWith('-')) count += 1;
    else if (word === '--') areAllArguments = true;
    else {
      const { name, value } = readFlag(word, flags);
      if (name === undefined) continue;
      given.add(name);
      if (flags[name]?.type !== 'option') continue;
      if (value === undefined) waiting = name;
      else written.set(name, value);
    }
  }
  const left = Object.fromEntries(
    Object.entries(flags).filter(
      ([name, flag]) => !flag.hidden && (!given.has(name) || ('multiple' in flag && flag.multiple === true)),
    ),
  );
  return { place: at(), command, written };

  function at(): Place {
    if (waiting !== undefined) return { kind: 'value', flag: waiting, typed, prefix: '' };
    if (!areAllArguments && typed.startsWith('-')) {
      const equals = typed.startsWith('--') ? typed.indexOf('=') : -1;
      if (equals < 0) return { kind: 'flag', typed, left };
      const flag = typed.slice(2, equals);
      return { kind: 'value', flag, typed: typed.slice(equals + 1), prefix: typed.slice(0, equals + 1) };
    }
    const name = Object.keys(command.args)[count];
    const none = areAllArguments ? {} : left;
    return name === undefined
      ? { kind: 'flag', typed, left: none }
      : { kind: 'argument', name, typed, left: none };
  }
}

/** `--output=json`, `--output`, `-o`, `-ojson`, `--no-spark`. */
function readFlag(
  word: string,
  flags: Flags,
): { readonly name: string | undefined; readonly value?: string | undefined } {
  const [, long, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (long !== undefined) {
    const name = Object.hasOwn(flags, long) ? long : long.replace(/^no-/, '');
    return { name: Object.hasOwn(flags, name) ? name : undefined, value };
  }
  const name = Object.keys(flags).find((one) => flags[one]?.char === word[1]);
  return { name, value: word.length > 2 ? word.slice(2).replace(/^=/, '') : undefined };
}
