import { describe, expect, it } from 'vitest';
import { Detector, type DetectorOptions } from '../../../collector/detect/detector.ts';
import { dictionaryRules, openRules } from '../../../collector/detect/metric-rules.ts';
import { replay } from '../../../collector/detect/replay.ts';
import { runOf } from './observations.ts';

describe('the rules of the dictionary', () => {
  it('know its metrics, with the smallest effect worth an alarm, and no others', () => {
    expect(dictionaryRules('ttfb_ms')).toMatchObject({ better: 'lower', minEffect: { abs: 100, rel: 0.25 } });
    expect(dictionaryRules('dns_ms')?.minEffect).toBeUndefined();
    expect(dictionaryRules('rtt_ms_of_somebody')).toBeUndefined();
    expect(dictionaryRules('constructor')).toBeUndefined();
  });
});

describe('the rules for results of anybody', () => {
  it('judge what has a bad direction, by the dictionary and else by the name', () => {
    const rules = openRules();
    const better = (name: string) => rules(name)?.better;
    expect([better('rtt_ms'), better('jitter'), better('packet_loss_ratio')]).toEqual([
      'lower',
      'lower',
      'lower',
    ]);
    expect([better('download_bps'), better('throughput'), better('success_ratio')]).toEqual([
      'higher',
      'higher',
      'higher',
    ]);
    expect([better('body_bytes'), better('http_status'), better('runway_ms')]).toEqual([
      'neither',
      'neither',
      'higher',
    ]);
  });

  it('take little for worth an alarm, unless they are told otherwise', () => {
    expect(openRules()('ttfb_ms')?.minEffect).toEqual({ abs: 1, rel: 0.05 });
    expect(openRules({ abs: 20 })('ttfb_ms')?.minEffect).toEqual({ abs: 20, rel: 0.05 });
    expect(openRules({ abs: 20, rel: 0.1 })('x')?.minEffect).toEqual({ abs: 20, rel: 0.1 });
  });

  it('make the detector judge metrics that it has never heard of', () => {
    const runs = Array.from({ length: 160 }, (_, i) =>
      ['a', 'b', 'c'].map((agent) => runOf(i, { agent, metrics: { lag: (i > 120 ? 50 : 20) + (i % 3) } })),
    ).flat();
    const metricsOf = (options: DetectorOptions): string[] =>
      replay(new Detector(options), runs, { untilMs: runOf(160).seenMs })
        .filter(({ kind }) => kind === 'opened')
        .map(({ incident }) => incident.metric);
    expect(metricsOf({})).toEqual([]);
    expect(metricsOf({ metrics: openRules() })).toEqual(['lag']);
  });
});
