/** The plan of a chaos run: a pure function of the seed, the shape of the world and the time. */
import { Random } from '../../collector/detect/synthetic-random.ts';
import { agentNames, collectorNames, type Fault, type FaultKind, type Shape, type Victim } from './fault.ts';

/** How often a kind comes, where, and how it is drawn. */
interface Habit {
  readonly perMinute: number;
  victims(shape: Shape): readonly Victim[];
  draw(random: Random, victim: Victim, shape: Shape): Pick<Fault, 'lengthMs' | 'size' | 'way'>;
  /** The victim is a process that is away or stands still meanwhile: nothing else of this sort befalls it then. */
  readonly exclusive?: true;
}

const PAUSE_MS = { least: 500, most: 15_000 } as const;
/** A collector that stands still for longer than this is taken out by the others. */
const FENCED_MS = 11_000;
const CLOCK_STEP_MS = { least: 500, small: 20_000, most: 3_540_000 } as const;
/** What was begun is left time to show before the end. */
const TAIL_MS = 1000;
/** A process that comes back needs a moment before the next blow finds anything to hit. */
const RECOVER_MS = { agent: 1500, collector: 3000, clickhouse: 2500 } as const;
const TRIES = 20;

const agents = (shape: Shape) => agentNames(shape);
const collectors = (shape: Shape) => collectorNames(shape);
const stores = (shape: Shape) => (shape.engine === 'server' ? collectorNames(shape) : []);

const HABITS: Readonly<Record<FaultKind, Habit>> = {
  kill: {
    perMinute: 13,
    exclusive: true,
    // An agent is killed more often than a collector: it is there more often, and costs less to bring back.
    victims: (shape) => [
      ...agents(shape),
      ...agents(shape),
      ...collectors(shape),
      ...(shape.collectors === 1 ? collectors(shape) : []),
      ...(shape.engine === 'server' ? ['clickhouse'] : []),
    ],
    draw: (random) => ({ lengthMs: skewed(random, 100, 4000), size: 0 }),
  },
  pause: {
    perMinute: 4,
    exclusive: true,
    victims: (shape) => [
      ...agents(shape),
      ...collectors(shape),
      ...collectors(shape),
      ...(shape.engine === 'server' ? ['clickhouse'] : []),
    ],
    draw(random, victim, shape) {
      const fence = victim.startsWith('collector') && shape.collectors > 1 && random.chance(0.4);
      return { lengthMs: skewed(random, fence ? FENCED_MS : PAUSE_MS.least, PAUSE_MS.most), size: 0 };
    },
  },
  restart: {
    perMinute: 1.5,
    exclusive: true,
    victims: (shape) => [...agents(shape).slice(0, 1), ...collectors(shape)],
    draw: (random) => ({ lengthMs: skewed(random, 100, 2000), size: 0 }),
  },
  drain: {
    perMinute: 0.7,
    exclusive: true,
    victims: (shape) => (shape.collectors > 1 ? collectors(shape) : []),
    draw: (random) => ({ lengthMs: skewed(random, 2000, 8000), size: 0 }),
  },
  disconnect: {
    perMinute: 3,
    victims: agents,
    draw: () => ({ lengthMs: 0, size: 0 }),
  },
  'half-open': {
    perMinute: 2,
    victims: agents,
    draw(random) {
      const way = pick(random, ['up', 'down', 'both', undefined] as const);
      return { lengthMs: skewed(random, 1000, 20_000), size: 0, ...(way && { way }) };
    },
  },
  'duplicate-frames': {
    perMinute: 1.5,
    victims: agents,
    draw: (random) => ({ lengthMs: skewed(random, 2000, 8000), size: round(random.uniform(0.2, 0.8), 0.01) }),
  },
  'reorder-frames': {
    perMinute: 1.5,
    victims: agents,
    draw: (random) => ({ lengthMs: skewed(random, 2000, 8000), size: round(random.uniform(0.1, 0.5), 0.01) }),
  },
  'disk-full': {
    perMinute: 1,
    victims: agents,
    draw: (random) => ({ lengthMs: skewed(random, 1000, 10_000), size: 0 }),
  },
  'clock-step': {
    perMinute: 1.5,
    victims: agents,
    draw(random, victim, shape) {
      // After an hour ahead an agent has no slot to run for an hour: only the last one gets that far.
      const far = victim === agentNames(shape).at(-1) && random.chance(0.5);
      const [least, most] = far
        ? [CLOCK_STEP_MS.small, CLOCK_STEP_MS.most]
        : [CLOCK_STEP_MS.least, CLOCK_STEP_MS.small];
      const sign = random.chance(0.5) ? 1 : -1;
      return { lengthMs: skewed(random, 1000, 10_000), size: sign * skewed(random, least, most) };
    },
  },
  'store-slow': {
    perMinute: 1,
    victims: stores,
    draw: (random) => ({ lengthMs: skewed(random, 2000, 12_000), size: skewed(random, 20, 1500) }),
  },
  'store-throttle': {
    perMinute: 0.7,
    victims: stores,
    draw: (random) => ({ lengthMs: skewed(random, 2000, 10_000), size: skewed(random, 2000, 60_000) }),
  },
  'store-silent': {
    perMinute: 0.8,
    victims: stores,
    draw: (random) => ({ lengthMs: skewed(random, 1000, 14_000), size: 0 }),
  },
  'store-down': {
    perMinute: 0.7,
    victims: stores,
    draw: (random) => ({ lengthMs: skewed(random, 500, 8000), size: 0 }),
  },
  'store-reset': {
    perMinute: 1.2,
    victims: stores,
    draw: (random) => ({ lengthMs: skewed(random, 2000, 8000), size: round(random.uniform(0.1, 0.6), 0.01) }),
  },
  'store-lose-answer': {
    perMinute: 1.5,
    victims: stores,
    draw: (random) => ({ lengthMs: skewed(random, 2000, 8000), size: round(random.uniform(0.2, 0.9), 0.01) }),
  },
};

