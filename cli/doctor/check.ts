/** What `doctor` looks for: a check is one value, looks at one thing, and says what it found, why that matters, and what to do. */
import type { CliError } from '../support/cli-error.ts';
import type { Scene } from './scene.ts';

/** Where the trouble would be. */
export const AREAS = ['machine', 'agent', 'store', 'collector', 'fleet', 'probes'] as const;
export type Area = (typeof AREAS)[number];

/**
 * `problem`: it does not work. `warning`: it works, and will not go well. `unknown`: it could not be looked at, which is never taken
 * for well. `skipped`: there is nothing here to look at, and the finding says what would give something.
 */
export type State = 'ok' | 'warning' | 'problem' | 'unknown' | 'skipped';

export interface Look {
  readonly state: State;
  /** What is there, in a sentence. */
  readonly finding: string;
  /** What comes of it; empty when it is well. */
  readonly why: string;
  /** What to do: a command, or a few words. Empty when there is nothing to do. */
  readonly hint: string;
}

export interface Check {
  /** In kebab-case; scripts go by it. */
  readonly name: string;
  readonly area: Area;
  /** As long as it may take, where that is more than usual. */
  readonly timeoutMs?: number;
  /** May reject: then it is `unknown`. */
  look(scene: Scene, signal: AbortSignal): Look | Promise<Look>;
}

export interface Finding extends Look {
  readonly check: string;
  readonly area: Area;
}

export const well = (finding: string): Look => ({ state: 'ok', finding, why: '', hint: '' });
export const skipped = (finding: string): Look => ({ state: 'skipped', finding, why: '', hint: '' });
export const warning = (finding: string, why: string, hint: string): Look => ({
  state: 'warning',
  finding,
  why,
  hint,
});
export const problem = (finding: string, why: string, hint: string): Look => ({
  state: 'problem',
  finding,
  why,
  hint,
});

/** What went wrong and why, of an error, with a full stop where its own words have no end. */
export function sentenceOf({ message, why }: Pick<CliError, 'message' | 'why'>): string {
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}${why === undefined ? '' : `: ${why}`}`;
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** Names, and how many more there are: a thousand agents are no sentence. */
export function listed(names: readonly string[], most = 3): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}

/** `3 agents`, `1 agent`. */
export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
