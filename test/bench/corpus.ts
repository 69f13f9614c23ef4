/** Files that nobody here made: what becomes of each in the browser and in its twin, and whether there is a reason for it. */
import { join } from 'node:path';
import { formatTable } from '../../cli/support/output.ts';
import type { RunResult } from '../../probes/probe.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { thisBrowser } from './support/browser-wrapper.ts';
import { describeMedia, readCorpus } from './support/corpus-files.ts';
import { startFileServer } from './support/file-server.ts';
import { type Order, ProbeRunner } from './support/probe-runner.ts';

/** What both probes said of one file. */
export interface Verdict {
  readonly file: string;
  /** As ffprobe describes it; undefined where it cannot, or is not there. */
  readonly media: string | undefined;
  readonly browser: RunResult;
  readonly twin: RunResult;
}

/** Plays every file of a folder. */
export function corpusBenchmark(directory: string): Benchmark {
  return {
    name: 'corpus',
    summary: `Every file of ${directory} in the real browser and in its browserless twin; needs a browser.`,
    run: async (progress, print) => {
      const verdicts = await judgeCorpus(directory, progress);
      print(formatVerdicts(verdicts));
      return rowsOf(verdicts);
    },
  };
}

/** `params`: of the browser. Throws when there is nothing to play, or no browser; what a file does is a verdict. */
export async function judgeCorpus(
  directory: string,
  progress: Progress,
  params: Readonly<Record<string, unknown>> = {},
): Promise<Verdict[]> {
  const { entries, sizes } = readCorpus(directory);
  const runner = new ProbeRunner({ build: await thisBrowser() });
  const server = await startFileServer(directory, sizes);
  const verdicts: Verdict[] = [];
  try {
    for (const [at, file] of entries.entries()) {
      progress(`${at + 1} of ${entries.length}: ${file}`);
      const url = server.urlOf(file);
      verdicts.push({
        file,
        media: describeMedia(join(directory, file)),
        twin: await judged(runner, { type: 'playback', url }),
        browser: await judged(runner, { type: 'video-start', url, params }),
      });
    }
    return verdicts;
  } finally {
    await runner.close();
    await server.close();
  }
}

async function judged(runner: ProbeRunner, order: Order): Promise<RunResult> {
  try {
    return await runner.run(order);
  } catch (error) {
    const message = `the probe threw: ${error instanceof Error ? error.message : String(error)}`;
    const failure = { layer: 'agent', blame: 'agent', code: 'internal', message } as const;
    return { outcome: 'fail', failure, metrics: {}, attributes: {}, phases: [] };
  }
}

/** `played`, or the outcome of the viewer, and why: one word each. */
export function wordOf({ browser }: Pick<Verdict, 'browser'>): string {
  const { outcome = 'none' } = browser.attributes;
  return browser.outcome === 'ok' ? outcome : `${outcome} (${browser.failure.code})`;
}

/** `starts`, or the code of the failure. */
export function twinWordOf({ twin }: Pick<Verdict, 'twin'>): string {
  return twin.outcome === 'ok' ? 'starts' : twin.failure.code;
}

/**
 * Whether the two contradict each other. The twin has no decoder, and knows no format but MP4, HLS and DASH: what the browser makes of
 * coded pictures and other formats is no contradiction. Nor is what goes wrong after the first frame.
 */
export function areAtOdds({ browser, twin }: Pick<Verdict, 'browser' | 'twin'>): boolean {
  if (twin.outcome === 'fail' && twin.failure.code === 'codec_unsupported') return false;
  const hasFrame = browser.metrics.video_startup_ms !== undefined;
  const isDecoding = browser.outcome === 'fail' && browser.failure.layer === 'decode';
  return !isDecoding && hasFrame !== (twin.metrics.first_frame_ms !== undefined);
}

/** Failures that blame the probe or nobody in particular: the file was refused, and not for a reason of its own. */
export function isUnexplained({ browser, twin }: Pick<Verdict, 'browser' | 'twin'>): boolean {
  return [browser, twin].some(
    (result) =>
      result.outcome === 'fail' &&
      (['internal', 'browser_crashed', 'browser_launch', 'timeout', 'start_timeout'].includes(
        result.failure.code,
      ) ||
        result.attributes.outcome === 'probe_invalid'),
  );
}

function formatVerdicts(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => [
    verdict.file,
    verdict.media,
    wordOf(verdict),
    msOf(verdict.browser.metrics.video_startup_ms),
    twinWordOf(verdict),
    msOf(verdict.twin.metrics.first_frame_ms),
    [isUnexplained(verdict) ? 'UNEXPLAINED' : '', areAtOdds(verdict) ? 'AT ODDS' : '']
      .filter(Boolean)
      .join(' '),
    reasonOf(verdict),
  ]);
  return formatTable(['file', 'media', 'browser', 'ms', 'twin', 'ms', 'note', 'reason'], rows);
}

const msOf = (value: number | undefined): number | undefined => value && Math.round(value);

function reasonOf({ browser, twin }: Verdict): string | undefined {
  if (browser.outcome === 'fail') return browser.failure.message;
  return twin.outcome === 'fail' ? `twin: ${twin.failure.message}` : undefined;
}

function rowsOf(verdicts: readonly Verdict[]): Row[] {
  const count = (is: (verdict: Verdict) => boolean): number => verdicts.filter(is).length;
  return [
    row('files', verdicts.length, '1'),
    row(
      'played',
      count(({ browser }) => browser.outcome === 'ok'),
      '1',
    ),
    row(
      'refused',
      count(({ browser }) => browser.outcome === 'fail'),
      '1',
    ),
    row('unexplained', count(isUnexplained), '1', { goal: atMost(0) }),
    row('at_odds', count(areAtOdds), '1', { goal: atMost(0) }),
  ];
}
