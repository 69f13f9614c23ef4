/** Who is let in: one session an agent, at one collector; and who is let go to another. */
import type { Logger } from 'pino';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Hello } from '../../protocol/frame.ts';
import type { ReleaseState } from '../members/membership.ts';
import { RegistryError } from '../registry/errors.ts';
import type { RegistryLink } from '../registry/link.ts';
import type { IngestCounters } from './counters.ts';
import { INGEST_LIMITS } from './limits.ts';
import type { AgentProgress, Progress } from './progress.ts';
import { type Admission, namedBoots, type Session } from './session.ts';

export interface AdmissionsOptions {
  readonly progress: Progress;
  readonly registry: Pick<RegistryLink, 'connected' | 'disconnected' | 'contested'>;
  readonly counters: IngestCounters;
  readonly log: Logger;
}

export class Admissions {
  readonly #options: AdmissionsOptions;
  /** The one session of each agent, from its hello on. */
  readonly #byAgent = new Map<string, Session>();
  /** What sessions hold of `Progress`. */
  readonly #opened = new Map<Session, AgentProgress>();
  /** Since the last report. */
  #failed = 0;
  #lastFailure: unknown;

  constructor(options: AdmissionsOptions) {
    this.#options = options;
  }

  /** The session of an agent. */
  get(agent: string): Session | undefined {
    return this.#byAgent.get(agent);
  }

  /** Rejects with a `ProtocolError` that says why the agent is not let in. */
  async admit(session: Session, hello: Hello): Promise<Admission> {
    await this.#takePlace(session, hello);
    const { progress, registry } = this.#options;
    try {
      const known = await progress.open(hello.agent, hello.boot, namedBoots(hello));
      this.#opened.set(session, known);
      if (session.over) throw new ProtocolError('unavailable', 'the session ended');
      return { progress: known, schedule: await registry.connected(hello, session) };
    } catch (error) {
      throw this.#refusal(error, hello.agent);
    } finally {
      if (session.ended) this.leave(session);
    }
  }

  /** Undoes what `admit` did, as far as it came. */
  leave(session: Session): void {
    if (this.#byAgent.get(session.agent) === session) this.#byAgent.delete(session.agent);
    this.#options.registry.disconnected(session.agent, session);
    const known = this.#opened.get(session);
    if (known && this.#opened.delete(session)) this.#options.progress.close(known);
  }

  /**
   * Lets agents go to another collector: ends their sessions, and settles with what became of each, in their order, once all
   * that was accepted of them is committed or `withinMs` is over.
   */
  async release(
    agents: readonly { readonly agent: string; readonly boot: string }[],
    withinMs: number,
  ): Promise<readonly ReleaseState[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, withinMs, false);
    });
    const states = await Promise.all(agents.map(({ agent, boot }) => this.#release(agent, boot, late)));
    clearTimeout(timer);
    return states;
  }

  /** Tells in one line of the agents that could not be let in since the last. */
  report(): void {
    if (this.#failed === 0) return;
    this.#options.log.warn({ err: this.#lastFailure, agents: this.#failed }, 'agents could not be taken in');
    this.#failed = 0;
    this.#lastFailure = undefined;
  }

  async #release(agent: string, boot: string, late: Promise<false>): Promise<ReleaseState> {
    const { counters, progress, registry } = this.#options;
    if (!(await this.#isFree(agent, boot))) {
      registry.contested(agent);
      return 'in_use';
    }
    this.#byAgent.get(agent)?.end('unavailable', 'the agent has gone to another collector');
    if (!(await progress.release(agent, late))) return 'busy';
    counters.released += 1;
    return 'released';
  }

  /**
   * Of two sessions of one agent the newer wins when it is the same process, which knows best that its older connection is
   * dead. Another process takes over only from one that does not answer any more: two that live under one id would throw each
   * other out for ever, and their numbers would mix.
   */
  async #takePlace(session: Session, { agent, boot }: Hello): Promise<void> {
    if (!(await this.#isFree(agent, boot))) {
      this.#options.log.warn({ agent }, 'two processes use one agent id: the newer is refused');
      this.#options.registry.contested(agent);
      throw inUse(agent);
    }
    this.#byAgent.get(agent)?.end('replaced', 'a newer session of this agent has taken over');
    this.#byAgent.set(agent, session);
  }

  /** Whether no other process than `boot` is connected as this agent and lives. */
  async #isFree(agent: string, boot: string): Promise<boolean> {
    for (;;) {
      const present = this.#byAgent.get(agent);
      if (!present || present.over || present.boot === boot) return true;
      if (await present.alive(INGEST_LIMITS.aliveMs.value)) return false;
      // While it was asked, a third may have taken its place.
      if (this.#byAgent.get(agent) === present) return true;
    }
  }

  #refusal(error: unknown, agent: string): ProtocolError {
    if (error instanceof ProtocolError) return error;
    const { code } = error as { readonly code?: unknown };
    if (code === 'in_use') return inUse(agent);
    this.#failed += 1;
    this.#lastFailure = error;
    if (error instanceof RegistryError) return new ProtocolError('unavailable', error.message);
    if (code === 'busy')
      return new ProtocolError('unavailable', 'another collector has results of this agent to commit first');
    return new ProtocolError('unavailable', 'the store does not answer');
  }
}

function inUse(agent: string): ProtocolError {
  return new ProtocolError('replaced', `another process with the id ${agent} is connected`);
}
