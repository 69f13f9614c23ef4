/**
 * What a collector shows the others on its store: a token of its own, whose hash it writes there itself. Who may write to the store is
 * one of them.
 */
import type { Logger } from 'pino';
import type { Access } from './access.ts';

const DAY_MS = 86_400_000;
const LIFE_MS = 7 * DAY_MS;

export class PeerPass {
  readonly #access: Access;
  readonly #log: Logger;
  readonly #name: string;
  #text = '';
  #id = '';
  #timer: NodeJS.Timeout | undefined;

  /** `name`: of this collector. */
  constructor(access: Access, name: string, log: Logger) {
    this.#access = access;
    this.#name = name;
    this.#log = log;
  }

  /** Makes the token, and another every day. Rejects with a `StoreError`. */
  async start(): Promise<void> {
    if (!this.#access.required) return;
    await this.#renew();
    this.#timer = setInterval(() => {
      this.#renew().catch((error: unknown) =>
        this.#log.warn(
          { err: error },
          'the token for the other collectors could not be renewed: the last one stays',
        ),
      );
    }, DAY_MS);
    this.#timer.unref();
  }

  /** For a request to another collector. */
  readonly headers = (): Readonly<Record<string, string>> =>
    this.#text === '' ? {} : { authorization: `Bearer ${this.#text}` };

  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#id !== '') await this.#access.revoke(this.#id, this.#name).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const { record, text } = await this.#access.create({
      ...{ name: this.#name, role: 'collector', kind: 'collector', createdBy: this.#name },
      expiresMs: Date.now() + LIFE_MS,
    });
    this.#text = text;
    this.#id = record.id;
  }
}
