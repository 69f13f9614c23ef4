import { describe, expect, it } from 'vitest';
import { judge } from '../../../probes/video-start/judge.ts';
import { evidence, hlsEvidence, report, request, unanswered, unseen, VIDEO_URL } from './evidence.ts';

const hlsError = (code: string, message = '') =>
  unseen({ end: 'error', error: { source: 'hls', code, message } });
const mediaError = (code: string) => unseen({ end: 'error', error: { source: 'media', code, message: '' } });

describe('a playback', () => {
  it('that was watched or came to its end played', () => {
    expect(judge(evidence())).toBeUndefined();
    expect(judge(evidence({ report: report({ end: 'ended' }) }))).toBeUndefined();
    expect(judge(hlsEvidence())).toBeUndefined();
  });

  it('that played in spite of a request that went wrong and was made good has no failure', () => {
    const requests = [request({ error: 'net::ERR_CONTENT_LENGTH_MISMATCH' }), request({ startMs: 1200 })];
    expect(judge(evidence({ requests }))).toBeUndefined();
  });

  it.each(['black', 'patience', 'frozen', 'stalled', 'error'] as const)(
    'that ended as %s never played',
    (end) => {
      expect(judge(evidence({ report: unseen({ end }) }))).toBeDefined();
      expect(judge(evidence({ report: report({ end }) }))).toBeDefined();
    },
  );

  it('without a second frame never played, whatever else it had', () => {
    const { movingFrame: _, ...still } = report({ end: 'frozen' });
    expect(judge(evidence({ report: still }))).toMatchObject({ code: 'frozen', layer: 'decode' });
  });
});

describe('a codec that the agent lacks', () => {
  const unsupported = { code: 'codec_unsupported', layer: 'decode', blame: 'agent' };

  it('is known by the pipeline, over a black picture or an error', () => {
    const media = { underflows: [], unsupportedCodec: 'hevc', audioCodec: 'aac' };
    const black = judge(evidence({ report: unseen({ end: 'black' }), media }));
    expect(black).toMatchObject(unsupported);
    expect(black?.message).toContain('hevc');
    expect(judge(evidence({ report: mediaError('4'), media }))).toMatchObject(unsupported);
    const empty = { underflows: [], error: 'DEMUXER_ERROR_NO_SUPPORTED_STREAMS' };
    expect(judge(evidence({ report: mediaError('4'), media: empty }))).toMatchObject(unsupported);
  });

  it.each(['manifestIncompatibleCodecsError', 'bufferAddCodecError', 'bufferIncompatibleCodecsError'])(
    'is known by hls.js as %s',
    (details) => {
      const failure = judge(hlsEvidence({ report: hlsError(details, 'hvc1 is not supported.') }));
      expect(failure).toMatchObject(unsupported);
      expect(failure?.message).toMatch(/hvc1 is not supported\.$/);
    },
  );

  it('is not blamed once a frame was shown', () => {
    const media = { underflows: [], unsupportedCodec: 'hevc' };
    expect(judge(evidence({ report: report({ end: 'stalled' }), media }))?.code).toBe('timeout');
  });
});

describe('a request that went wrong', () => {
  it.each([
    [404, 'status'],
    [500, 'status'],
    [401, 'denied'],
    [403, 'denied'],
    [451, 'denied'],
  ])('with %i is %s of the target', (status, code) => {
    const failure = judge(evidence({ report: mediaError('4'), requests: [request({ status })] }));
    expect(failure).toMatchObject({ code, layer: 'http', blame: 'target' });
    expect(failure?.message).toContain(String(status));
  });

  it('is told without the query of its URL, which may hold a signature', () => {
    const requests = [request({ status: 403, url: `${VIDEO_URL}?token=secret#x` })];
    const failure = judge(evidence({ report: mediaError('4'), requests }));
    expect(failure?.message).toContain(VIDEO_URL);
    expect(failure?.message).not.toContain('secret');
  });

  it('tells its status rather than that the browser withheld the error page', () => {
    const requests = [request({ status: 404, error: 'net::ERR_BLOCKED_BY_ORB' })];
    expect(judge(evidence({ report: mediaError('4'), requests }))?.code).toBe('status');
  });

  it('is of the layer that it was for', () => {
    const { requests } = hlsEvidence();
    const broken = (index: number) =>
      judge(
        hlsEvidence({
          report: { ...hlsEvidence().report, end: 'error', error: { source: 'hls', code: 'x', message: '' } },
          requests: requests.map((each, at) => (at === index ? { ...each, status: 503 } : each)),
        }),
      )?.layer;
    expect([0, 1, 2, 3].map(broken)).toEqual(['manifest', 'manifest', 'segment', 'segment']);
  });

  it('explains a start that never came, before the patience of the viewer does', () => {
    const requests = [unanswered({ error: 'net::ERR_CONNECTION_REFUSED', endMs: 1010 })];
    expect(judge(evidence({ report: unseen({ end: 'patience' }), requests }))).toMatchObject({
      code: 'refused',
      layer: 'connect',
    });
  });
});

