/** Carries out a plan on a world: each fault begins at its time, lasts, and is taken back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultKind } from './fault.ts';
import { faultText } from './fault.ts';
import type { Trouble } from './tcp-proxy.ts';
import type { World } from './world.ts';

/** Begins a fault; the answer ends it. */
type Begin = (world: World, fault: Fault) => Ending;
type Ending = (() => void) | undefined;

/** A drain that does not answer by then is not waited for. */
const DRAIN_ANSWER_MS = 20_000;

const BEGIN: Readonly<Record<FaultKind, Begin>> = {
  kill: (world, { victim, lengthMs }) => {
    world.part(victim).kill(lengthMs);
    return undefined;
  },
  pause: (world, { victim }) => {
    const part = world.part(victim);
    part.pause();
    return () => part.resume();
  },
  restart: (world, { victim, lengthMs }) => {
    void world.part(victim).restart(lengthMs);
    return undefined;
  },
  drain: (world, { victim, lengthMs }) => {
    void drainAndRestart(world, victim, lengthMs);
    return undefined;
  },
  disconnect: (world, { victim }) => {
    for (const link of world.linksOf(victim)) link.tcp.cut();
    return undefined;
  },
  'half-open': (world, { victim, way }) => {
    const links = world.linksOf(victim);
    if (way !== undefined) return all(links.map((link) => link.tcp.begin({ silent: way })));
    for (const link of links) link.tcp.orphan();
    return undefined;
  },
  'duplicate-frames': (world, { victim, size }) =>
    all(world.linksOf(victim).map((link) => link.touch({ duplicate: size, reorder: 0 }))),
  'reorder-frames': (world, { victim, size }) =>
    all(world.linksOf(victim).map((link) => link.touch({ duplicate: 0, reorder: size }))),
  'disk-full': (world, { victim }) => {
    world.fillDisk(victim);
    return () => world.freeDisk(victim);
  },
  'clock-step': (world, { victim, size }) => {
    world.setClock(victim, size);
    return () => world.setClock(victim, 0);
  },
  'store-slow': (world, { victim, size }) => storeTrouble(world, victim, { delayMs: size }),
  'store-throttle': (world, { victim, size }) => storeTrouble(world, victim, { bytesPerS: size }),
  'store-silent': (world, { victim }) => storeTrouble(world, victim, { silent: 'both' }),
  'store-down': (world, { victim }) => storeTrouble(world, victim, { down: true }),
  'store-reset': (world, { victim, size }) => storeTrouble(world, victim, { resetRequests: size }),
  'store-lose-answer': (world, { victim, size }) => storeTrouble(world, victim, { loseAnswers: size }),
};

/** Resolves when the last fault has been taken back. */
export async function carryOut(
  world: World,
  plan: readonly Fault[],
  note: (text: string) => void,
): Promise<void> {
  const startMs = performance.now();
  await Promise.all(
    plan.map(async (fault) => {
      await sleep(Math.max(0, fault.startMs - (performance.now() - startMs)));
      note(faultText(fault).trim());
      const end = BEGIN[fault.kind](world, fault);
      await sleep(fault.lengthMs);
      end?.();
    }),
  );
}

function storeTrouble(world: World, collector: string, trouble: Trouble): Ending {
  return world.storeWays.get(collector)?.begin(trouble);
}

async function drainAndRestart(world: World, collector: string, awayMs: number): Promise<void> {
  const drained = world
    .api(collector)
    .post('/api/v1/drain')
    .catch(() => undefined);
  await Promise.race([drained, sleep(DRAIN_ANSWER_MS, undefined, { ref: false })]);
  await world.part(collector).restart(awayMs);
}

function all(ends: readonly (() => void)[]): () => void {
  return () => {
    for (const end of ends) end();
  };
}
