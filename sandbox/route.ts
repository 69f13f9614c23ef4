/** One thing that the reference origin serves. */
import type { Exchange } from './send.ts';

/** A path that is answered. `base` is the scheme and host that the client used; `rest` what the pattern caught. */
export interface Route {
  readonly pattern: RegExp;
  readonly methods: readonly string[];
  /** Answers its own OPTIONS, with the extensions that it has. */
  readonly ownOptions?: true;
  readonly about: string;
  answer(exchange: Exchange, base: string, rest: string): Promise<void>;
}
