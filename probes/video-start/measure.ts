/** The numbers, facts and phases of one playback. */
import type { Metrics } from '../metrics.ts';
import { cacheStatusOf, popOf } from '../net/response-attributes.ts';
import type { Attributes } from '../probe.ts';
import type { Timeline } from '../timeline.ts';
import type { Evidence } from './evidence.ts';
import { VIDEO_START_LIMITS } from './limits.ts';
import type { RequestRecord } from './network-log.ts';
import { kindOf, type RequestKind, videoRequests } from './request-kind.ts';
import { netGapMs, stallCauseOf } from './stalls.ts';
import { firstSignMs, lastNeededMs, startPhases } from './start-phases.ts';

export interface MeasureOptions {
  /** The address of the target was given, not resolved: a literal, or by `connectTo`. */
  readonly isAddressGiven: boolean;
}

/** Absent numbers were not measured. */
export function metricsOf(evidence: Evidence, options: MeasureOptions): Metrics {
  const { report } = evidence;
  const since = (atMs: number | undefined): number | undefined =>
    atMs === undefined ? undefined : Math.max(0, atMs - report.orderedMs);
  return withoutGaps({
    video_startup_ms: since(report.firstFrame?.atMs),
    video_moving_ms: since(report.movingFrame?.atMs),
    video_playing_event_ms: since(report.playingMs),
    video_first_paint_ms: report.firstFrame && since(report.paintMs),
    video_start_gap_ms:
      report.movingFrame && report.firstFrame && report.movingFrame.atMs - report.firstFrame.atMs,
    page_ms: pageMs(evidence),
    decode_present_ms: decodePresentMs(evidence),
    frames_count: report.framesCount,
    dropped_frames_count: report.droppedFramesCount,
    ...requestMetrics(evidence, options),
    ...pictureMetrics(evidence),
    ...stallMetrics(evidence),
  });
}

/** A page of the user: the navigation to the click, or to the first sign of a video where it plays by itself. */
function pageMs(evidence: Evidence): number | undefined {
  return evidence.isAutoplay ? firstSignMs(evidence) : evidence.report.pageMs;
}

/** Never what the network did: it begins when pipeline and data are both there. */
function decodePresentMs(evidence: Evidence): number | undefined {
  const { report, media } = evidence;
  if (!report.firstFrame || media.playingAtMs === undefined) return undefined;
  const readyMs = Math.max(media.playingAtMs, lastNeededMs(evidence) ?? 0);
  // The news of the pipeline may be younger than its frame.
  return readyMs <= report.firstFrame.atMs ? report.firstFrame.atMs - readyMs : undefined;
}

function pictureMetrics({ report, media, player }: Evidence): Partial<Metrics> {
  const { firstFrame, box, rendition, seek } = report;
  if (!firstFrame) return {};
  const { widthPx, heightPx } = firstFrame;
  const scale = box && Math.min(box.widthPx / widthPx, box.heightPx / heightPx);
  return withoutGaps({
    startup_height_px: heightPx,
    upscale_ratio: scale !== undefined && Number.isFinite(scale) ? Math.max(0, scale - 1) : undefined,
    startup_bitrate_bps: rendition?.bitsPerSecond ?? media.bitsPerSecond,
    // A file has one rendition.
    rendition_switch_count: player === 'progressive' ? undefined : report.switchCount,
    seek_ms: seek?.frameMs === undefined ? undefined : seek.frameMs - seek.orderedMs,
  });
}

function requestMetrics(evidence: Evidence, options: MeasureOptions): Partial<Metrics> {
  const { report } = evidence;
  const requests = videoRequests(evidence);
  const [first] = requests;
  if (!first) return {};
  const orderedMs = evidence.isAutoplay ? (firstSignMs(evidence) ?? report.orderedMs) : report.orderedMs;
  const untilMs = report.firstFrame?.atMs ?? report.endedMs;
  const bytes = requests.flatMap(({ arrivals }) => arrivals).filter(({ atMs }) => atMs <= untilMs);
  const firstByteMs = mediaRequests(evidence)
    .flatMap(({ arrivals }) => arrivals.slice(0, 1))
    .at(0)?.atMs;
  const demuxMs =
    firstByteMs !== undefined && report.metadataMs !== undefined ? report.metadataMs - firstByteMs : -1;
  return withoutGaps({
    // A page that asked for media before the order has no such time.
    player_ms: first.startMs >= orderedMs - 1 ? Math.max(0, first.startMs - orderedMs) : undefined,
    dns_ms: options.isAddressGiven ? undefined : first.timing?.dnsMs,
    connect_ms: first.timing?.connectMs,
    tls_ms: first.timing?.tlsMs,
    ttfb_ms: first.timing?.ttfbMs,
    // News of the first bytes may come behind the page's own: then there is nothing to tell apart.
    demux_ms: demuxMs >= 0 ? demuxMs : undefined,
    request_count: requests.filter(({ startMs }) => startMs <= untilMs).length,
    media_bytes: bytes.reduce((sum, arrival) => sum + arrival.bytes, 0),
    net_gap_ms: netGapMs(evidence),
    ...objectMetrics(evidence),
  });
}

