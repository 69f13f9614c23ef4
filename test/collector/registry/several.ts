/** Several registries on one store, each reachable over HTTP by the others; with agents that do what they are told. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { peerFleetRoutes } from '../../../collector/api/peer-fleet.ts';
import type { Member } from '../../../collector/members/membership.ts';
import { createRegistry, type RunningRegistry } from '../../../collector/registry/create-registry.ts';
import type { Store } from '../../../collector/store/store.ts';
import type { Clock } from '../../../probes/probe.ts';
import type { Hello, RunNow, Schedule } from '../../../protocol/frame.ts';
import { labelsOf } from '../../support/records.ts';
import { helloOf } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

/** Longer than the poll of specifications or of the peers, by the real clock. */
export const SOON = { timeout: 8000, interval: 50 };

export const probe = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  type: 'http',
  targets: ['origin'],
  every: '2s',
  timeout: '1s',
  ...more,
});
export const spec = (...probes: readonly Record<string, unknown>[]) => ({
  version: 1,
  targets: [{ name: 'origin', url: 'http://video.example/' }],
  probes,
});

export interface RunningCollector {
  readonly registry: RunningRegistry;
  readonly member: Member;
  /** Nobody answers at its address any more; the registry goes on. */
  hangUp(): Promise<void>;
  /** From now on it takes requests and answers none. */
  hang(): void;
  close(): Promise<void>;
}

export class Collectors {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #running: RunningCollector[] = [];

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** One more, whose clock is behind that of the store by this much; it knows the others from its start on. */
  async start(name: string, storeOffsetMs = 0): Promise<RunningCollector> {
    let server: Server | undefined;
    const app = new Hono();
    server = createServer(getRequestListener(app.fetch));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const incarnation = `${name}-1`;
    const registry = await createRegistry({
      store: this.#store,
      clock: this.#clock,
      log: SILENT_LOG,
      peers: {
        incarnation,
        storeOffsetMs,
        others: () =>
          this.#running.map(({ member }) => member).filter((member) => member.incarnation !== incarnation),
      },
    });
    app.route('/api/v1/peers', peerFleetRoutes(registry));
    const hangUp = () =>
      new Promise<void>((resolve) => {
        server?.close(() => resolve());
        server?.closeAllConnections();
      });
    const running = {
      registry,
      member: { incarnation, name, url: `http://127.0.0.1:${port}` },
      hangUp,
      hang: () => void server?.removeAllListeners('request'),
      close: async () => {
        this.#running.splice(this.#running.indexOf(running), 1);
        await registry.close();
        if (server?.listening) await hangUp();
      },
    };
    this.#running.push(running);
    return running;
  }

  async close(): Promise<void> {
    for (const running of [...this.#running]) await running.close();
  }
}

/** An agent that keeps what it is told: the last schedule, and runs that it is asked for. */
export class ToldAgent {
  readonly id: string;
  readonly schedules: Schedule[] = [];
  readonly runs: RunNow[] = [];
  readonly #hello: Partial<Hello>;
  #registry: RunningRegistry | undefined;
  #link: { send(frame: Schedule | RunNow): void } | undefined;

  constructor(id: string, hello: Partial<Hello> = {}) {
    this.id = id;
    this.#hello = { labels: labelsOf('eu-west'), ...hello };
  }

  /** What it runs. */
  get schedule(): Schedule {
    return this.schedules.at(-1) ?? { type: 'schedule', revision: 0, assignments: [] };
  }

  /** Connects there; its session elsewhere has ended before, and what it was told there is in the store. */
  async join({ registry }: Pick<RunningCollector, 'registry'>): Promise<Schedule> {
    await this.leave();
    const link = {
      send: (frame: Schedule | RunNow) => {
        if (frame.type === 'schedule') this.#follow(frame);
        else this.runs.push(frame);
      },
    };
    this.#registry = registry;
    this.#link = link;
    const { revision } = this.schedule;
    const schedule = await registry.connected(
      helloOf({ ...this.#hello, agent: this.id, scheduleRevision: revision }),
      link,
    );
    this.#follow(schedule);
    return schedule;
  }

  async leave(): Promise<void> {
    if (!this.#registry || !this.#link) return;
    this.#registry.disconnected(this.id, this.#link);
    await this.#registry.settled();
    this.#registry = undefined;
  }

  /** As an agent does: one that repeats nothing means the schedule that is held. */
  #follow(schedule: Schedule): void {
    if (schedule.revision === this.schedule.revision && schedule.assignments.length === 0) return;
    this.schedules.push(schedule);
  }
}
