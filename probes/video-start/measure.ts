/** The numbers, facts and phases of one playback. */
import type { Metrics } from '../metrics.ts';
import { cacheStatusOf, popOf } from '../net/response-attributes.ts';
import type { Attributes } from '../probe.ts';
import type { Timeline } from '../timeline.ts';
import type { Evidence } from './judge.ts';
import { VIDEO_START_LIMITS } from './limits.ts';
import type { RequestRecord } from './network-log.ts';
import { isPlaylist, kindOf, type RequestKind } from './request-kind.ts';

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
    startup_height_px: report.firstFrame?.heightPx,
    frames_count: report.framesCount,
    dropped_frames_count: report.droppedFramesCount,
    ...requestMetrics(evidence, options),
    ...stallMetrics(evidence),
  });
}

function requestMetrics(evidence: Evidence, options: MeasureOptions): Partial<Metrics> {
  const { requests, report } = evidence;
  const [first] = requests;
  if (!first) return {};
  const untilMs = report.firstFrame?.atMs ?? report.endedMs;
  const bytes = requests.flatMap(({ arrivals }) => arrivals).filter(({ atMs }) => atMs <= untilMs);
  const firstByteMs = mediaRequests(evidence)
    .flatMap(({ arrivals }) => arrivals.slice(0, 1))
    .at(0)?.atMs;
  const demuxMs =
    firstByteMs !== undefined && report.metadataMs !== undefined ? report.metadataMs - firstByteMs : -1;
  return withoutGaps({
    player_ms: Math.max(0, first.startMs - report.orderedMs),
    dns_ms: options.isAddressGiven ? undefined : first.timing?.dnsMs,
    connect_ms: first.timing?.connectMs,
    tls_ms: first.timing?.tlsMs,
    ttfb_ms: first.timing?.ttfbMs,
    // News of the first bytes may come behind the page's own: then there is nothing to tell apart.
    demux_ms: demuxMs >= 0 ? demuxMs : undefined,
    request_count: requests.filter(({ startMs }) => startMs <= untilMs).length,
    media_bytes: bytes.reduce((sum, arrival) => sum + arrival.bytes, 0),
    ...objectMetrics(evidence),
  });
}

/** HLS alone: its objects come one after the other, and each has a time of its own. */
function objectMetrics(evidence: Evidence): Partial<Metrics> {
  if (!evidence.isHls) return {};
  const manifests = startingManifests(evidence);
  const lastEndMs = manifests.at(-1)?.endMs;
  return withoutGaps({
    manifest_ms: lastEndMs === undefined ? undefined : lastEndMs - (manifests[0] as RequestRecord).startMs,
    init_ms: tookMs(firstOf(evidence, 'init')),
    segment_ms: tookMs(firstOf(evidence, 'segment')),
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
  const { requests, media, report } = evidence;
  const answered = requests.filter(({ status, redirected }) => status !== undefined && !redirected);
  const lead = answered.findLast(({ status = 0 }) => status >= 400) ?? answered[0];
  const level =
    report.level && `${report.level.heightPx}p ${Math.round(report.level.bitsPerSecond / 1000)} kbit/s`;
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
    stall_cause: report.stalls.length > 0 ? media.stallCause : undefined,
    visible_outcome: visibleOutcome(evidence),
  });
}

/** What a viewer would say happened. */
function visibleOutcome({ report }: Evidence): string {
  if (!report.firstFrame) return report.end === 'black' ? 'black_video' : 'never_started';
  if (!report.movingFrame) return 'frozen';
  if (report.end === 'error') return 'broke_off';
  return report.end === 'stalled' ? 'stuck' : 'played';
}

/** `offsetMs`: what to add to a time of the page to get one of the run's clock. */
export function addPhases(
  timeline: Timeline,
  evidence: Evidence,
  offsetMs: number,
  options: MeasureOptions,
): void {
  const { report, requests } = evidence;
  const add = (name: string, fromMs: number, toMs: number, note?: string) =>
    timeline.add(name, fromMs + offsetMs, toMs + offsetMs, note);
  const [first] = requests;
  if (first) {
    add('player', report.orderedMs, first.startMs);
    const { timing } = first;
    if (timing?.dnsMs !== undefined && !options.isAddressGiven) {
      add('dns', timing.dnsAtMs, timing.dnsAtMs + timing.dnsMs);
    }
    if (timing?.connectMs !== undefined) {
      const securedMs = timing.connectAtMs + timing.connectMs;
      add('connect', timing.connectAtMs, securedMs);
      if (timing.tlsMs !== undefined) add('tls', securedMs, securedMs + timing.tlsMs);
    }
  }
  for (const [name, request] of namedRequests(evidence)) {
    const { timing, endMs = report.endedMs } = request;
    if (timing) add(`${name} wait`, timing.sentMs, timing.respondedMs, String(request.status));
    add(`${name} read`, timing?.respondedMs ?? request.startMs, Math.max(endMs, timing?.respondedMs ?? 0));
  }
  if (report.firstFrame) {
    add('startup', report.orderedMs, report.firstFrame.atMs, 'order to play to first frame');
    add('watch', report.firstFrame.atMs, report.endedMs);
  }
  for (const { startMs, endMs } of report.stalls) add('stall', startMs, endMs);
}

function namedRequests(evidence: Evidence): [string, RequestRecord][] {
  if (!evidence.isHls) {
    return evidence.requests.map((request, at) => [at === 0 ? 'media' : `media ${at + 1}`, request]);
  }
  const manifests = startingManifests(evidence).map((request, at): [string, RequestRecord] => [
    at === 0 ? 'manifest' : `manifest ${at + 1}`,
    request,
  ]);
  const objects = (['init', 'segment'] as const).flatMap((kind): [string, RequestRecord][] => {
    const request = firstOf(evidence, kind);
    return request ? [[kind, request]] : [];
  });
  return [...manifests, ...objects];
}

/** Playlists asked for before the first fragment: those that stand between the order and the picture. */
function startingManifests(evidence: Evidence): RequestRecord[] {
  const fragmentMs = mediaRequests(evidence)[0]?.startMs ?? Number.POSITIVE_INFINITY;
  return ofKind(evidence, 'manifest').filter(({ startMs }) => startMs < fragmentMs);
}

function mediaRequests(evidence: Evidence): RequestRecord[] {
  return evidence.requests.filter((request) => {
    const kind = kindOf(request, evidence.report, evidence.isHls);
    return kind !== 'manifest' && !isPlaylist(request);
  });
}

function firstOf(evidence: Evidence, kind: RequestKind): RequestRecord | undefined {
  return ofKind(evidence, kind)[0];
}

function ofKind({ requests, report, isHls }: Evidence, kind: RequestKind): RequestRecord[] {
  return requests.filter((request) => kindOf(request, report, isHls) === kind);
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
