/** An agent that the collector knows: one object an agent, changed in place as it is heard, for there are many thousands. */
import type { Clock } from '../../probes/probe.ts';
import type { Capabilities, Health } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import type { AgentLink } from './link.ts';
import type { AgentConnection, AgentView } from './registry.ts';

/** An agent that was not heard for this long, and never said goodbye, is silent. */
export const SILENT_AFTER_MS = 3 * LINK_LIMITS.healthEveryMs.value;

/** Who an agent says it is. */
export interface AgentIdentity {
  readonly id: string;
  readonly labels: AgentLabels;
  readonly capabilities: Capabilities;
  readonly software: string;
  readonly boot: string;
}

export class Member implements AgentView {
  readonly id: string;
  labels: AgentLabels;
  capabilities: Capabilities;
  software: string;
  boot: string;
  /** Unix milliseconds, as all times here. */
  firstSeenMs: number;
  lastSeenMs: number;
  stoppedAtMs: number | undefined;
  /** The last sign of life, or the start of this collector: before it nobody listened. */
  heardMs: number;
  /** The session, when it is open here. */
  link: AgentLink | undefined;
  /** Where its session is or was last. */
  collector = '';
  connectedSinceMs: number | undefined;
  health: Health | undefined;
  healthMs: number | undefined;
  /** Of the schedule that the agent was sent last, and when; 0 while none was. */
  revision = 0;
  toldMs = 0;
  /** When another process last tried to use its id here. */
  rivalMs: number | undefined;
  /** Numbers changes of the fleet: what peers have not seen yet is above what they have. */
  changed = 0;
  /** As above, of who it is. */
  introduced = 0;
  /** Version of its row in the store. */
  stamp = 0;
  /** `lastSeenMs` as the store has it. */
  writtenSeenMs: number;
  readonly #clock: Clock;
  readonly #count: (member: Member) => number;

  constructor(
    identity: AgentIdentity,
    clock: Clock,
    seen: { readonly firstMs: number; readonly lastMs: number },
    count: (member: Member) => number,
  ) {
    this.id = identity.id;
    this.labels = identity.labels;
    this.capabilities = identity.capabilities;
    this.software = identity.software;
    this.boot = identity.boot;
    this.firstSeenMs = seen.firstMs;
    this.lastSeenMs = seen.lastMs;
    this.writtenSeenMs = seen.lastMs;
    this.heardMs = clock.wallMs();
    this.#clock = clock;
    this.#count = count;
  }

  get state(): AgentConnection {
    if (this.stoppedAtMs !== undefined) return 'stopped';
    return this.#clock.wallMs() - this.heardMs > SILENT_AFTER_MS ? 'silent' : 'connected';
  }

  /** Checks that it is to run, as the catalogue has it. */
  get assignments(): number {
    return this.stoppedAtMs === undefined ? this.#count(this) : 0;
  }

  /** Another introduction of the same agent: what it said of itself as another process no longer holds. */
  introduce(identity: AgentIdentity): void {
    if (identity.boot !== this.boot) {
      this.health = undefined;
      this.healthMs = undefined;
    }
    this.labels = identity.labels;
    this.capabilities = identity.capabilities;
    this.software = identity.software;
    this.boot = identity.boot;
    this.stoppedAtMs = undefined;
  }
}
