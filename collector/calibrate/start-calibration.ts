/**
 * Live calibration: twice a minute it looks for windows that have ended, judges them, writes them down and tells of alarms. Of
 * several collectors the one that holds the lease of detection does it. What it remembers of a pair lies in the store beside
 * its last window, so that the next holder goes on where the last one stopped.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import { alarmJson } from '../api/calibration-json.ts';
import type { RunningMembership } from '../members/membership.ts';
import type { Announcement } from '../notify/notice.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { AlarmEvent } from './alarm.ts';
import { AlarmTable } from './alarm-table.ts';
import { Calibrator, type CalibratorCounters, type Findings } from './calibrator.ts';
import { CALIBRATION_DEFAULTS, CALIBRATION_LIMITS, type CalibrationSettings } from './settings.ts';
import { WindowTable } from './window-table.ts';

/** Whose turn it is. */
export type CalibrationTurn = Pick<RunningMembership, 'lease' | 'leaseRefused' | 'storeOffsetMs'>;

export interface CalibrationOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly turn: CalibrationTurn;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings?: Partial<CalibrationSettings>;
  /** Tells of alarms; nobody is told when absent. */
  readonly announce?: (one: Announcement) => void;
  /** Interval of the looks; 0 for none, when a test calls `tick` itself. */
  readonly tickMs?: number;
}

export interface CalibrationCounters extends Readonly<CalibratorCounters> {
  /** 1 while this collector calibrates, 0 while another does. */
  readonly calibrating: number;
  readonly alarms: number;
  readonly ticks: number;
  /** Looks that ended in an error of the store; the next one does their work. */
  readonly ticks_failed: number;
}

export interface LiveCalibration {
  readonly counters: CalibrationCounters;
  /** One look. Never rejects: an error is logged, counted, and made good by the next one. */
  tick(): Promise<void>;
  /** Stops looking. Idempotent. */
  close(): Promise<void>;
}

/** Looks regularly, and works when it is its turn. */
export function startCalibration(options: CalibrationOptions): LiveCalibration {
  const calibration = new Calibration(options);
  calibration.start(options.tickMs ?? CALIBRATION_LIMITS.tickMs.value);
  return calibration;
}

/** While it is our turn. */
interface Stretch {
  readonly lease: string;
  readonly calibrator: Calibrator;
  /** What was found and is not yet in the store. */
  unwritten: Findings | undefined;
}

class Calibration implements LiveCalibration {
  readonly #options: CalibrationOptions;
  readonly #settings: CalibrationSettings;
  readonly #windows: WindowTable;
  readonly #alarms: AlarmTable;
  #stretch: Stretch | undefined;
  #before = { windows: 0, extended: 0 };
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #ticks = 0;
  #ticksFailed = 0;
  #raised = 0;
  #closed = false;

  constructor(options: CalibrationOptions) {
    const { store, settings } = options;
    this.#options = options;
    this.#settings = { ...CALIBRATION_DEFAULTS, ...settings };
    this.#windows = new WindowTable(store);
    this.#alarms = new AlarmTable(store);
  }

  get counters(): CalibrationCounters {
    const now = this.#stretch?.calibrator.counters;
    return {
      windows: this.#before.windows + (now?.windows ?? 0),
      extended: this.#before.extended + (now?.extended ?? 0),
      pairs: now?.pairs ?? 0,
      pairs_over_limit: now?.pairs_over_limit ?? 0,
      calibrating: this.#stretch ? 1 : 0,
      alarms: this.#raised,
      ticks: this.#ticks,
      ticks_failed: this.#ticksFailed,
    };
  }

  start(everyMs: number): void {
    if (everyMs <= 0) return;
    this.#timer = setInterval(() => void this.tick(), everyMs);
    this.#timer.unref();
  }

  tick(): Promise<void> {
    this.#ticking ??= this.#tick().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  async #tick(): Promise<void> {
    if (this.#closed) return;
    this.#ticks += 1;
    try {
      const lease = this.#options.turn.lease('detect');
      if (this.#stretch && this.#stretch.lease !== lease) this.#layDown();
      if (lease === undefined) return;
      this.#stretch ??= await this.#takeUp(lease);
      await this.#look(this.#stretch);
    } catch (error) {
      this.#ticksFailed += 1;
      this.#options.log.warn({ err: error }, 'calibration could not use the store; it tries again');
    }
  }

  /** The clock of the store, which stamps what several collectors write. */
  #nowMs(): number {
    return this.#options.clock.wallMs() + this.#options.turn.storeOffsetMs;
  }

  /** What the one before us has written is all there is: under its lease nothing is written any more. */
  async #takeUp(lease: string): Promise<Stretch> {
    const calibrator = new Calibrator(this.#options.store, this.#settings);
    const open = await this.#alarms.open();
    for (const { window, memory } of await this.#windows.last(this.#nowMs())) {
      const { alarm } = memory;
      // It was resolved when the pair was not run any more, which left no window.
      const isOver = alarm !== null && !open.has(alarm.id);
      calibrator.judges.remember(window, isOver ? { ...memory, alarm: null } : memory);
      calibrator.knowUntil(window, window.endMs);
    }
    this.#options.log.info({ pairs: calibrator.judges.size }, 'calibration goes on here');
    return { lease, calibrator, unwritten: undefined };
  }

  #layDown(): void {
    if (!this.#stretch) return;
    const { windows, extended } = this.#stretch.calibrator.counters;
    this.#before = {
      windows: this.#before.windows + windows,
      extended: this.#before.extended + extended,
    };
    this.#stretch = undefined;
    this.#options.log.info('calibration is with another collector now');
  }

  async #look(stretch: Stretch): Promise<void> {
    stretch.unwritten ??= await stretch.calibrator.look(this.#nowMs());
    const { lease, unwritten } = stretch;
    if (this.#options.turn.lease('detect') !== lease) return this.#layDown();
    try {
      await this.#write(unwritten, lease);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'fenced') throw error;
      this.#options.turn.leaseRefused(lease);
      return this.#layDown();
    }
    stretch.unwritten = undefined;
    for (const event of unwritten.events) this.#tell(event);
  }

  /** Windows come last: while a window is not there it is found again, with the alarms that it raises, under the same ids. */
  async #write({ events, windows }: Findings, lease: string): Promise<void> {
    const latest = new Map(events.map(({ alarm }) => [alarm.id, alarm]));
    if (latest.size > 0) await this.#alarms.write([...latest.values()], lease, this.#nowMs());
    if (windows.length > 0) await this.#windows.write(windows, lease, this.#nowMs());
  }

  #tell({ kind, alarm }: AlarmEvent): void {
    if (kind === 'drifted') this.#raised += 1;
    this.#options.log.warn({ alarm: alarm.id }, `calibration ${kind}: ${alarm.summary}`);
    this.#options.announce?.({
      event: `calibration.${kind}`,
      about: alarm.id,
      isOver: kind === 'resolved',
      summary: alarm.summary,
      alarm: { ...alarmJson(alarm) },
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#ticking;
  }
}
