import { describe, expect, it } from 'vitest';
import type { Failure } from '../../probes/outcome.ts';
import type { RunResult } from '../../probes/probe.ts';
import { areAtOdds, isUnexplained, twinWordOf, wordOf } from './corpus.ts';

const played: RunResult = {
  outcome: 'ok',
  metrics: { video_startup_ms: 100 },
  attributes: { outcome: 'played' },
  phases: [],
};
const starts: RunResult = { outcome: 'ok', metrics: { first_frame_ms: 90 }, attributes: {}, phases: [] };

function refused(code: Failure['code'], outcome = 'start_failed_technical', frameMs?: number): RunResult {
  const layer = code === 'codec_unsupported' ? 'decode' : 'content';
  return {
    outcome: 'fail',
    failure: { layer, blame: 'target', code, message: 'x' },
    metrics: frameMs === undefined ? {} : { video_startup_ms: frameMs },
    attributes: { outcome },
    phases: [],
  };
}

describe('a verdict', () => {
  it('is a word for each of the two', () => {
    expect(wordOf({ browser: played })).toBe('played');
    expect(wordOf({ browser: refused('bad_media') })).toBe('start_failed_technical (bad_media)');
    expect(twinWordOf({ twin: starts })).toBe('starts');
    expect(twinWordOf({ twin: refused('truncated') })).toBe('truncated');
  });

  it.each([
    ['both play', played, starts, false],
    ['both refuse', refused('bad_media'), refused('bad_media'), false],
    ['the twin alone starts', refused('bad_media'), starts, true],
    ['the browser alone plays', played, refused('bad_media'), true],
    ['the browser lacks the codec', refused('codec_unsupported'), starts, false],
    ['the twin lacks the format', played, refused('codec_unsupported'), false],
    ['it broke off after the first frame', refused('playback_error', 'playback_failed', 50), starts, false],
  ])('where %s', (_case, browser, twin, odds) => {
    expect(areAtOdds({ browser, twin })).toBe(odds);
  });

  it('is unexplained where the probe is to blame, or only time', () => {
    expect(isUnexplained({ browser: played, twin: refused('internal') })).toBe(true);
    expect(isUnexplained({ browser: refused('start_timeout', 'exit_before_start'), twin: starts })).toBe(
      true,
    );
    expect(isUnexplained({ browser: refused('bad_media', 'probe_invalid'), twin: starts })).toBe(true);
    expect(isUnexplained({ browser: refused('bad_media'), twin: refused('status') })).toBe(false);
  });
});