describe('a picture that did not come', () => {
  it('though the media ran is black_video', () => {
    const media = { underflows: [], videoCodec: 'h264', audioCodec: 'aac' };
    expect(judge(evidence({ report: unseen({ end: 'black' }), media }))).toMatchObject({
      code: 'black_video',
      layer: 'decode',
      blame: 'unknown',
    });
  });

  it('since there is no video track is the fault of the media', () => {
    const media = { underflows: [], audioCodec: 'aac' };
    expect(judge(evidence({ report: unseen({ end: 'black' }), media }))).toMatchObject({
      code: 'bad_media',
      layer: 'content',
      blame: 'target',
    });
  });

  it('in time is start_timeout, in the layer that was at work', () => {
    const waiting = unseen({ end: 'patience' });
    const cases = [
      [evidence({ report: waiting, requests: [unanswered()] }), 'http', 'was not answered'],
      [
        evidence({
          report: waiting,
          requests: [{ ...unanswered(), status: 200, arrivals: request().arrivals }],
        }),
        'http',
        '1500 bytes so far',
      ],
      [evidence({ report: waiting, requests: [request()] }), 'player', 'all that was asked for had come'],
      [evidence({ report: waiting, requests: [] }), 'player', 'nothing was asked for'],
      [
        hlsEvidence({ report: waiting, requests: [unanswered({ url: 'https://v.test/m.m3u8' })] }),
        'manifest',
        'not answered',
      ],
    ] as const;
    for (const [given, layer, words] of cases) {
      const failure = judge(given);
      expect(failure).toMatchObject({ code: 'start_timeout', layer, blame: 'unknown' });
      expect(failure?.message).toContain(words);
    }
  });

  it('again after a stall is a timeout that tells how far it came', () => {
    const failure = judge(evidence({ report: report({ end: 'stalled', watchedMs: 612.4 }) }));
    expect(failure).toMatchObject({ code: 'timeout', blame: 'unknown' });
    expect(failure?.message).toContain('612 ms into the media');
  });
});

describe('an error of the player', () => {
  it.each(['DEMUXER_ERROR_COULD_NOT_OPEN', 'DEMUXER_ERROR_COULD_NOT_PARSE'])('%s is bad_media', (error) => {
    expect(judge(evidence({ report: mediaError('4'), media: { underflows: [], error } }))).toMatchObject({
      code: 'bad_media',
      layer: 'content',
      blame: 'target',
    });
  });

  it.each(['manifestParsingError', 'levelParsingError', 'levelEmptyError'])(
    '%s is bad_manifest',
    (details) => {
      expect(judge(hlsEvidence({ report: hlsError(details) }))).toMatchObject({
        code: 'bad_manifest',
        layer: 'manifest',
        blame: 'target',
      });
    },
  );

  it('while parsing a segment is of the segment', () => {
    expect(judge(hlsEvidence({ report: hlsError('fragParsingError') }))).toMatchObject({
      code: 'bad_media',
      layer: 'segment',
    });
  });

  it('while decoding is playback_error with the code of MediaError and what the pipeline said', () => {
    const failure = judge(
      evidence({ report: mediaError('3'), media: { underflows: [], error: 'PIPELINE_ERROR_DECODE' } }),
    );
    expect(failure).toMatchObject({ code: 'playback_error', layer: 'decode' });
    expect(failure?.message).toContain('MediaError 3, PIPELINE_ERROR_DECODE');
  });

  it('of any other kind is playback_error of the player', () => {
    expect(judge(evidence({ report: mediaError('4') }))).toMatchObject({
      code: 'playback_error',
      layer: 'player',
    });
    const refused = unseen({
      end: 'error',
      error: { source: 'play', code: 'NotAllowedError', message: 'no' },
    });
    expect(judge(evidence({ report: refused }))?.message).toContain('play() NotAllowedError, no');
  });
});
