/** A registry over an empty store, under a clock that the test holds, with agents that keep what they are sent. */
import { afterEach, beforeEach } from 'vitest';
import { createRegistry, type RunningRegistry } from '../../../collector/registry/create-registry.ts';
import { RegistryError } from '../../../collector/registry/errors.ts';
import type { Store } from '../../../collector/store/store.ts';
import type { Hello, RunNow, Schedule } from '../../../protocol/frame.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { labelsOf } from '../../support/records.ts';
import { helloOf } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

interface JoinedAgent {
  readonly sent: (Schedule | RunNow)[];
  readonly link: { send(frame: Schedule | RunNow): void };
  /** What it was welcomed with. */
  readonly schedule: Schedule;
}

/** Store and clock are others in each test; the registry is another one after `restart`, too. */
interface RegistryStage {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly registry: RunningRegistry;
  restart(): Promise<void>;
  join(agent: string, region?: string, more?: Partial<Hello>): Promise<JoinedAgent>;
}

export function stageRegistry(): RegistryStage {
  let test: TestStore;
  let clock: ManualClock;
  let registry: RunningRegistry;
  const open = () => createRegistry({ store: test.store, clock, log: SILENT_LOG });

  beforeEach(async () => {
    test = await openTestStore('embedded');
    clock = manualClock(Date.now());
    registry = await open();
  });
  afterEach(async () => {
    await registry.close();
    await test.close();
  });

  return {
    get store() {
      return test.store;
    },
    get clock() {
      return clock;
    },
    get registry() {
      return registry;
    },
    restart: async () => {
      await registry.close();
      registry = await open();
    },
    join: async (agent, region = 'eu-west', more = {}) => {
      const sent: (Schedule | RunNow)[] = [];
      const link = { send: (frame: Schedule | RunNow) => void sent.push(frame) };
      const schedule = await registry.connected(helloOf({ labels: labelsOf(region), ...more, agent }), link);
      return { sent, link, schedule };
    },
  };
}

/** Two targets, and a probe of one of them. */
export function spec(more: Record<string, unknown> = {}, probe: Record<string, unknown> = {}) {
  return {
    version: 1,
    targets: [
      { name: 'origin', url: 'http://video.example/' },
      { name: 'cdn', url: 'https://cdn.example/' },
    ],
    probes: [{ name: 'front', type: 'http', targets: ['origin'], every: '2s', timeout: '1s', ...probe }],
    ...more,
  };
}

export async function refusal(work: Promise<unknown>): Promise<RegistryError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RegistryError)) throw new Error(`expected a RegistryError, got ${String(error)}`);
  return error;
}
