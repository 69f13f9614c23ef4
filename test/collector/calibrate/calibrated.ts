/** Runs of a pair of probes as the store has them, windows as a judge takes them, and calibration that ticks when a test says so. */
import {
  type CalibrationOptions,
  type LiveCalibration,
  startCalibration,
} from '../../../collector/calibrate/start-calibration.ts';
import type { CalibrationWindow } from '../../../collector/calibrate/window.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import type { Store } from '../../../collector/store/store.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

export const MINUTE = 60_000;
/** Midnight UTC of yesterday: rows older than the retention would be deleted, and of the future there are none. */
export const DAY = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000;

/** One result, as far as calibration looks at it. */
export interface Run {
  readonly side: 'twin' | 'browser';
  readonly atMs: number;
  readonly ms: number;
  readonly agent?: string;
  readonly region?: string;
  readonly target?: string;
  readonly probe?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly outcome?: 'ok' | 'fail';
  readonly disturbed?: boolean;
  readonly trigger?: 'schedule' | 'manual';
}

const ATTRIBUTES = {
  twin: { format: 'mp4' },
  browser: { player: 'progressive', browser_build: 'Chromium 156' },
} as const;

let seq = 0;
let blocks = 0;

/** Commits runs as the rows that ingest would have made of them. */
export async function insertRuns(store: Pick<Store, 'insertRows'>, runs: readonly Run[]): Promise<void> {
  blocks += 1;
  await store.insertRows(
    'results',
    runs.map(({ side, atMs, ms, ...run }) => {
      seq += 1;
      return {
        collector: 'test',
        block: blocks,
        agent: run.agent ?? 'eu-west-1',
        boot: 'boot-1',
        seq,
        region: run.region ?? 'eu-west',
        probe: run.probe ?? (side === 'twin' ? 'play-light' : 'play-browser'),
        type: side === 'twin' ? 'playback' : 'video-start',
        target: run.target ?? 'clip',
        scheduled_at: atMs,
        duration_us: Math.round(ms * 1000),
        trigger: run.trigger ?? 'schedule',
        outcome: run.outcome ?? 'ok',
        metric: [side === 'twin' ? 'first_frame_ms' : 'video_startup_ms'],
        value: [Math.round(ms * 1000)],
        attributes: { ...ATTRIBUTES[side], ...run.attributes },
        disturbed: run.disturbed ? 1 : 0,
        ingested_at: atMs + 2000,
      };
    }),
  );
}

export interface Stretch extends Partial<Pick<Run, 'agent' | 'region' | 'target' | 'attributes'>> {
  readonly fromMs: number;
  readonly minutes: number;
  readonly seed?: number;
  /** By how much the browser is later than the twin. */
  readonly errorMs?: number;
  readonly twinEveryMs?: number;
  readonly browserEveryMs?: number;
}

/** Both probes for a while, around 300 ms; `attributes` are those of the browser. */
export function pairRuns(of: Stretch): Run[] {
  const { fromMs, minutes, errorMs = 15, twinEveryMs = 5000, browserEveryMs = 20_000, attributes } = of;
  const random = new Random(of.seed ?? 1);
  const { agent, region, target } = of;
  const place = { ...(agent && { agent }), ...(region && { region }), ...(target && { target }) };
  const untilMs = fromMs + minutes * MINUTE;
  const runs: Run[] = [];
  for (let atMs = fromMs + 500; atMs < untilMs; atMs += twinEveryMs)
    runs.push({ ...place, side: 'twin', atMs, ms: 300 + 8 * random.normal() });
  for (let atMs = fromMs + 700; atMs < untilMs; atMs += browserEveryMs)
    runs.push({
      ...{ ...place, side: 'browser', atMs, ms: 300 + errorMs + 8 * random.normal() },
      ...(attributes && { attributes }),
    });
  return runs;
}

/** A window in place `index` of a series, five minutes each. */
export function windowOf(
  index: number,
  errorMs: number,
  more: Partial<CalibrationWindow> = {},
): CalibrationWindow {
  const startMs = DAY + index * 5 * MINUTE;
  return {
    region: 'eu-west',
    target: 'clip',
    twin: 'play-light',
    browser: 'play-browser',
    format: 'mp4',
    player: 'progressive',
    basis: 'agents',
    startMs,
    endMs: startMs + 5 * MINUTE,
    agents: 1,
    twinRuns: 60,
    browserRuns: 15,
    twinMs: 300,
    browserMs: 300 + errorMs,
    errorMs,
    uncertaintyMs: 6,
    builds: ['Chromium 156'],
    ...more,
  };
}

export interface Stage {
  nowMs: number;
  /** Under which this collector works; undefined when another does. */
  lease: string | undefined;
  refused: string[];
}

export const stageOf = (nowMs: number, lease: string | undefined = 'detect/1'): Stage => ({
  nowMs,
  lease,
  refused: [],
});

export function calibrationOver(
  store: CalibrationOptions['store'],
  stage: Stage,
  more: Partial<CalibrationOptions> = {},
): LiveCalibration {
  return startCalibration({
    store,
    turn: {
      storeOffsetMs: 0,
      lease: () => stage.lease,
      leaseRefused: (lease) => {
        stage.refused.push(lease);
        stage.lease = undefined;
      },
    },
    clock: { wallMs: () => stage.nowMs, monotonicMs: () => stage.nowMs },
    log: SILENT_LOG,
    tickMs: 0,
    ...more,
  });
}

/** Lets time pass, a few minutes a tick. */
export async function pass(
  stage: Stage,
  calibration: LiveCalibration,
  untilMs: number,
  tickMs = 4 * MINUTE,
): Promise<void> {
  while (stage.nowMs < untilMs) {
    stage.nowMs = Math.min(untilMs, stage.nowMs + tickMs);
    await calibration.tick();
  }
}

export async function emptied(store: Pick<Store, 'command'>): Promise<void> {
  for (const table of ['results', 'latency_1m', 'calibration_windows', 'calibration_alarms', 'fences'])
    await store.command(`TRUNCATE TABLE ${table}`);
}
