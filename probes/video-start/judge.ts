/** Whether a viewer saw a video play; and where not, which layer failed and whose fault that looks like. */
import type { Failure, Layer } from '../outcome.ts';
import type { Evidence } from './evidence.ts';
import { netFailure, shortUrl } from './net-errors.ts';
import { type RequestRecord, wentWrong } from './network-log.ts';
import { kindOf } from './request-kind.ts';

/** Details of hls.js that mean: no decoder for any rendition. */
const HLS_CODEC_ERRORS = new Set([
  'manifestIncompatibleCodecsError',
  'bufferIncompatibleCodecsError',
  'bufferAddCodecError',
]);

const HLS_MANIFEST_ERRORS = new Set(['manifestParsingError', 'levelParsingError', 'levelEmptyError']);

/** Codes of dash.js: no parsing, nothing in it to play. */
const DASH_MANIFEST_ERRORS = new Set(['10', '31', '32']);

/** Codes of dash.js: the browser has no media source extensions for this type. */
const DASH_CODEC_ERRORS = new Set(['35']);

/** Undefined when it played: a first frame, a second one after it, and no fatal end. */
export function judge(evidence: Evidence): Failure | undefined {
  const { report } = evidence;
  if (report.movingFrame && (report.end === 'watched' || report.end === 'ended')) return undefined;
  return (
    codecFailure(evidence) ?? requestFailure(evidence) ?? pictureFailure(evidence) ?? errorFailure(evidence)
  );
}

function codecFailure({ report, media }: Evidence): Failure | undefined {
  // A picture was shown, so what went wrong later is something else.
  if (report.firstFrame) return undefined;
  const { source, code = '' } = report.error ?? {};
  const isUnsupported =
    media.unsupportedCodec !== undefined ||
    (source === 'hls' && HLS_CODEC_ERRORS.has(code)) ||
    (source === 'dash' && DASH_CODEC_ERRORS.has(code)) ||
    media.error === 'DEMUXER_ERROR_NO_SUPPORTED_STREAMS' ||
    media.error === 'DECODER_ERROR_NOT_SUPPORTED';
  if (!isUnsupported) return undefined;
  const what =
    (media.unsupportedCodec === 'unknown'
      ? 'a codec that it does not even know by name'
      : media.unsupportedCodec) ??
    ['this codec', report.error?.message.replace(/\.$/, '')].filter(Boolean).join(': ');
  const seen =
    report.end === 'black' ? ' The sound ran over a black picture, as viewers without it see.' : '';
  return {
    layer: 'decode',
    blame: 'agent',
    code: 'codec_unsupported',
    message: `The browser of this agent has no decoder for ${what}.${seen}`,
  };
}

/** The last request that went wrong and that no later one to the same place made good. */
function requestFailure(evidence: Evidence): Failure | undefined {
  const { requests } = evidence;
  const bad = requests.findLast(
    (request, at) =>
      wentWrong(request) &&
      kindOf(request, evidence) !== 'other' &&
      !requests.slice(at + 1).some((later) => later.url === request.url && !wentWrong(later)),
  );
  if (!bad) return undefined;
  const here = layerOf(bad, evidence);
  if (bad.error !== undefined && (bad.status === undefined || bad.status < 400)) {
    return netFailure(bad.error, here, bad.url, bad.corsError);
  }
  const { status = 0 } = bad;
  return {
    layer: here,
    blame: 'target',
    code: status === 401 || status === 403 || status === 451 ? 'denied' : 'status',
    message: `The status of ${shortUrl(bad.url)} is ${status}.`,
  };
}

function layerOf(request: RequestRecord, evidence: Evidence): Layer {
  const kind = kindOf(request, evidence);
  if (kind === 'manifest') return 'manifest';
  return kind === 'init' || kind === 'segment' ? 'segment' : 'http';
}