/** HLS and DASH alone: their objects come one after the other, and each has a time of its own. */
function objectMetrics(evidence: Evidence): Partial<Metrics> {
  const { player } = evidence;
  if (player === 'progressive') return {};
  const manifests = startingManifests(evidence);
  const lastEndMs = manifests.at(-1)?.endMs;
  return withoutGaps({
    manifest_ms: lastEndMs === undefined ? undefined : lastEndMs - (manifests[0] as RequestRecord).startMs,
    // On a page of the user nothing tells an init segment from a media segment.
    init_ms: player === 'page' ? undefined : tookMs(firstOf(evidence, 'init')),
    segment_ms: player === 'page' ? undefined : tookMs(firstOf(evidence, 'segment')),
  });
}

function stallMetrics({ report }: Evidence): Partial<Metrics> {
  if (!report.firstFrame) return {};
  const stallMs = report.stalls.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const elapsedMs = report.endedMs - report.firstFrame.atMs;
  return withoutGaps({
    stall_count: report.stalls.length,
    stall_ms: stallMs,
    // Of the whole time since the first frame, stalls included (CTA-2066), so that it never passes 1.
    stall_ratio: elapsedMs > 0 ? Math.min(1, stallMs / elapsedMs) : undefined,
    watched_ms: report.watchedMs,
  });
}

/** The first response, or the one that failed; of redirects the last. */
export function attributesOf(evidence: Evidence): Attributes {
  const { media, report } = evidence;
  // A page that got no video has its document alone to tell of.
  const asked = videoRequests(evidence).length > 0 ? videoRequests(evidence) : evidence.requests;
  const answered = asked.filter(({ status, redirected }) => status !== undefined && !redirected);
  const lead = answered.findLast(({ status = 0 }) => status >= 400) ?? answered[0];
  const { rendition } = report;
  const level = rendition && `${rendition.heightPx}p ${Math.round(rendition.bitsPerSecond / 1000)} kbit/s`;
  const frame = report.firstFrame;
  return tidied({
    server_ip: lead?.remoteAddress,
    http_status: lead?.status === undefined ? undefined : String(lead.status),
    http_version: httpVersion(lead?.protocol),
    tls_version: lead?.tlsVersion?.replace(/^TLS /, 'TLSv'),
    pop: lead && popOf(lead.headers),
    cache_status: lead && cacheStatusOf(lead.headers),
    rendition: level ?? (frame && `${frame.widthPx}x${frame.heightPx}`),
    codec: media.videoCodec ?? media.unsupportedCodec,
    audio_codec: media.audioCodec,
    decoder: media.videoDecoder,
    platform_decoder: media.platformDecoder,
    stall_cause: stallCauseOf(evidence),
  });
}

/**
 * The phases of the start, end to end, then what was watched and its stalls. `offsetMs`: what to add to a time of the page to get one
 * of the run's clock.
 */
export function addPhases(
  timeline: Timeline,
  evidence: Evidence,
  offsetMs: number,
  options: MeasureOptions,
): void {
  const { report } = evidence;
  const add = (name: string, fromMs: number, toMs: number, note?: string) =>
    timeline.add(name, fromMs + offsetMs, toMs + offsetMs, note);
  for (const { name, startMs, endMs, note } of startPhases(evidence, options))
    add(name, startMs, endMs, note);
  if (report.firstFrame) add('watch', report.firstFrame.atMs, report.endedMs, 'not part of the start');
  for (const { startMs, endMs } of report.stalls) add('stall', startMs, endMs);
  const { seek } = report;
  if (seek) add('seek', seek.orderedMs, seek.frameMs ?? report.endedMs);
}

/** Playlists asked for before the first fragment: those that stand between the order and the picture. */
function startingManifests(evidence: Evidence): RequestRecord[] {
  const fragmentMs = mediaRequests(evidence)[0]?.startMs ?? Number.POSITIVE_INFINITY;
  return ofKind(evidence, 'manifest').filter(({ startMs }) => startMs < fragmentMs);
}

function mediaRequests(evidence: Evidence): RequestRecord[] {
  return videoRequests(evidence).filter((request) => kindOf(request, evidence) !== 'manifest');
}

function firstOf(evidence: Evidence, kind: RequestKind): RequestRecord | undefined {
  return ofKind(evidence, kind)[0];
}

function ofKind(evidence: Evidence, kind: RequestKind): RequestRecord[] {
  return evidence.requests.filter((request) => kindOf(request, evidence) === kind);
}

function tookMs(request: RequestRecord | undefined): number | undefined {
  return request?.endMs === undefined ? undefined : request.endMs - request.startMs;
}

/** `1.1`, `2`, `3`, as the other probes have it. */
function httpVersion(protocol: string | undefined): string | undefined {
  return protocol?.replace(/^http\//, '').replace(/^h([23]).*$/, '$1');
}

function withoutGaps(metrics: { readonly [Name in keyof Metrics]: number | undefined }): Metrics {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== undefined)) as Metrics;
}

function tidied(attributes: Readonly<Record<string, string | undefined>>): Attributes {
  const { value: charsMax } = VIDEO_START_LIMITS.attributeChars;
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value ? [[name, value.slice(0, charsMax)]] : [])),
  );
}
