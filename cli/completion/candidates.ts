/** What can stand at a place of a command line, out of what the commands say of themselves; names that live at the collector are asked for. */

import { type NameKind, namesOfArgument, namesOfFlag } from './named.ts';
import { type Commands, type Flags, flagsOf, type Placed, placeOf } from './place.ts';

export interface Candidate {
  readonly word: string;
  /** One line, or nothing. */
  readonly about: string;
}

/** Paths are for the shell to complete. */
export type Completion = readonly Candidate[] | 'files' | 'directories';

export interface Catalogue {
  readonly commands: Commands;
  /** What topics are about, by id. */
  readonly topics: ReadonlyMap<string, string>;
  /** Asks where names of a kind are, such as the collector that the line names. Never throws. */
  names(kind: NameKind, placed: Placed): Promise<readonly Candidate[]>;
}

/** Never throws. `words`: what stands behind the name of the program, the last one being where the cursor is. */
export async function complete(words: readonly string[], catalogue: Catalogue): Promise<Completion> {
  const placed = placeOf(words, catalogue.commands);
  const { command, id, place } = placed;
  if (place.kind === 'nothing') return [];
  if (place.kind === 'command') {
    const { topic, typed } = place;
    return typed.startsWith('-')
      ? beginning(typed, topic === '' ? [HELP, VERSION] : [HELP])
      : beginning(typed, nextWords(topic, catalogue));
  }
  if (command === undefined) return [];
  if (place.kind === 'flag') return beginning(place.typed, flagWords(place.left));
  if (place.kind === 'value') {
    const flag = flagsOf(command)[place.flag];
    if (flag?.type !== 'option') return [];
    const kind = namesOfFlag(place.flag);
    const values = flag.options
      ? flag.options.map((word) => ({ word, about: '' }))
      : kind === undefined
        ? pathsOf(flag.helpValue)
        : await catalogue.names(kind, placed);
    if (!Array.isArray(values)) return values;
    return beginning(
      place.prefix + place.typed,
      values.map(({ about, word }) => ({ word: place.prefix + word, about })),
    );
  }
  const argument = command.args[place.name];
  const kind = namesOfArgument(id, place.name);
  if (argument?.options)
    return beginning(
      place.typed,
      argument.options.map((word) => ({ word, about: '' })),
    );
  if (kind === 'files') return 'files';
  if (kind !== undefined) return beginning(place.typed, await catalogue.names(kind, placed));
  return place.typed === '' ? flagWords(place.left) : [];
}

const HELP: Candidate = { word: '--help', about: 'Show help.' };
const VERSION: Candidate = { word: '--version', about: 'Show the version.' };

const beginning = (typed: string, all: readonly Candidate[]): readonly Candidate[] =>
  all.filter(({ word }) => word.startsWith(typed));

/** What the value is, by the word that help has in its place. */
function pathsOf(helpValue: unknown): Completion {
  if (helpValue === 'FILE') return 'files';
  return helpValue === 'DIR' ? 'directories' : [];
}

/** The words that may follow a topic, each once: commands and further topics. */
function nextWords(topic: string, { commands, topics }: Catalogue): Candidate[] {
  const prefix = topic === '' ? '' : `${topic}:`;
  const words = new Map<string, string>();
  for (const [id, command] of Object.entries(commands)) {
    if (command.hidden || !id.startsWith(prefix)) continue;
    const [word = '', ...rest] = id.slice(prefix.length).split(':');
    if (rest.length === 0) words.set(word, firstLine(command.summary));
    else if (!words.has(word)) words.set(word, firstLine(topics.get(prefix + word)));
  }
  return [...words].map(([word, about]) => ({ word, about }));
}

function flagWords(flags: Flags): Candidate[] {
  const words = Object.entries(flags).flatMap(([name, flag]) => {
    const about = firstLine(flag.summary ?? flag.description);
    const isSwitch = flag.type === 'boolean';
    return [
      { word: `--${name}`, about },
      ...(isSwitch && flag.allowNo ? [{ word: `--no-${name}`, about: `Not: ${about}` }] : []),
    ];
  });
  return [...words.sort((a, b) => (a.word < b.word ? -1 : 1)), HELP];
}

const firstLine = (text: string | undefined): string => (text ?? '').split('\n')[0] ?? '';
