/**
 * What it takes to judge many series at once: time for a round of 10,000, and bytes of state for each. The time is the processor's,
 * for that thread: what others do on the machine at the moment is not the detector's.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ChangeBank } from '../../collector/detect/change-bank.ts';
import {
  CHANGE_DEFAULTS,
  DRIFT_DEFAULTS,
  SERIES_MIN_EFFECT,
} from '../../collector/detect/change-settings.ts';
import { Random } from '../../collector/detect/synthetic-random.ts';
import { atMost, type Progress, type Row, row } from './benchmark.ts';

const SERIES = 10_000;
const ROUNDS = 400;
/** Rounds without a pause, between looks at the clock. */
const BATCH = 20;
/** Rounds before the clock is looked at: windows fill, and code is compiled. */
const WARM_ROUNDS = 100;
const SEED = 5;

export async function speedRows(progress: Progress): Promise<Row[]> {
  progress(`speed: ${ROUNDS} rounds of ${SERIES} series, after ${WARM_ROUNDS} to warm up`);
  const values = valuesOfRounds();
  const bank = new ChangeBank(CHANGE_DEFAULTS, SERIES);
  const slots = Array.from({ length: SERIES }, () => bank.add(SERIES_MIN_EFFECT));
  const roundMs = await timeRounds(values, (round) => {
    for (let i = 0; i < SERIES; i += 1) bank.step(slots[i] as number, round[i] as number);
  });
  return [
    row('round_of_10000_series', roundMs, 'ms', { goal: atMost(2) }),
    row('state_a_series', bank.bytesEach, 'bytes'),
    row('state_a_series_drift', new ChangeBank(DRIFT_DEFAULTS).bytesEach, 'bytes'),
  ];
}

/** Rounds to be played again and again: levels, noise, and now and then a series that changes. */
function valuesOfRounds(): Float64Array[] {
  const random = new Random(SEED);
  const levels = Float64Array.from({ length: SERIES }, () => random.uniform(20, 300));
  return Array.from({ length: 50 }, () => {
    for (let i = 0; i < SERIES / 500; i += 1)
      levels[Math.floor(random.uniform(0, SERIES))] = random.uniform(20, 300);
    return levels.map((level) => random.lognormal(level, 0.05));
  });
}

/** Milliseconds of the processor for a round: the mean, as its clock counts in steps. */
async function timeRounds(
  values: readonly Float64Array[],
  judge: (round: Float64Array) => void,
): Promise<number> {
  let usedUs = 0;
  for (let at = 0; at < WARM_ROUNDS + ROUNDS; at += BATCH) {
    const before = process.threadCpuUsage();
    for (let i = at; i < at + BATCH; i += 1) judge(values[i % values.length] as Float64Array);
    const { system, user } = process.threadCpuUsage(before);
    if (at >= WARM_ROUNDS) usedUs += user + system;
    // Rounds come seconds apart: others may have the processor in between.
    await pause(1);
  }
  return usedUs / 1000 / ROUNDS;
}