/** Nothing broke, and yet the viewer saw no moving picture. */
function pictureFailure(evidence: Evidence): Failure | undefined {
  const { report, media, patienceMs } = evidence;
  switch (report.end) {
    case 'black':
      return media.videoCodec === undefined && media.audioCodec !== undefined
        ? failure('content', 'target', 'bad_media', 'The media has sound and no video track.')
        : failure('decode', 'unknown', 'black_video', 'The media ran, and no frame was ever presented.');
    case 'frozen':
      return failure(
        'decode',
        'unknown',
        'frozen',
        'The first frame was presented, and no other followed it.',
      );
    case 'stalled':
      return failure(
        stage(evidence),
        'unknown',
        'timeout',
        `Playback stalled ${Math.round(report.watchedMs)} ms into the media and did not go on within ${patienceMs} ms.`,
      );
    case 'seek':
      return failure(
        stage(evidence),
        'unknown',
        'timeout',
        `The frame at ${Math.round((report.seek?.targetS ?? 0) * 1000)} ms was not presented within ${patienceMs} ms of the seek: ${stageSentence(evidence)}.`,
      );
    case 'patience':
      return failure(
        stage(evidence),
        'unknown',
        'start_timeout',
        `No frame was presented within ${patienceMs} ms: ${stageSentence(evidence)}.`,
      );
    default:
      return undefined;
  }
}

/** Where it was stuck: the layer of the oldest request that is still open, or the player when all are done. */
function stage(evidence: Evidence): Layer {
  const open = openRequest(evidence);
  return open ? layerOf(open, evidence) : 'player';
}

function openRequest(evidence: Evidence): RequestRecord | undefined {
  return evidence.requests.find(
    (request) => request.endMs === undefined && kindOf(request, evidence) !== 'other',
  );
}

function stageSentence(evidence: Evidence): string {
  const open = openRequest(evidence);
  if (!open)
    return evidence.requests.length === 0 ? 'nothing was asked for' : 'all that was asked for had come';
  const came = open.arrivals.reduce((sum, { bytes }) => sum + bytes, 0);
  return open.status === undefined
    ? `${shortUrl(open.url)} was not answered`
    : `${shortUrl(open.url)} was still coming, ${came} bytes so far`;
}

function errorFailure({ report, media }: Evidence): Failure {
  const { source, code, message } = report.error ?? { source: 'play', code: report.end, message: '' };
  const said = [code, media.error, message].filter(Boolean).join(', ');
  const isManifest =
    (source === 'hls' && HLS_MANIFEST_ERRORS.has(code)) ||
    (source === 'dash' && DASH_MANIFEST_ERRORS.has(code));
  if (isManifest) {
    return failure(
      'manifest',
      'target',
      'bad_manifest',
      `The ${source === 'hls' ? 'playlist' : 'manifest'} cannot be played: ${said}.`,
    );
  }
  if (media.error === 'DEMUXER_ERROR_COULD_NOT_OPEN' || media.error === 'DEMUXER_ERROR_COULD_NOT_PARSE') {
    return failure('content', 'target', 'bad_media', `What came is no media that a player knows: ${said}.`);
  }
  const isSegment =
    (source === 'hls' && /^fragParsing|^bufferAppend/.test(code)) || (source === 'dash' && code === '20');
  if (isSegment) {
    return failure('segment', 'target', 'bad_media', `A segment cannot be parsed: ${said}.`);
  }
  // MediaError 3: decoding failed in data that was received (HTML, MEDIA_ERR_DECODE).
  if (source === 'media' && code === '3') {
    return failure('decode', 'unknown', 'playback_error', `Decoding failed: MediaError ${said}.`);
  }
  const name = { media: 'MediaError', hls: 'hls.js', dash: 'dash.js', play: 'play()' }[source];
  return failure('player', 'unknown', 'playback_error', `The player gave up: ${name} ${said}.`);
}

function failure(layer: Layer, blame: Failure['blame'], code: Failure['code'], message: string): Failure {
  return { layer, blame, code, message };
}
