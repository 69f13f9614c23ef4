/** A dispatcher for each receiver of the plan. */
import { Dispatcher, type DispatcherDeps } from './dispatcher.ts';
import type { ReceiverState } from './live-notifier.ts';
import type { Outbox } from './outbox.ts';
import type { Environment } from './secret-ref.ts';
import { type Receiver, senderOf } from './senders/index.ts';

export class Dispatchers {
  readonly #env: Environment;
  readonly #deps: DispatcherDeps;
  #receivers: readonly Receiver[] = [];
  #byName: ReadonlyMap<string, Dispatcher> = new Map();

  constructor(env: Environment, deps: DispatcherDeps) {
    this.#env = env;
    this.#deps = deps;
  }

  /** Takes other receivers. One that stays as it was keeps its dispatcher, with what that has counted. */
  take(receivers: readonly Receiver[]): void {
    const before = new Map(this.#receivers.map((one) => [one.name, JSON.stringify(one)]));
    this.#byName = new Map(
      receivers.map((one) => {
        const known = before.get(one.name) === JSON.stringify(one) && this.#byName.get(one.name);
        return [one.name, known || new Dispatcher(one.name, senderOf(one, this.#env), this.#deps)];
      }),
    );
    this.#receivers = receivers;
  }

  /** Undefined where the plan has no such receiver. */
  get(receiver: string): Dispatcher | undefined {
    return this.#byName.get(receiver);
  }

  /** How each receiver is, given what waits; nothing waits at a collector that does not tell. */
  states(outbox: Outbox | undefined): readonly ReceiverState[] {
    const nowMs = this.#deps.nowMs();
    return this.#receivers.map(({ name, type }) => {
      const waiting = outbox?.waitingFor(name) ?? [];
      const oldest = Math.min(...waiting.map(({ createdMs }) => createdMs), nowMs);
      const counts = (this.#byName.get(name) as Dispatcher).counts;
      return {
        receiver: name,
        type,
        ...counts,
        waiting: waiting.length,
        oldestMs: Math.max(0, nowMs - oldest),
      };
    });
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((one) => one.idle()));
  }

  /** Cuts what is under way: another collector sends from now on. */
  cut(): void {
    for (const one of this.#byName.values()) one.cut();
  }

  /** Gives what is under way a little time, then aborts it. */
  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#byName.values()].map((one) => one.close(graceMs)));
  }
}
