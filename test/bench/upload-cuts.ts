/** Whether uploads that were cut are whole in the end, and lose what the server says that they lost. */
import type { RunResult } from '../../probes/probe.ts';
import { atLeast, atMost, type Progress, type Row, row } from './benchmark.ts';
import { CountedOrigin } from './support/counted-origin.ts';
import { ProbeRunner } from './support/probe-runner.ts';
import { median } from './support/stats.ts';

const CUTS_PERCENT = [10, 50, 90];
const BYTES = 3_000_000;
const TIMEOUT_MS = 30_000;
/** All of it in one request, so that a cut falls inside of one. */
const WAYS = {
  tus: { path: '/files/', params: { protocol: 'tus', chunkBytes: BYTES } },
  ietf: { path: '/ietf/', params: { protocol: 'ietf' } },
  session: {
    path: '/session/',
    params: {
      protocol: 'content-range',
      contentRange: { style: 'session', create: { headers: { 'x-upload-content-length': '{size}' } } },
    },
  },
} as const;
type Way = keyof typeof WAYS;

interface Cut {
  readonly way: Way;
  readonly percent: number;
  readonly result: RunResult;
  /**
   * Of what had been acknowledged at the cut, what the origin took again: of a connection that breaks it may not have read all that its
   * kernel had.
   */
  readonly lostBytes: number;
}

export async function cutRows(rounds: number, progress: Progress): Promise<Row[]> {
  const origin = await CountedOrigin.start();
  const runner = new ProbeRunner({});
  const cuts: Cut[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      progress(`cuts, round ${round} of ${rounds}`);
      for (const way of Object.keys(WAYS) as Way[])
        for (const percent of CUTS_PERCENT) cuts.push(await cutOnce(origin, runner, way, percent));
    }
  } finally {
    await runner.close();
    await origin.close();
  }
  for (const { percent, result, way } of cuts)
    if (result.outcome === 'fail') progress(`${way} cut at ${percent} %: ${result.failure.message}`);
  return [...Map.groupBy(cuts, ({ way }) => way)].flatMap(([way, of]) => rowsOf(way, of));
}

async function cutOnce(origin: CountedOrigin, runner: ProbeRunner, way: Way, percent: number): Promise<Cut> {
  const { params, path } = WAYS[way];
  await origin.requests();
  const result = await runner.run({
    type: 'upload',
    url: origin.url + path,
    params: {
      ...params,
      sizeBytes: BYTES,
      cutAtPercent: [percent],
      verify: 'sha256',
      statusUrl: '/status/{id}',
    },
    timeoutMs: TIMEOUT_MS,
  });
  // The last request carried what the origin had not kept of the first.
  const keptBytes = BYTES - ((await origin.requests()).at(-1)?.bytes ?? Number.NaN);
  return { way, percent, result, lostBytes: (BYTES * percent) / 100 - keptBytes };
}

function rowsOf(way: Way, cuts: readonly Cut[]): Row[] {
  const isWhole = ({ percent, result }: Cut): boolean =>
    result.outcome === 'ok' &&
    result.attributes.integrity === 'ok' &&
    result.attributes.cut_at_percent === String(percent);
  const errors = cuts.map(({ lostBytes, result }) =>
    Math.abs((result.metrics.upload_resume_lost_bytes ?? Number.NaN) - lostBytes),
  );
  const lost = Math.max(...cuts.map(({ lostBytes }) => lostBytes));
  const resumeMs = cuts.flatMap(({ result }) => result.metrics.upload_resume_ms ?? []);
  const whole = (cuts.filter(isWhole).length / cuts.length) * 100;
  return [
    row(`cut_${way}_hash_right`, whole, '%', { goal: atLeast(100) }),
    // Not told is not right: NaN would be no row, and a failed run has its row above.
    row(`cut_${way}_lost_bytes_wrong`, errors.filter((error) => error !== 0).length, 'runs', {
      goal: atMost(0),
    }),
    row(`cut_${way}_lost_most`, lost, 'bytes'),
    ...(resumeMs.length > 0 ? [row(`cut_${way}_resume`, median(resumeMs), 'ms')] : []),
  ];
}
