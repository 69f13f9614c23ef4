import { describe, expect, it } from 'vitest';
import { VIDEO_START_LIMITS } from '../../../probes/video-start/limits.ts';
import { MediaLog } from '../../../probes/video-start/media-log.ts';

const ORIGIN_S = 100;

const buffering = (state: object) =>
  JSON.stringify({ event: 'kBufferingStateChanged', pipeline_buffering_state: state });

describe('the log of the media pipeline', () => {
  it('knows codecs and the decoder', () => {
    const log = new MediaLog();
    log.property('p', 'kVideoTracks', '[{"codec":"h264","profile":"h264 main"}]');
    log.property('p', 'kAudioTracks', '[{"codec":"aac","channels":1}]');
    log.property('p', 'kVideoDecoderName', 'FFmpegVideoDecoder');
    log.property('p', 'kFrameTitle', 'anything');
    expect(log.facts(ORIGIN_S)).toEqual({
      underflows: [],
      videoCodec: 'h264',
      audioCodec: 'aac',
      videoDecoder: 'FFmpegVideoDecoder',
    });
  });

  it.each(['', 'not JSON', '[]', '{}', '[null]', '[{"codec":7}]'])('makes nothing of tracks %j', (tracks) => {
    const log = new MediaLog();
    log.property('p', 'kVideoTracks', tracks);
    expect(log.facts(ORIGIN_S)).toEqual({ underflows: [] });
  });

  it('names the codec that nothing decodes', () => {
    const log = new MediaLog();
    log.message('p', 'FFmpegDemuxer: created audio stream, config codec: aac, profile: unknown');
    expect(log.tellsCause).toBe(false);
    log.message(
      'p',
      'Warning, FFmpegDemuxer failed to create a valid/supported video decoder configuration from muxed stream, config:codec: hevc, profile: hevc main',
    );
    expect(log.facts(ORIGIN_S)).toEqual({ underflows: [], unsupportedCodec: 'hevc' });
    expect(log.tellsCause).toBe(true);
  });

  it('keeps the first error, which is the cause', () => {
    const log = new MediaLog();
    log.error('p', 'PipelineStatus::DEMUXER_ERROR_COULD_NOT_OPEN');
    log.error('p', 'PipelineStatus::PIPELINE_ERROR_ABORT');
    expect(log.facts(ORIGIN_S).error).toBe('DEMUXER_ERROR_COULD_NOT_OPEN');
  });

  it('tells a network that ran dry from a decoder that did', () => {
    const network = new MediaLog();
    network.event('p', 100.5, buffering({ state: 'BUFFERING_HAVE_NOTHING', reason: 'DEMUXER_UNDERFLOW' }));
    expect(network.facts(ORIGIN_S).underflows).toEqual([{ atMs: 500, cause: 'network' }]);
    const host = new MediaLog();
    host.event('p', 100.5, buffering({ reason: 'DECODER_UNDERFLOW', state: 'BUFFERING_HAVE_NOTHING' }));
    expect(host.facts(ORIGIN_S).underflows).toEqual([{ atMs: 500, cause: 'host' }]);
  });

  it('sees no stall in buffers that fill', () => {
    const log = new MediaLog();
    log.event('p', 100.5, buffering({ state: 'BUFFERING_HAVE_ENOUGH' }));
    log.event('p', 100.5, buffering({ state: 'BUFFERING_HAVE_NOTHING' }));
    expect(log.facts(ORIGIN_S)).toEqual({ underflows: [] });
  });

  it('takes what picture, sound and pipeline tell of one moment for one, and that of one alone too', () => {
    const log = new MediaLog();
    const dry = '{"reason":"DEMUXER_UNDERFLOW","state":"BUFFERING_HAVE_NOTHING"}';
    log.event('p', 100.5, `{"video_buffering_state":${dry}}`);
    log.event('p', 100.516, `{"audio_buffering_state":${dry}}`);
    log.event('p', 100.516, `{"pipeline_buffering_state":${dry}}`);
    log.event('p', 102, `{"video_buffering_state":${dry}}`);
    expect(log.facts(ORIGIN_S).underflows).toEqual([
      { atMs: 500, cause: 'network' },
      { atMs: 2000, cause: 'network' },
    ]);
  });

  it('knows when the pipeline was up, the first time', () => {
    const log = new MediaLog();
    expect(log.hasPlayed).toBe(false);
    log.event('p', 100.25, '{"event":"kPipelineStateChange","pipeline_state":"kStarting"}');
    log.event('p', 100.5, '{"event":"kPipelineStateChange","pipeline_state":"kPlaying"}');
    log.event('p', 101, '{"event":"kPipelineStateChange","pipeline_state":"kPlaying"}');
    expect(log.facts(ORIGIN_S).playingAtMs).toBe(500);
    expect(log.hasPlayed).toBe(true);
  });

  it('tells the bit rate of the file, where its header has one', () => {
    const log = new MediaLog();
    log.property('p', 'kBitrate', '0');
    expect(log.facts(ORIGIN_S)).toEqual({ underflows: [] });
    log.property('p', 'kBitrate', '256596');
    expect(log.facts(ORIGIN_S)).toEqual({ underflows: [], bitsPerSecond: 256_596 });
  });

  it('tells several players of a page apart by what they loaded', () => {
    const log = new MediaLog();
    log.event('ad', 100, '{"event":"kLoad","url":"https://v.test/ad.mp4"}');
    log.property('ad', 'kVideoTracks', '[{"codec":"vp9"}]');
    log.event('clip', 100, '{"event":"kLoad","url":"https://v.test/clip.mp4"}');
    log.property('clip', 'kVideoTracks', '[{"codec":"h264"}]');
    expect(log.facts(ORIGIN_S, 'https://v.test/ad.mp4').videoCodec).toBe('vp9');
    expect(log.facts(ORIGIN_S, 'https://v.test/clip.mp4').videoCodec).toBe('h264');
    expect(log.facts(ORIGIN_S, 'https://v.test/other.mp4').videoCodec).toBe('h264');
  });

  it('is bounded in players and in news of each', () => {
    const log = new MediaLog();
    for (let at = 0; at < VIDEO_START_LIMITS.videos.value + 5; at += 1) {
      log.event(`p${at}`, 100, `{"event":"kLoad","url":"https://v.test/${at}"}`);
      log.property(`p${at}`, 'kVideoTracks', `[{"codec":"c${at}"}]`);
    }
    expect(log.facts(ORIGIN_S).videoCodec).toBe(`c${VIDEO_START_LIMITS.videos.value - 1}`);
    for (let at = 0; at < VIDEO_START_LIMITS.stalls.value + 5; at += 1) {
      log.event('p0', 100 + at, buffering({ state: 'BUFFERING_HAVE_NOTHING', reason: 'DEMUXER_UNDERFLOW' }));
    }
    expect(log.facts(ORIGIN_S, 'https://v.test/0').underflows).toHaveLength(VIDEO_START_LIMITS.stalls.value);
  });
});
