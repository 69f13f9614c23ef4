/**
 * Who is heard and who is silent, from results alone: for histories, where nobody remembers what the registry said. An agent that is
 * not heard for several of its own intervals is silent; one that never comes back is forgotten after a while.
 */
import type { FleetAgent, Observation } from './observation.ts';

/** Intervals without a result after which an agent is silent: a few lost rows are not. */
const SILENT_INTERVALS = 4;
const SILENT_MIN_MS = 15_000;
/** What is silent for so long has left, however it said so. */
const LEFT_MS = 86_400_000;
/** Weight of the newest gap in the mean. */
const GAP_WEIGHT = 0.05;
/** Times that one of its checks was heard again before the interval is known: its checks may come in a bunch. */
const ROUNDS_MIN = 3;
/** Checks of an agent that are told apart until then. */
const CHECKS_MAX = 100;

interface Heard {
  region: string;
  lastMs: number;
  gaps: number;
  /** How often each check was heard; undefined once the interval is known. */
  checks: Map<string, number> | undefined;
  /** Means of gaps and of their squares: their quotient is the gap that an instant lies in, however runs bunch together. */
  gapMs: number;
  gapSquaredMs: number;
}

export class HeardFleet {
  readonly #agents = new Map<string, Heard>();

  /** Takes a run in; one that was missed says nothing of its agent being there. */
  note(run: Pick<Observation, 'agent' | 'region' | 'probe' | 'target' | 'scheduledMs' | 'outcome'>): void {
    if (run.outcome === 'missed') return;
    let heard = this.#agents.get(run.agent);
    if (!heard) {
      const { region, scheduledMs: lastMs } = run;
      heard = { region, lastMs, gaps: 0, checks: new Map(), gapMs: 0, gapSquaredMs: 0 };
      this.#agents.set(run.agent, heard);
    }
    if (heard.checks) countCheck(heard, `${run.probe}\u0000${run.target}`);
    heard.region = run.region;
    const gapMs = run.scheduledMs - heard.lastMs;
    if (gapMs <= 0) return;
    heard.lastMs = run.scheduledMs;
    // The gap of a silence is not how often it is usually heard.
    if (!heard.checks && gapMs > silentAfterMs(heard)) return;
    const weight = Math.max(GAP_WEIGHT, 1 / (heard.gaps + 1));
    heard.gaps += 1;
    heard.gapMs += weight * (gapMs - heard.gapMs);
    heard.gapSquaredMs += weight * (gapMs * gapMs - heard.gapSquaredMs);
  }

  /** All agents that were heard in the last day, as of an instant. */
  at(nowMs: number): FleetAgent[] {
    const fleet: FleetAgent[] = [];
    for (const [id, heard] of this.#agents) {
      const quietMs = nowMs - heard.lastMs;
      if (quietMs > LEFT_MS) {
        this.#agents.delete(id);
        fleet.push({ id, region: heard.region, state: 'stopped' });
      } else if (!heard.checks)
        fleet.push({
          id,
          region: heard.region,
          state: quietMs > silentAfterMs(heard) ? 'silent' : 'connected',
        });
    }
    return fleet;
  }
}

const silentAfterMs = ({ gapMs, gapSquaredMs }: Heard): number =>
  Math.max(SILENT_MIN_MS, SILENT_INTERVALS * (gapSquaredMs / gapMs));

function countCheck(heard: Heard, check: string): void {
  const times = (heard.checks?.get(check) ?? 0) + 1;
  if (times > ROUNDS_MIN) heard.checks = undefined;
  else if (times > 1 || (heard.checks?.size ?? 0) < CHECKS_MAX) heard.checks?.set(check, times);
}
