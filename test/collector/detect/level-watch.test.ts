import { describe, expect, it } from 'vitest';
import { Baseline } from '../../../collector/detect/baseline.ts';
import { ChangeBank } from '../../../collector/detect/change-bank.ts';
import { CHANGE_DEFAULTS } from '../../../collector/detect/change-settings.ts';
import { LevelWatch } from '../../../collector/detect/level-watch.ts';
import type { MetricRule } from '../../../collector/detect/metric-rules.ts';
import { RecentValues } from '../../../collector/detect/recent-values.ts';
import { DETECT_DEFAULTS } from '../../../collector/detect/settings.ts';

const LATENCY: MetricRule = { better: 'lower', minEffect: { abs: 20, rel: 0.1 } };
const GOODPUT: MetricRule = { better: 'higher', minEffect: { abs: 20, rel: 0.1 } };

/** A live metric: judged, watched, and learned unless frozen, as a series does it. */
class Metric {
  readonly baseline: Baseline;
  readonly watch: LevelWatch;
  readonly #recent = new RecentValues(64);
  #at = 0;

  constructor(rule: MetricRule = LATENCY, changes = new ChangeBank(CHANGE_DEFAULTS)) {
    this.baseline = new Baseline(DETECT_DEFAULTS, rule);
    this.watch = new LevelWatch(DETECT_DEFAULTS, rule, changes, this.baseline, this.#recent);
  }

  run(value: number | undefined, count: number, covered = false): void {
    for (let i = 0; i < count; i += 1) {
      this.#at += 1;
      const sample = value === undefined ? undefined : value * (1 + 0.01 * ((this.#at * 7) % 5));
      if (sample !== undefined) this.#recent.push(this.#at, sample);
      this.watch.take(sample, covered);
      if (sample !== undefined && !covered && !this.watch.frozen) this.baseline.learn(sample, this.#at);
    }
  }

  get usual(): number {
    return Math.round(this.baseline.median() / 10) * 10;
  }
}

describe('the level of a metric', () => {
  it('that is steady is learned', () => {
    const metric = new Metric();
    metric.run(100, 200);
    expect(metric.watch.frozen).toBe(false);
    expect(metric.usual).toBe(100);
  });

  it('is not learned while it is worse, for as long as an incident may still come of it', () => {
    const metric = new Metric();
    metric.run(100, 150);
    metric.run(200, 50);
    expect(metric.watch.frozen).toBe(true);
    expect(metric.usual).toBe(100);
  });

  it('that stays worse, and nobody else saw anything in it, is how things are now', () => {
    const metric = new Metric();
    metric.run(100, 150);
    metric.run(200, 75);
    expect(metric.watch.frozen).toBe(false);
    expect(metric.usual).toBe(200);
  });

  it('is left as it was before while an incident covers it, and goes on from there', () => {
    const metric = new Metric();
    metric.run(100, 150);
    metric.run(200, 10);
    metric.run(200, 300, true);
    metric.watch.reset();
    expect(metric.usual).toBe(100);
    metric.run(100, 30);
    expect(metric.watch.frozen).toBe(false);
    expect(metric.usual).toBe(100);
  });

  it('that became better is learned at once, so that a fault after it is seen', () => {
    const metric = new Metric();
    metric.run(300, 150);
    metric.run(100, 8);
    expect(metric.usual).toBe(100);
    const reading = metric.baseline.judge(250);
    expect(reading && reading.excess > reading.tolerance).toBe(true);
  });

  it('that comes back from worse is not frozen any longer, and keeps what was normal', () => {
    const metric = new Metric();
    metric.run(100, 150);
    metric.run(200, 20);
    metric.run(100, 10);
    expect(metric.watch.frozen).toBe(false);
    expect(metric.usual).toBe(100);
    expect(metric.baseline.limit()).toBeLessThan(140);
  });

  it('is worse when it falls, where higher is better', () => {
    const metric = new Metric(GOODPUT);
    metric.run(1000, 150);
    metric.run(400, 20);
    expect(metric.watch.frozen).toBe(true);
    metric.run(1000, 30);
    metric.run(3000, 10);
    expect(metric.watch.frozen).toBe(false);
    expect(metric.usual).toBeGreaterThan(2900);
  });

  it('is not learned while every run fails, and nothing is learned of the failures', () => {
    const metric = new Metric();
    metric.run(100, 150);
    metric.run(undefined, 100);
    expect(metric.usual).toBe(100);
    metric.run(100, 12);
    expect(metric.watch.frozen).toBe(false);
    expect(metric.usual).toBe(100);
  });

  it('gives its place to another when it is gone', () => {
    const changes = new ChangeBank(CHANGE_DEFAULTS, 1);
    const gone = new Metric(LATENCY, changes);
    gone.run(100, 150);
    gone.run(200, 5);
    gone.watch.forget();
    expect(new Metric(LATENCY, changes).watch.frozen).toBe(false);
  });
});
