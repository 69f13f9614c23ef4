/**
 * Whether uploads are told truly: what was sent and committed, and what limited it, against servers that log what they received at the
 * far end of a link of known width; what cuts lose; when what was published plays, and where; and many uploads at once.
 */
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';
import { LinkStage } from './support/link-stage.ts';
import { crowdRows } from './upload-crowd.ts';
import { cutRows } from './upload-cuts.ts';
import { limitRows } from './upload-limits.ts';
import { publishRows } from './upload-publish.ts';
import { truthRows } from './upload-truth.ts';

const ROUNDS = 5;

export const uploadBenchmark: Benchmark = {
  name: 'upload',
  summary:
    'Uploads against what the server saw, on links of 2, 10 and 50 Mbit/s: goodput, send, commit, limits, cuts, publishing, 500 at once; Linux, and root for the links.',
  run,
};

type Part = (rounds: number, progress: Progress, print: Progress) => Promise<Row[]>;

const PARTS: Readonly<Record<string, Part>> = {
  links: linkRows,
  cuts: cutRows,
  publish: publishRows,
  crowd: (_rounds, progress) => crowdRows(progress),
};

/** A part that cannot be measured takes nothing from the others: it is said, and counted. */
async function run(progress: Progress, print: Progress): Promise<Row[]> {
  const rounds = timesOf('OUTRIDER_BENCH_ROUNDS', ROUNDS);
  const rows: Row[] = [];
  let unmeasured = 0;
  for (const [name, part] of Object.entries(PARTS)) {
    try {
      rows.push(...(await part(rounds, progress, print)));
    } catch (error) {
      unmeasured += 1;
      progress(`${name} could not be measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return [...rows, row('parts_not_measured', unmeasured, '1', { goal: atMost(0) })];
}

async function linkRows(rounds: number, progress: Progress, print: Progress): Promise<Row[]> {
  const missing = LinkStage.missing();
  if (missing !== undefined) {
    progress(`no links of known width here, so neither truth nor limits: ${missing}`);
    return [];
  }
  const stage = await LinkStage.open();
  try {
    return [
      ...(await truthRows(stage, rounds, { progress, print })),
      ...(await limitRows(stage, rounds, progress)),
    ];
  } finally {
    await stage.close();
  }
}
