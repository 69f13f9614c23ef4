/** What burns within an incident: each window of each check once, as bad as it was at its worst. */
import { type Budget, type Check, checkKey } from './budgets.ts';
import { BURN_WINDOWS, type BurnAlert } from './burn-rate.ts';
import type { BudgetBurn } from './incident.ts';
import { DETECT_LIMITS } from './settings.ts';

export function burnOf(budget: Budget, { window, ...alert }: BurnAlert, beganMs: number): BudgetBurn {
  const { longMs, shortMs, severity } = window;
  const { probe, target, slo } = budget;
  const { successRatio: objective, periodMs } = slo;
  return { probe, target, objective, periodMs, longMs, shortMs, severity, ...alert, beganMs, endedMs: null };
}

const burnKey = (burn: BudgetBurn): string => JSON.stringify([burn.probe, burn.target, burn.longMs]);

export class BurnList {
  readonly #burns = new Map<string, BudgetBurn>();

  constructor(burns: readonly BudgetBurn[] = []) {
    for (const burn of burns) this.#burns.set(burnKey(burn), burn);
  }

  get all(): readonly BudgetBurn[] {
    return [...this.#burns.values()];
  }

  get on(): readonly BudgetBurn[] {
    return this.all.filter(({ endedMs }) => endedMs === null);
  }

  /** True when this window of this check did not burn before. */
  add(burn: BudgetBurn, nowMs: number): boolean {
    const key = burnKey(burn);
    const known = this.#burns.get(key);
    if (!known && this.#burns.size >= DETECT_LIMITS.burnsPerIncident.value) return false;
    // What is known from before a restart may end later than the history that is played again.
    const goesOn = known !== undefined && (known.endedMs ?? Number.POSITIVE_INFINITY) > nowMs;
    const worse = !known || burn.longRate > known.longRate;
    if (!goesOn || worse) this.#burns.set(key, goesOn ? { ...burn, beganMs: known.beganMs } : burn);
    return !goesOn;
  }

  /** Ends what burns of a check where that is over; gives what ended. */
  end(budget: Budget, nowMs: number, region?: string): BudgetBurn[] {
    const ended = this.on.filter((burn) => {
      const window = BURN_WINDOWS.find(({ longMs }) => longMs === burn.longMs);
      return checkKey(burn) === checkKey(budget) && (!window || budget.isCalm(window, nowMs, region));
    });
    for (const burn of ended) this.#burns.set(burnKey(burn), { ...burn, endedMs: nowMs });
    return ended;
  }

  /** Ends all that burns of a check, for another reason than that it is calm. */
  drop(check: Check, nowMs: number): void {
    for (const burn of this.on)
      if (checkKey(burn) === checkKey(check)) this.#burns.set(burnKey(burn), { ...burn, endedMs: nowMs });
  }
}
