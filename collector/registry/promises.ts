/** What is promised, check by check. */
import { type ProbeSpec, sloNumbers } from '../../probes/spec.ts';
import type { CheckSlo } from '../detect/budgets.ts';

/** Of probes as they were declared; a paused one keeps its promises, though nobody measures them. */
export function promisesOf(probes: readonly Pick<ProbeSpec, 'name' | 'targets' | 'slo'>[]): CheckSlo[] {
  return probes.flatMap(({ name, targets, slo }) =>
    slo ? targets.map((target) => ({ probe: name, target, slo: sloNumbers(slo) })) : [],
  );
}
