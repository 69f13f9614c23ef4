/** Secrets of a probe that came sealed with its schedule. What the owner of the agent gave it under the same name goes before them. */
import type { KeyObject } from 'node:crypto';
import type { Assignment } from '../protocol/frame.ts';
import { keyIdOf, open, publicKeyText, SealError, sealedFor } from '../protocol/sealed-secret.ts';

export interface SealedSecretsOptions {
  /** The owner's own: environment and files. */
  own(name: string): string | undefined;
  /** Read when the first sealed secret is asked for. */
  key(): KeyObject;
  onTrouble(message: string, error?: unknown): void;
}

export class SealedSecrets {
  readonly #options: SealedSecretsOptions;
  #key: { readonly key: KeyObject; readonly id: string } | undefined;

  constructor(options: SealedSecretsOptions) {
    this.#options = options;
  }

  /** The secret of this name for runs of this check; undefined when there is none that this agent can read. */
  get(assignment: Pick<Assignment, 'secrets' | 'probe'>, name: string): string | undefined {
    const own = this.#options.own(name);
    if (own !== undefined) return own;
    const { secrets } = assignment;
    const sealed = secrets && Object.hasOwn(secrets, name) ? (secrets[name] ?? []) : [];
    if (sealed.length === 0) return undefined;
    try {
      const { key, id } = this.#ownKey();
      const mine = sealed.find((text) => sealedFor(text) === id);
      if (mine !== undefined) return open(name, mine, key);
      this.#options.onTrouble(`The secret ${name} of ${assignment.probe} is sealed for other agents alone.`);
    } catch (error) {
      const why = error instanceof SealError ? error.message : 'the key of this agent cannot be read';
      this.#options.onTrouble(`The secret ${name} of ${assignment.probe} cannot be opened: ${why}.`, error);
    }
    return undefined;
  }

  #ownKey() {
    if (this.#key) return this.#key;
    const key = this.#options.key();
    this.#key = { key, id: keyIdOf(publicKeyText(key)) };
    return this.#key;
  }
}
