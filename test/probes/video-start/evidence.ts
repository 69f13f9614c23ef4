/** Evidence of made-up playbacks: one that went well, and changes to it. */
import type { Evidence } from '../../../probes/video-start/evidence.ts';
import type { RequestRecord } from '../../../probes/video-start/network-log.ts';
import type { PlayReport } from '../../../probes/video-start/report.ts';

export const VIDEO_URL = 'https://v.test/clip.mp4';

/** Ordered at 1000, first frame at 1250, watched for 2 s. */
export function report(changes: Partial<PlayReport> = {}): PlayReport {
  return {
    orderedMs: 1000,
    endedMs: 3250,
    end: 'watched',
    firstFrame: { atMs: 1250, mediaTimeS: 0, widthPx: 360, heightPx: 640 },
    movingFrame: { atMs: 1283, mediaTimeS: 0.033, widthPx: 360, heightPx: 640 },
    playingMs: 1260,
    metadataMs: 1240,
    stalls: [],
    watchedMs: 2000,
    framesCount: 60,
    droppedFramesCount: 1,
    videoWidthPx: 360,
    box: { widthPx: 360, heightPx: 640 },
    switchCount: 0,
    fragments: [],
    ...changes,
  };
}

/** A report of a playback that showed nothing. */
export function unseen(changes: Partial<PlayReport> = {}): PlayReport {
  const {
    firstFrame: _first,
    movingFrame: _moving,
    playingMs: _playing,
    metadataMs: _metadata,
    ...rest
  } = report();
  return { ...rest, framesCount: 0, watchedMs: 0, videoWidthPx: 0, ...changes };
}

export function request(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    url: VIDEO_URL,
    startMs: 1004,
    status: 206,
    mimeType: 'video/mp4',
    protocol: 'http/1.1',
    remoteAddress: '192.0.2.1',
    headers: {},
    timing: {
      ttfbMs: 100,
      respondedMs: 1130,
      sentMs: 1030,
      dnsAtMs: 1005,
      connectAtMs: 1010,
      connectMs: 20,
      dnsMs: 5,
    },
    arrivals: [
      { atMs: 1140, bytes: 1000 },
      { atMs: 1400, bytes: 500 },
    ],
    endMs: 1400,
    redirected: false,
    ...changes,
  };
}

/** A request that got no answer. */
export function unanswered(changes: Partial<RequestRecord> = {}): RequestRecord {
  return { url: VIDEO_URL, startMs: 1004, headers: {}, arrivals: [], redirected: false, ...changes };
}

export function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    report: report(),
    requests: [request()],
    media: { underflows: [] },
    player: 'progressive',
    patienceMs: 10_000,
    ...changes,
  };
}

/** Multivariant playlist, media playlist, init and one segment. */
export function hlsEvidence(changes: Partial<Evidence> = {}): Evidence {
  const playlist = { mimeType: 'application/vnd.apple.mpegurl', status: 200 };
  return evidence({
    player: 'hls.js',
    report: report({
      fragments: [
        { url: 'https://v.test/init.mp4', kind: 'init', isAudio: false },
        { url: 'https://v.test/0.m4s', kind: 'segment', isAudio: false },
      ],
      rendition: { heightPx: 640, bitsPerSecond: 391_234, codecs: 'avc1.4d401e,mp4a.40.2' },
    }),
    requests: [
      request({ ...playlist, url: 'https://v.test/master.m3u8', startMs: 1004, endMs: 1050 }),
      request({ ...playlist, url: 'https://v.test/media.m3u8', startMs: 1052, endMs: 1100 }),
      request({
        url: 'https://v.test/init.mp4',
        startMs: 1102,
        endMs: 1120,
        arrivals: [{ atMs: 1119, bytes: 700 }],
      }),
      request({
        url: 'https://v.test/0.m4s',
        startMs: 1102,
        endMs: 1190,
        arrivals: [{ atMs: 1189, bytes: 9000 }],
      }),
      request({
        url: 'https://v.test/1.m4s',
        startMs: 1300,
        endMs: 1390,
        arrivals: [{ atMs: 1389, bytes: 9000 }],
      }),
    ],
    ...changes,
  });
}

/** A manifest, then init and segment of picture and sound. */
export function dashEvidence(changes: Partial<Evidence> = {}): Evidence {
  const file = (name: string, startMs: number, endMs: number, bytes: number) =>
    request({ url: `https://v.test/${name}`, startMs, endMs, arrivals: [{ atMs: endMs, bytes }] });
  return evidence({
    player: 'dash.js',
    report: report({
      fragments: [
        { url: 'https://v.test/v-init.mp4', kind: 'init', isAudio: false },
        { url: 'https://v.test/a-init.mp4', kind: 'init', isAudio: true },
        { url: 'https://v.test/v-1.m4s', kind: 'segment', isAudio: false },
        { url: 'https://v.test/a-1.m4s', kind: 'segment', isAudio: true },
        { url: 'https://v.test/v-2.m4s', kind: 'segment', isAudio: false },
      ],
      rendition: { heightPx: 640, bitsPerSecond: 277_200, codecs: 'avc1.4d401f' },
      switchCount: 1,
    }),
    requests: [
      { ...file('m.mpd', 1010, 1050, 800), mimeType: 'application/dash+xml' },
      file('v-init.mp4', 1060, 1080, 900),
      file('a-init.mp4', 1062, 1070, 600),
      file('v-1.m4s', 1085, 1180, 27_000),
      file('a-1.m4s', 1086, 1120, 5000),
      file('v-2.m4s', 1181, 1240, 30_000),
    ],
    ...changes,
  });
}