/** Every fault of the run, in the order of their beginning. */
export function planChaos(seed: number, shape: Shape, durationMs: number): readonly Fault[] {
  const random = new Random(seed);
  const busy = new Map<Victim, { readonly fromMs: number; readonly untilMs: number }[]>();
  const plan: Fault[] = [];
  for (const [kind, habit] of Object.entries(HABITS) as [FaultKind, Habit][]) {
    const victims = habit.victims(shape);
    const wanted = (habit.perMinute * durationMs) / 60_000;
    // Of a share of a fault chance decides.
    const count = victims.length === 0 ? 0 : Math.floor(wanted) + (random.chance(wanted % 1) ? 1 : 0);
    for (let index = 0; index < count; index += 1) {
      const place = { fromMs: (durationMs * index) / count, untilMs: (durationMs * (index + 1)) / count };
      const fault = drawFault({ kind, habit, victims, shape, durationMs, ...place }, random, busy);
      if (fault) plan.push(fault);
    }
  }
  return plan.sort((a, b) => a.startMs - b.startMs || (a.kind < b.kind ? -1 : 1));
}

interface Place {
  readonly kind: FaultKind;
  readonly habit: Habit;
  readonly victims: readonly Victim[];
  readonly shape: Shape;
  readonly durationMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

type Busy = Map<Victim, { readonly fromMs: number; readonly untilMs: number }[]>;

/** Undefined when no victim was found that is not down already. */
function drawFault(place: Place, random: Random, busy: Busy): Fault | undefined {
  const { kind, habit, victims, shape, durationMs } = place;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const victim = pick(random, victims);
    const startMs = Math.round(random.uniform(place.fromMs, place.untilMs));
    const drawn = habit.draw(random, victim, shape);
    const lengthMs = Math.min(drawn.lengthMs, Math.max(0, durationMs + TAIL_MS - startMs));
    const fault = { kind, victim, startMs, ...drawn, lengthMs };
    if (!habit.exclusive) return fault;
    const span = { fromMs: startMs, untilMs: startMs + lengthMs + recoverMs(victim) };
    const spans = busy.get(victim) ?? [];
    if (spans.some((other) => span.fromMs < other.untilMs && other.fromMs < span.untilMs)) continue;
    busy.set(victim, [...spans, span]);
    return fault;
  }
  return undefined;
}

function recoverMs(victim: Victim): number {
  if (victim.startsWith('agent')) return RECOVER_MS.agent;
  return victim.startsWith('collector') ? RECOVER_MS.collector : RECOVER_MS.clickhouse;
}

/** Log-uniform whole number: short ones are as likely as long ones. */
function skewed(random: Random, least: number, most: number): number {
  return Math.round(least * (most / least) ** random.next());
}

function round(value: number, step: number): number {
  return Number((Math.round(value / step) * step).toFixed(6));
}

/** `list` has at least one element. */
function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random.next() * list.length)] as T;
}
