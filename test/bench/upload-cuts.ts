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
const PROTOCOLS = {
  tus: { path: '/files/', params: { chunkBytes: BYTES } },
  ietf: { path: '/ietf/', params: {} },
  session: { path: '/session/', params: {} },
} as const;
type Protocol = keyof typeof PROTOCOLS;

interface Cut {
  readonly protocol: Protocol;
  readonly percent: number;
  readonly result: RunResult;
  /** What arrived more than once, as the origin counted it. */
  readonly repeatedBytes: number;
}

export async function cutRows(rounds: number, progress: Progress): Promise<Row[]> {
  const origin = await CountedOrigin.start();
  const runner = new ProbeRunner({});
  const cuts: Cut[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      progress(`cuts, round ${round} of ${rounds}`);
      for (const protocol of Object.keys(PROTOCOLS) as Protocol[])
        for (const percent of CUTS_PERCENT) cuts.push(await cutOnce(origin, runner, protocol, percent));
    }
  } finally {
    await runner.close();
    await origin.close();
  }
  for (const { percent, protocol, result } of cuts)
    if (result.outcome === 'fail') progress(`${protocol} cut at ${percent} %: ${result.failure.message}`);
  return [...Map.groupBy(cuts, ({ protocol }) => protocol)].flatMap(([protocol, of]) => rowsOf(protocol, of));
}

async function cutOnce(
  origin: CountedOrigin,
  runner: ProbeRunner,
  protocol: Protocol,
  percent: number,
): Promise<Cut> {
  const { params, path } = PROTOCOLS[protocol];
  await origin.requests();
  const result = await runner.run({
    type: 'upload',
    url: origin.url + path,
    params: {
      protocol,
      ...params,
      sizeBytes: BYTES,
      cutAtPercent: [percent],
      verify: 'sha256',
      statusUrl: '/status/{id}',
    },
    timeoutMs: TIMEOUT_MS,
  });
  const arrived = (await origin.requests()).reduce((sum, { bytes }) => sum + bytes, 0);
  return { protocol, percent, result, repeatedBytes: arrived - BYTES };
}

function rowsOf(protocol: Protocol, cuts: readonly Cut[]): Row[] {
  const isWhole = ({ percent, result }: Cut): boolean =>
    result.outcome === 'ok' &&
    result.attributes.integrity === 'ok' &&
    result.attributes.cut_at_percent === String(percent);
  const errors = cuts.map(({ repeatedBytes, result }) =>
    Math.abs((result.metrics.upload_resume_lost_bytes ?? Number.NaN) - repeatedBytes),
  );
  const repeated = Math.max(...cuts.map(({ repeatedBytes }) => repeatedBytes));
  const resumeMs = cuts.flatMap(({ result }) => result.metrics.upload_resume_ms ?? []);
  const whole = (cuts.filter(isWhole).length / cuts.length) * 100;
  return [
    row(`cut_${protocol}_hash_right`, whole, '%', { goal: atLeast(100) }),
    // Not told is not right: NaN would be no row, and a failed run has its row above.
    row(`cut_${protocol}_lost_bytes_wrong`, errors.filter((error) => error !== 0).length, 'runs', {
      goal: atMost(0),
    }),
    row(`cut_${protocol}_arrived_twice_most`, repeated, 'bytes'),
    ...(resumeMs.length > 0 ? [row(`cut_${protocol}_resume`, median(resumeMs), 'ms')] : []),
  ];
}
