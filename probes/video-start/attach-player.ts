/** How a source is given to a video element: by itself, by hls.js or by dash.js. Sent into the page as text, as `recorder.ts`. */
import type * as DashJs from 'dashjs';
import type HlsPlayer from 'hls.js';
import type { HlsConfig } from 'hls.js';
import type { Recorder } from './recorder.ts';

/** The scripts of the players that the page has. */
interface PlayerGlobals {
  readonly Hls: typeof HlsPlayer;
  readonly dashjs: typeof DashJs;
}

export function attachSource({ video }: Recorder, url: string): void {
  video.src = url;
}

export function attachHls(recorder: Recorder, url: string, config: Partial<HlsConfig> = {}): HlsPlayer {
  const { Hls } = globalThis as unknown as PlayerGlobals;
  const hls = new Hls(config);
  const urls = new Set<string>();
  hls.on(Hls.Events.FRAG_LOADING, (_event, { frag }) => {
    const isAudio = frag.type === 'audio';
    const add = (kind: 'init' | 'segment', from: typeof frag): void => {
      const { url: address, byteRange } = from;
      // hls.js has the first byte and the one after the last.
      const [first, end] = byteRange;
      const range = first !== undefined && end !== undefined ? `${first}-${end - 1}` : undefined;
      if (kind === 'init' && urls.has(`${address} ${range}`)) return;
      urls.add(`${address} ${range}`);
      recorder.fragment({ url: address, kind, isAudio, ...(range === undefined ? {} : { range }) });
    };
    if (frag.initSegment && frag.sn !== 'initSegment') add('init', frag.initSegment);
    add(frag.sn === 'initSegment' ? 'init' : 'segment', frag);
  });
  let level = -1;
  hls.on(Hls.Events.FRAG_CHANGED, (_event, { frag }) => {
    const shown = hls.levels[frag.level];
    if (frag.type !== 'main' || !shown || frag.level === level) return;
    level = frag.level;
    const codecs = [shown.videoCodec, shown.audioCodec].filter(Boolean).join(',');
    recorder.shows({ heightPx: shown.height, bitsPerSecond: shown.bitrate, codecs }, frag.url);
  });
  hls.on(Hls.Events.ERROR, (_event, data) => {
    if (data.fatal) recorder.fail('hls', data.details, data.error?.message ?? data.reason ?? '');
  });
  hls.loadSource(url);
  hls.attachMedia(recorder.video);
  return hls;
}

export function attachDash(recorder: Recorder, url: string): void {
  const { MediaPlayer } = (globalThis as unknown as PlayerGlobals).dashjs;
  const player = MediaPlayer().create();
  // XLink, time servers and subtitles: the picture goes on without them.
  const harmless = new Set([12, 16, 29, 33]);
  player.updateSettings({ debug: { logLevel: 0 } });
  // A server of somebody else's, which it would ask the time for live streams.
  player.clearDefaultUTCTimingSources();
  player.on('fragmentLoadingStarted', (event) => {
    const { request } = event as unknown as { readonly request: DashJs.FragmentRequest & Ranged };
    const isInit = request.type === 'InitializationSegment';
    if (!isInit && request.type !== 'MediaSegment') return;
    const { url: address, range } = request;
    recorder.fragment({
      url: address,
      kind: isInit ? 'init' : 'segment',
      isAudio: request.mediaType === 'audio',
      ...(range ? { range } : {}),
    });
  });
  interface Described {
    readonly mimeType?: string;
    readonly codecs?: string;
    readonly Period?: readonly Described[];
    readonly AdaptationSet?: readonly Described[];
    readonly Representation?: readonly Described[];
  }
  // Renditions that the browser cannot decode are left out without a word; when none is left there is "nothing to play".
  const videoTypes: string[] = [];
  const collect = (node: Described, inherited: Described): void => {
    const { mimeType = inherited.mimeType, codecs = inherited.codecs } = node;
    for (const child of [
      ...(node.Period ?? []),
      ...(node.AdaptationSet ?? []),
      ...(node.Representation ?? []),
    ]) {
      collect(child, { ...(mimeType ? { mimeType } : {}), ...(codecs ? { codecs } : {}) });
    }
    const isLeaf = !node.Period && !node.AdaptationSet && !node.Representation;
    if (isLeaf && mimeType?.startsWith('video/') && codecs)
      videoTypes.push(`${mimeType}; codecs="${codecs}"`);
  };
  player.on('manifestLoaded', (event) => {
    collect((event as unknown as { readonly data: Described }).data ?? {}, {});
  });
  const shows = (shown: DashJs.Representation | null): void => {
    if (!shown) return;
    recorder.shows({ heightPx: shown.height, bitsPerSecond: shown.bandwidth, codecs: shown.codecs ?? '' });
  };
  // The first is no change, so no event tells of it.
  recorder.video.addEventListener(
    'loadeddata',
    () => shows(player.getCurrentRepresentationForType('video')),
    {
      once: true,
    },
  );
  player.on('qualityChangeRendered', (event) => {
    if (event.mediaType === 'video' && event.oldRepresentation) shows(event.newRepresentation);
  });
  player.on('error', (event) => {
    const { code, message } = event.error as { readonly code?: number; readonly message?: string };
    const isUndecodable =
      videoTypes.length > 0 && !videoTypes.some((type) => MediaSource.isTypeSupported(type));
    // 32: nothing to play; 35: no such media source type.
    if (code === 32 && isUndecodable) recorder.fail('dash', '35', videoTypes[0] ?? '');
    else if (!harmless.has(Number(code))) recorder.fail('dash', String(code ?? ''), message ?? '');
  });
  interface Ranged {
    readonly type: string | null;
    readonly range: string | null;
    readonly url: string;
  }
  // It gives the element its source when it has the manifest, which would take back an earlier play(): it calls that itself.
  player.initialize(recorder.video, url, true);
}
