/**
 * One stretch of telling, under one lease and one plan: takes up what the one before has left, finds what each lane is to be told
 * next, and queues it. Another lease, or another plan, is another stretch.
 */
import type { Logger } from 'pino';
import type { Incident } from '../detect/incident.ts';
import type { Dispatchers } from './dispatchers.ts';
import { stepLane } from './lane.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import { type Announcement, announcementNotice, type Notice, noticeOf } from './notice.ts';
import type { Remembered } from './notification-table.ts';
import { Outbox } from './outbox.ts';
import { type Lane, laneLeft, type NotifyPlan } from './plan.ts';
import type { Subjects } from './subjects.ts';
import type { Sight } from './thread.ts';
import { leadOf } from './thread-steps.ts';

export interface StretchDeps {
  readonly lease: string;
  readonly plan: NotifyPlan;
  readonly dispatchers: Dispatchers;
  readonly subjects: Subjects;
  readonly nowMs: () => number;
  readonly log: Logger;
  /** Counted on from one stretch to the next. */
  readonly counts: Record<'grouped' | 'damped' | 'deferred' | 'crowded' | 'dropped', number>;
}

export class Stretch {
  readonly lease: string;
  readonly outbox: Outbox;
  readonly #deps: StretchDeps;
  /** All of the plan, and those of before of which conversations are left. */
  readonly #lanes: readonly Lane[];
  /** By lane and incident, why it is not told. */
  #held: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();

  /** What the one before us has written is all there is: under its lease nothing is written any more. */
  constructor(left: Remembered, deps: StretchDeps) {
    this.lease = deps.lease;
    this.outbox = new Outbox(left);
    this.#deps = deps;
    this.#dropUndeliverable(left);
    this.#lanes = this.#lanesNow();
    const { threads, waiting } = left;
    deps.log.info({ threads: threads.length, waiting: waiting.length }, 'notifications go on here');
  }

  #dropUndeliverable({ waiting }: Remembered): void {
    const { counts, dispatchers, nowMs } = this.#deps;
    const doneMs = nowMs();
    const error = 'the routes have no such receiver any more';
    for (const delivery of waiting) {
      if (dispatchers.get(delivery.notice.receiver)) continue;
      counts.dropped += 1;
      this.outbox.put({ ...delivery, status: 'failed', error, doneMs });
    }
  }

  #lanesNow(): readonly Lane[] {
    const { plan } = this.#deps;
    const lanes = plan.routes.flatMap((route) => route.lanes);
    for (const name of this.outbox.lanes()) {
      if (lanes.some((one) => one.name === name)) continue;
      const left = laneLeft(plan, name);
      if (left) lanes.push(left);
    }
    return lanes;
  }

  /** Incidents that anybody is to be told of, or of whose end. Rejects with a `StoreError`. */
  subjects(known: readonly Incident[]): Promise<readonly Incident[]> {
    return this.#deps.subjects.of(known, this.outbox.incidents());
  }

  /** Where an incident is not told, and why. */
  heldBack(incident: string): { readonly lane: string; readonly by: string }[] {
    return [...this.#held].flatMap(([lane, reasons]) => {
      const by = reasons.get(incident);
      return by === undefined ? [] : [{ lane, by }];
    });
  }

  /** Moves every lane on, given the incidents that each route wants, and queues what is to be told. */
  step(sights: ReadonlyMap<string, Sight>, wanted: ReadonlyMap<string, ReadonlySet<string>>): void {
    const { counts, plan } = this.#deps;
    const held = new Map<string, ReadonlyMap<string, string>>();
    const missed = this.outbox.takeMissed();
    for (const lane of this.#lanes) {
      const nowMs = this.#deps.nowMs();
      const room = NOTIFY_LIMITS.queue.value - this.outbox.waitingFor(lane.receiver).length;
      if (room <= 0) counts.deferred += 1;
      const look = { sights, wanted: wanted.get(lane.route) ?? new Set<string>(), nowMs, room, missed };
      const step = stepLane(lane.name, this.outbox.threads(lane.name), look, lane.policy);
      this.outbox.keep(lane.name, step.threads, step.changed);
      const place = { ...lane, dashboard: plan.dashboard, nowMs };
      for (const draft of step.drafts) this.#queue(noticeOf(draft, place));
      counts.grouped += step.grouped;
      counts.damped += step.damped;
      if ([...step.held.values()].includes('members')) counts.crowded += 1;
      held.set(lane.name, step.held);
    }
    this.#held = held;
  }

  /** Queues alarms that are no incidents, for the routes that want them. */
  announce(announced: readonly Announcement[]): void {
    const { counts, nowMs, plan } = this.#deps;
    const place = { dashboard: plan.dashboard, nowMs: nowMs() };
    const lanes = plan.routes.filter(({ modelAlarms }) => modelAlarms).flatMap((route) => route.lanes);
    for (const one of announced)
      for (const lane of lanes) {
        const isFull = this.outbox.waitingFor(lane.receiver).length >= NOTIFY_LIMITS.queue.value;
        if (isFull) counts.dropped += 1;
        else this.#queue(announcementNotice(one, { ...lane, ...place }));
      }
  }

  #queue(notice: Notice): void {
    const { dispatchers, nowMs } = this.#deps;
    const dispatcher = dispatchers.get(notice.receiver);
    if (dispatcher) dispatcher.counts.superseded += this.outbox.queue(notice, dispatcher.underWay, nowMs());
  }

  /** What a receiver that forgets is to know: every conversation that is not over for it. */
  standing(receiver: string, sights: ReadonlyMap<string, Sight>): Notice[] {
    const place = { dashboard: this.#deps.plan.dashboard, nowMs: this.#deps.nowMs() };
    const own = this.#lanes.filter((one) => one.receiver === receiver);
    return own.flatMap((lane) =>
      [...this.outbox.threads(lane.name).values()].flatMap((thread) => {
        const { lead, others } = leadOf(thread, sights);
        if (thread.phase === 'closed' || thread.seq === 0 || !lead) return [];
        const draft = { thread, kind: 'updated' as const, reasons: [], lead, others, labelsBefore: null };
        return [noticeOf(draft, { ...place, ...lane })];
      }),
    );
  }
}
