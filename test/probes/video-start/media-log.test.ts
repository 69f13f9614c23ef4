import { describe, expect, it } from 'vitest';
import { MediaLog } from '../../../probes/video-start/media-log.ts';

const buffering = (state: object) =>
  JSON.stringify({ event: 'kBufferingStateChanged', pipeline_buffering_state: state });

describe('the log of the media pipeline', () => {
  it('knows codecs and the decoder', () => {
    const log = new MediaLog();
    log.property('kVideoTracks', '[{"codec":"h264","profile":"h264 main"}]');
    log.property('kAudioTracks', '[{"codec":"aac","channels":1}]');
    log.property('kVideoDecoderName', 'FFmpegVideoDecoder');
    log.property('kFrameTitle', 'anything');
    expect(log.facts).toEqual({ videoCodec: 'h264', audioCodec: 'aac', videoDecoder: 'FFmpegVideoDecoder' });
  });

  it.each(['', 'not JSON', '[]', '{}', '[null]', '[{"codec":7}]'])('makes nothing of tracks %j', (tracks) => {
    const log = new MediaLog();
    log.property('kVideoTracks', tracks);
    expect(log.facts).toEqual({});
  });

  it('names the codec that nothing decodes', () => {
    const log = new MediaLog();
    log.message('FFmpegDemuxer: created audio stream, config codec: aac, profile: unknown');
    expect(log.tellsCause).toBe(false);
    log.message(
      'Warning, FFmpegDemuxer failed to create a valid/supported video decoder configuration from muxed stream, config:codec: hevc, profile: hevc main',
    );
    expect(log.facts).toEqual({ unsupportedCodec: 'hevc' });
    expect(log.tellsCause).toBe(true);
  });

  it('keeps the first error, which is the cause', () => {
    const log = new MediaLog();
    log.error('PipelineStatus::DEMUXER_ERROR_COULD_NOT_OPEN');
    log.error('PipelineStatus::PIPELINE_ERROR_ABORT');
    expect(log.facts.error).toBe('DEMUXER_ERROR_COULD_NOT_OPEN');
  });

  it('tells a network that ran dry from a decoder that did', () => {
    const network = new MediaLog();
    network.event(buffering({ state: 'BUFFERING_HAVE_NOTHING', reason: 'DEMUXER_UNDERFLOW' }));
    expect(network.facts.stallCause).toBe('network');
    const host = new MediaLog();
    host.event(buffering({ reason: 'DECODER_UNDERFLOW', state: 'BUFFERING_HAVE_NOTHING' }));
    expect(host.facts.stallCause).toBe('host');
  });

  it('sees no stall in buffers that fill, nor in those of one stream alone', () => {
    const log = new MediaLog();
    log.event(buffering({ state: 'BUFFERING_HAVE_ENOUGH' }));
    log.event(buffering({ state: 'BUFFERING_HAVE_NOTHING' }));
    log.event('{"video_buffering_state":{"reason":"DEMUXER_UNDERFLOW","state":"BUFFERING_HAVE_NOTHING"}}');
    expect(log.facts).toEqual({});
  });
});
