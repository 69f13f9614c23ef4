import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../probes/outcome.ts';
import type { Evidence } from '../../../probes/video-start/evidence.ts';
import { judge } from '../../../probes/video-start/judge.ts';
import { viewerOutcome } from '../../../probes/video-start/viewer-outcome.ts';
import { evidence, hlsEvidence, report, request, unanswered, unseen } from './evidence.ts';

const outcomeOf = (given: Evidence) => viewerOutcome(judge(given), given);
const broke = unseen({ end: 'error', error: { source: 'media', code: '4', message: '' } });

describe('what became of a playback', () => {
  it('is played when it was watched or came to its end', () => {
    expect(outcomeOf(evidence())).toBe('played');
    expect(outcomeOf(evidence({ report: report({ end: 'ended' }) }))).toBe('played');
  });

  it.each([401, 403, 451])('is start_failed_business for %i', (status) => {
    expect(outcomeOf(evidence({ report: broke, requests: [request({ status })] }))).toBe(
      'start_failed_business',
    );
  });

  it.each([404, 500, 503])('is start_failed_technical for %i', (status) => {
    expect(outcomeOf(evidence({ report: broke, requests: [request({ status })] }))).toBe(
      'start_failed_technical',
    );
  });

  it('is start_failed_technical for a reset, a broken file and a broken playlist', () => {
    const reset = [unanswered({ error: 'net::ERR_CONNECTION_RESET', endMs: 1100 })];
    expect(outcomeOf(evidence({ report: broke, requests: reset }))).toBe('start_failed_technical');
    const media = { underflows: [], error: 'DEMUXER_ERROR_COULD_NOT_PARSE' };
    expect(outcomeOf(evidence({ report: broke, media }))).toBe('start_failed_technical');
    const playlist = unseen({
      end: 'error',
      error: { source: 'hls', code: 'manifestParsingError', message: '' },
    });
    expect(outcomeOf(hlsEvidence({ report: playlist }))).toBe('start_failed_technical');
  });

  it('is exit_before_start when the patience ended and nothing had failed, else what had failed', () => {
    const left = unseen({ end: 'patience' });
    expect(outcomeOf(evidence({ report: left, requests: [unanswered()] }))).toBe('exit_before_start');
    const refused = [request({ status: 503 })];
    expect(outcomeOf(hlsEvidence({ report: left, requests: refused }))).toBe('start_failed_technical');
  });

  it.each(['stalled', 'seek', 'error'] as const)(
    'is playback_failed when it ended as %s after a frame',
    (end) => {
      expect(outcomeOf(evidence({ report: report({ end }) }))).toBe('playback_failed');
    },
  );

  it('is playback_failed and not business, where the denial came after the first frame', () => {
    const requests = [request(), request({ status: 403 })];
    expect(outcomeOf(hlsEvidence({ report: report({ end: 'stalled' }), requests }))).toBe('playback_failed');
  });

  it('is black_video when the media ran without a frame, also where it has no picture at all', () => {
    const black = unseen({ end: 'black' });
    const both = { underflows: [], videoCodec: 'h264', audioCodec: 'aac' };
    expect(outcomeOf(evidence({ report: black, media: both }))).toBe('black_video');
    expect(outcomeOf(evidence({ report: black, media: { underflows: [], audioCodec: 'aac' } }))).toBe(
      'black_video',
    );
  });

  it('is codec_unsupported when the black is that of a lacking decoder', () => {
    const media = { underflows: [], unsupportedCodec: 'hevc', audioCodec: 'aac' };
    expect(outcomeOf(evidence({ report: unseen({ end: 'black' }), media }))).toBe('codec_unsupported');
  });

  it('is frozen_first_frame when no second one came', () => {
    const { movingFrame: _, ...still } = report({ end: 'frozen' });
    expect(outcomeOf(evidence({ report: still }))).toBe('frozen_first_frame');
  });

  it('is probe_invalid when it was the agent', () => {
    const crash: Failure = { layer: 'agent', blame: 'agent', code: 'browser_crashed', message: '' };
    expect(viewerOutcome(crash, {})).toBe('probe_invalid');
    const offline = [unanswered({ error: 'net::ERR_INTERNET_DISCONNECTED' })];
    expect(outcomeOf(evidence({ report: broke, requests: offline }))).toBe('probe_invalid');
  });

  it('is probe_invalid when the deadline cut the built-in page off, and the fault of a page that hung', () => {
    const cut: Failure = { layer: 'player', blame: 'unknown', code: 'timeout', message: '' };
    expect(viewerOutcome(cut, {})).toBe('probe_invalid');
    expect(viewerOutcome(cut, { isOwnPage: true })).toBe('start_failed_technical');
  });
});
