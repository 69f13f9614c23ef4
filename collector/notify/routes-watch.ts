/** Looks whether a file of routes has changed, and reads it then. One that cannot be used changes nothing. */
import { statSync } from 'node:fs';
import { readRoutesFile } from './routes-file.ts';
import type { Environment } from './secret-ref.ts';
import type { NotifySettings } from './settings.ts';

export class RoutesWatch {
  readonly #path: string;
  readonly #env: Environment;
  #stamp = '';
  /** As text, of what is in force. */
  #inForce: string;

  constructor(path: string, env: Environment, inForce: NotifySettings | undefined) {
    this.#path = path;
    this.#env = env;
    this.#inForce = JSON.stringify(inForce);
  }

  /** Other settings than those in force; `same` after a look that found those. Undefined where nobody has touched the file. Throws `RoutesFileError`, once for each state of it. */
  look(): NotifySettings | 'same' | undefined {
    const stamp = this.#stampNow();
    if (stamp === this.#stamp) return undefined;
    this.#stamp = stamp;
    const settings = readRoutesFile(this.#path, this.#env);
    const text = JSON.stringify(settings);
    if (text === this.#inForce) return 'same';
    this.#inForce = text;
    return settings;
  }

  #stampNow(): string {
    const { ctimeMs, ino, mtimeMs, size } = statSync(this.#path, { throwIfNoEntry: false }) ?? {};
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  }
}
