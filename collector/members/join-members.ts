/** Joins the collectors on a store: says that this one lives, watches the others, and takes over from them. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { type MembersCounters, newMembersCounters } from './counters.ts';
import { MembersError } from './errors.ts';
import { LeaseTable } from './lease.ts';
import { LeaseHolding } from './lease-holding.ts';
import { MEMBER_LIMITS } from './limits.ts';
import type { ListedMember, Membership, OwnState, ReleaseState, RunningMembership } from './membership.ts';
import { type AgentBoot, answers } from './peer-client.ts';
import { Releases } from './releases.ts';
import { type MemberRow, Roll, type SeenMember } from './roll.ts';
import { checkSameAuth } from './same-auth.ts';
import { Sightings } from './sightings.ts';
import { StoreClock } from './store-clock.ts';
import { takeOut } from './take-out.ts';
import { toTakeOut } from './take-out-turns.ts';
import { TakeOverRounds } from './take-over-rounds.ts';

export interface MembersOptions {
  readonly store: Store;
  /** For people; the same after a restart. */
  readonly name: string;
  /** Where the others reach this one. */
  readonly url: string;
  /** Of Outrider. */
  readonly version: string;
  /** Whether it asks everybody who they are; default false. */
  readonly auth?: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  /** See `Membership`. */
  readonly peerHeaders?: Membership['peerHeaders'];
  /** Connected here; for the others to see. */
  agents?(): number;
  /** The others have taken this one out, and it has found out while it told them that it lives. */
  onFenced?(): void;
}

/**
 * Brings to its end what collectors that are gone have left in the middle. To `appear` is for later. Rejects with a `StoreError`, or with
 * `CollectorError('auth_differs')`.
 */
export async function joinMembers(options: MembersOptions): Promise<RunningMembership> {
  const members = new Members(options);
  await members.begin();
  return members;
}

/** A run of a collector: its name made fit for statements, and a few random letters. */
export function newIncarnation(name: string): string {
  const fit = name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, MEMBER_LIMITS.nameLength.value);
  return `${fit}-${randomBytes(4).toString('hex')}`;
}

