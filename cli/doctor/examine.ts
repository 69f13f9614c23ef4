/** Runs checks side by side, each with an end of its own: what cannot be looked at is `unknown`, and holds nobody up. */
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { type Check, type Finding, type Look, sentenceOf } from './check.ts';
import { DOCTOR_LIMITS } from './limits.ts';
import { NotLookedAt, type Scene } from './scene.ts';

/** Findings in the order of the checks. Never rejects, and ends with the slowest deadline at the latest. */
export function examine(
  scene: Scene,
  checks: readonly Check[],
  timeoutMs: number = DOCTOR_LIMITS.checkMs.value,
): Promise<readonly Finding[]> {
  return Promise.all(
    checks.map(async (check) => ({
      check: check.name,
      area: check.area,
      ...(await lookAt(scene, check, check.timeoutMs ?? timeoutMs)),
    })),
  );
}

async function lookAt(scene: Scene, check: Check, timeoutMs: number): Promise<Look> {
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<Look>((resolve) => {
    signal.addEventListener('abort', () =>
      resolve(
        unknown(
          `It did not end within ${timeoutMs / 1000} s.`,
          'Once more in a minute: the machine or the collector may be busy',
        ),
      ),
    );
  });
  return Promise.race([late, found(scene, check, signal)]);
}

async function found(scene: Scene, check: Check, signal: AbortSignal): Promise<Look> {
  try {
    return await check.look(scene, signal);
  } catch (error) {
    if (error instanceof NotLookedAt) return unknown(error.message, '');
    if (error instanceof CliError) return unknown(sentenceOf(error), error.hint ?? '');
    return unknown(
      `It could not be looked at: ${error instanceof Error ? error.message : String(error)}.`,
      '',
    );
  }
}

function unknown(finding: string, hint: string): Look {
  return { state: 'unknown', finding, why: '', hint };
}

/** 1 when something is wrong; 2 when something will go wrong, or could not be looked at; 0 when all is well. */
export function exitOf(findings: readonly Finding[]): number {
  const has = (...states: readonly Finding['state'][]): boolean =>
    findings.some(({ state }) => states.includes(state));
  if (has('problem')) return EXIT.failed;
  return has('warning', 'unknown') ? EXIT.degraded : EXIT.ok;
}
