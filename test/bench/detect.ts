/** The detector against labelled data, against noise without a fault, and against the clock, beside the usual rules on the same streams. */
import type { Benchmark, Progress, Row } from './benchmark.ts';
import { dayRows } from './detect-day.ts';
import { localiseRows } from './detect-localise.ts';
import { nullRows } from './detect-null.ts';
import { livePlaceRows } from './detect-places.ts';
import { regionRows } from './detect-regions.ts';
import { restartRows } from './detect-restart.ts';
import { seriesRows } from './detect-series.ts';
import { speedRows } from './detect-speed.ts';
import { timeRows } from './detect-time.ts';

type Part = (progress: Progress, print: Progress) => Promise<readonly Row[]> | readonly Row[];

const PARTS: readonly Part[] = [
  seriesRows,
  nullRows,
  speedRows,
  restartRows,
  localiseRows,
  livePlaceRows,
  dayRows,
  regionRows,
  timeRows,
];

export const detectBenchmark: Benchmark = {
  name: 'detect',
  summary:
    'The detector on labelled series, on noise without a change and on many series at once, its places on labelled leaves and its regions, beside fixed thresholds, EWMA, k of n, quorums and CUSUM.',
  run: async (progress, print) => {
    const rows: Row[] = [];
    for (const part of PARTS) rows.push(...(await part(progress, print)));
    return rows;
  },
};
