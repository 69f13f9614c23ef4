/** Asks for many things at once where they are asked for one by one: what comes within a moment shares a question. */

interface Waiting<T> {
  readonly key: string;
  readonly resolve: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchOptions<T> {
  /** How long the first waits for others, milliseconds. */
  readonly waitMs: number;
  /** Keys of one question at most. */
  readonly size: number;
  /** The answer to each key, in the order of the keys. */
  ask(keys: readonly string[]): Promise<readonly T[]>;
}

export class Batches<T> {
  readonly #options: BatchOptions<T>;
  #waiting: Waiting<T>[] = [];
  #running = false;

  constructor(options: BatchOptions<T>) {
    this.#options = options;
  }

  /** Rejects as the question does. */
  of(key: string): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  /** One question at a time: while it is under way the next one fills. */
  async #run(): Promise<void> {
    this.#running = true;
    await new Promise((resolve) => setTimeout(resolve, this.#options.waitMs));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#options.size);
      this.#waiting = this.#waiting.slice(this.#options.size);
      try {
        const answers = await this.#options.ask(batch.map(({ key }) => key));
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as T);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }
}