class Members implements RunningMembership {
  readonly name: string;
  readonly url: string;
  readonly peerHeaders: Membership['peerHeaders'];
  readonly counters: MembersCounters = newMembersCounters();
  readonly #options: MembersOptions;
  /** The embedded engine has one process: nobody else can be there. */
  readonly #alone: boolean;
  readonly #roll: Roll;
  readonly #sightings = new Sightings();
  readonly #storeClock: StoreClock;
  readonly #detect: LeaseHolding;
  readonly #rounds = new TakeOverRounds((agents) => this.#settle(agents));
  readonly #releases: Releases;
  readonly #takingOut = new Map<string, Promise<void>>();
  #incarnation: string;
  #startedMs = 0;
  #beat = 0;
  #state: OwnState = 'active';
  #settled = { block: 0, atMs: 0 };
  #fenced = false;
  #members: readonly SeenMember[] = [];
  #beating: Promise<void> = Promise.resolve();
  #cycling = false;
  #failing = false;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: MembersOptions) {
    const { store, clock, log, name, url } = options;
    this.#options = options;
    this.name = name;
    this.url = url;
    this.peerHeaders = options.peerHeaders;
    this.#alone = store.engine === 'embedded';
    this.#incarnation = newIncarnation(name);
    this.#roll = new Roll(store);
    this.#storeClock = new StoreClock(clock);
    this.#detect = new LeaseHolding({
      name: 'detect',
      table: new LeaseTable(store, 'detect'),
      counters: this.counters,
      log,
      monotonicMs: () => clock.monotonicMs(),
    });
    this.#releases = new Releases({
      log,
      counters: this.counters,
      sightings: this.#sightings,
      look: () => this.#look(),
      takeOut: (member) => this.#takeOut(member),
      monotonicMs: () => clock.monotonicMs(),
      peerHeaders: this.peerHeaders,
    });
  }

  async begin(): Promise<void> {
    await this.#askTheTime();
    await this.#takeOutTheGone();
    await this.#checkAuth();
  }

  async appear(): Promise<void> {
    await this.#register();
    // Another may have begun at the same moment: the later of the two sees it, or both do.
    await this.#checkAuth();
    this.#timer = setInterval(() => void this.#cycle(), MEMBER_LIMITS.beatMs.value);
    this.#timer.unref();
    await this.#cycle();
  }

  // --- what the parts ask ---

  get incarnation(): string {
    return this.#incarnation;
  }

  get storeOffsetMs(): number {
    return this.#storeClock.offsetMs;
  }

  get state(): OwnState {
    return this.#state;
  }

  others(): readonly SeenMember[] {
    return this.#members.filter(({ incarnation, fenced }) => incarnation !== this.#incarnation && !fenced);
  }

  settled(block: number): void {
    this.#settled = { block, atMs: this.#storeClock.nowMs };
  }

  takeOver(agent: string, boot: string): Promise<void> {
    return this.#alone ? Promise.resolve() : this.#rounds.ask(agent, boot);
  }

  async renew(): Promise<string> {
    // At once: who asks for agents of the old one must not be told that they are released. Its last insert may still run.
    this.#incarnation = newIncarnation(this.name);
    this.#detect.giveUp();
    await this.#askTheTime();
    await this.#register();
    this.#fenced = false;
    this.counters.renewed += 1;
    this.#options.log.warn(
      { incarnation: this.#incarnation, url: this.url },
      'this collector was taken out and has registered anew; should it happen again and again, the others may not reach it: check --advertise',
    );
    return this.#incarnation;
  }

  holdsLease(name: 'detect'): boolean {
    return this.lease(name) !== undefined;
  }

  lease(name: 'detect'): string | undefined {
    if (this.#state !== 'active' || this.#fenced) return undefined;
    return this.#alone ? `${name}/${this.#incarnation}` : this.#detect.lease;
  }

  leaseRefused(lease: string): void {
    this.#detect.refused(lease);
  }

  async enter(state: OwnState): Promise<void> {
    this.#state = state;
    if (state !== 'active') this.#detect.giveUp();
    await this.#tellBeat();
  }

  async list(): Promise<readonly ListedMember[]> {
    const members = await this.#look();
    const holder = this.#alone ? this.#incarnation : this.#detect.holder;
    return members.map((member) => ({
      ...member,
      here: member.incarnation === this.#incarnation,
      detects: member.incarnation === holder && member.state === 'active' && !member.fenced,
    }));
  }

  close(settled = false): Promise<void> {
    this.#closing ??= this.#close(settled);
    return this.#closing;
  }

  // --- beats ---

  /** One at a time; each says what is so when its turn comes. */
  #tellBeat(): Promise<void> {
    const told = this.#beating.then(() => this.#writeBeat());
    this.#beating = told.catch(() => undefined);
    return told;
  }

  async #writeBeat(): Promise<void> {
    const sentMs = this.#options.clock.monotonicMs();
    const incarnation = this.#incarnation;
    try {
      this.#beat += 1;
      await this.#roll.write(this.#row());
      this.counters.beats += 1;
      this.#detect.beaten(sentMs);
    } catch (error) {
      this.counters.beatsFailed += 1;
      if (error instanceof StoreError && error.code === 'fenced' && incarnation === this.#incarnation)
        this.#onFenced();
      throw error;
    }
  }

  #row(): MemberRow {
    return {
      incarnation: this.#incarnation,
      name: this.name,
      url: this.url,
      version: this.#options.version,
      state: this.#state,
      beat: this.#beat,
      startedMs: this.#startedMs,
      settledBlock: this.#settled.block,
      settledMs: this.#settled.atMs,
      agents: this.#options.agents?.() ?? 0,
      auth: this.#options.auth ? 'on' : 'off',
    };
  }

  async #checkAuth(): Promise<void> {
    if (this.#alone) return;
    await this.#look();
    checkSameAuth(this.#row(), this.others());
  }

  async #register(): Promise<void> {
    this.#startedMs = this.#storeClock.nowMs;
    this.#settled = { block: 0, atMs: this.#startedMs };
    await this.#tellBeat();
  }

  #onFenced(): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#detect.giveUp();
    this.#options.onFenced?.();
  }

  // --- upkeep ---

  async #cycle(): Promise<void> {
    if (this.#cycling || this.#closing) return;
    this.#cycling = true;
    try {
      const sentMs = this.#options.clock.monotonicMs();
      await this.#askTheTime();
      await this.#tellBeat();
      if (!this.#alone) {
        const members = await this.#look();
        if (this.#state === 'active')
          await this.#detect.see(this.#incarnation, members, this.#sightings, sentMs);
        this.#takeOutTheSilent(members);
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#fenced)
        this.#options.log.warn({ err: error }, 'the other collectors cannot be told that this one lives');
      this.#failing = true;
    } finally {
      this.#cycling = false;
    }
  }

  async #askTheTime(): Promise<void> {
    const askedMs = this.#options.clock.monotonicMs();
    this.#storeClock.told(await this.#roll.now(), askedMs);
  }

  async #look(): Promise<readonly SeenMember[]> {
    const { clock } = this.#options;
    const beganMs = clock.monotonicMs();
    const members = await this.#roll.read();
    this.#sightings.looked(members, beganMs, clock.monotonicMs());
    this.#members = members;
    return members;
  }

  // --- taking out ---

  /** At the start: who is surely dead, and whose beat is old and who does not answer. */
  async #takeOutTheGone(): Promise<void> {
    const nowMs = this.#storeClock.nowMs;
    const members = await this.#look();
    const gone = async (member: SeenMember): Promise<boolean> => {
      if (this.#alone || member.fenced || member.url === this.url) return true;
      if (nowMs - member.seenMs < MEMBER_LIMITS.deadMs.value) return false;
      return (await answers(member, this.#incarnation, this.peerHeaders?.())) !== true;
    };
    await Promise.all(
      members.map(async (member) => {
        if (!(await gone(member))) return;
        await this.#takeOut(member).catch((error: unknown) => {
          // It is fenced: no agent is taken over before its last insert has ended.
          if (!(error instanceof MembersError)) throw error;
          this.#cannotTakeOut(member, error);
        });
      }),
    );
  }

  #takeOutTheSilent(members: readonly SeenMember[]): void {
    if (this.#fenced) return;
    const silentMs = ({ incarnation }: SeenMember) => this.#sightings.unchangedMs(incarnation);
    for (const member of toTakeOut(this.#incarnation, members, silentMs))
      this.#takeOut(member).catch((error: unknown) => this.#cannotTakeOut(member, error));
  }

  #cannotTakeOut(member: SeenMember, error: unknown): void {
    this.#options.log.warn(
      { err: error, collector: member.name },
      'a collector that is gone could not be taken out; it is tried again',
    );
  }

  #takeOut(member: SeenMember): Promise<void> {
    const { incarnation } = member;
    const running = this.#takingOut.get(incarnation);
    if (running) return running;
    const { store, log } = this.#options;
    const run = takeOut({ store, roll: this.#roll, log, counters: this.counters }, member).finally(() =>
      this.#takingOut.delete(incarnation),
    );
    this.#takingOut.set(incarnation, run);
    return run;
  }

  async #settle(agents: readonly AgentBoot[]): Promise<readonly ReleaseState[]> {
    this.counters.takeOverRounds += 1;
    const own = this.#incarnation;
    const members = (await this.#look()).filter(({ incarnation }) => incarnation !== own);
    const states = await this.#releases.ask(members, own, agents);
    for (const state of states)
      if (state === 'released') this.counters.takenOver += 1;
      else if (state === 'busy') this.counters.busy += 1;
    return states;
  }

  async #close(settled: boolean): Promise<void> {
    clearInterval(this.#timer);
    this.#detect.giveUp();
    if (!settled || this.#fenced || this.#beat === 0) return;
    await inTime(this.#beating.then(() => this.#roll.end(this.#row()))).catch((error: unknown) => {
      this.#options.log.warn(
        { err: error },
        'the store does not know that this collector has ended; the others will find out',
      );
    });
  }
}

/** A store that does not answer holds up nobody who ends. */
async function inTime(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('the store does not answer')), MEMBER_LIMITS.endMs.value);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
