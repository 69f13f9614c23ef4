/** The playback probe: the start of a video as a player makes it, measured without a browser. */
import type { Metrics } from '../metrics.ts';
import { Cmcd } from '../net/cmcd.ts';
import { connectionAttributes } from '../net/response-attributes.ts';
import { HttpSession } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { mediaPlan } from './block-reader.ts';
import { cmcdObjectOf } from './cmcd-object.ts';
import { MANIFEST_PLAN, startHls } from './hls.ts';
import { MediaFetcher } from './media-fetcher.ts';
import { type PlaybackParams, playbackParams } from './params.ts';
import { type PlaybackRun, recordResponse, type StartOutcome } from './playback-run.ts';
import { loadPlaylistParser } from './playlist.ts';
import { startProgressive } from './progressive.ts';
import { DECODE_MS } from './startup-model.ts';

export const playbackProbe: Probe<PlaybackParams> = {
  type: 'playback',
  lane: 'light',
  summary: 'Start-up of a progressive MP4 or HLS video as a player makes it, without a browser.',
  params: playbackParams,
  metrics: [
    'dns_ms',
    'connect_ms',
    'tls_ms',
    'ttfb_ms',
    'first_frame_ms',
    'playing_ms',
    'two_seconds_ms',
    'moov_ms',
    'manifest_ms',
    'init_ms',
    'segment_ms',
    'media_bytes',
    'request_count',
  ],
  judged: ['first_frame_ms'],
  defaults: { everyMs: 10_000, timeoutMs: 10_000 },
  run: runPlayback,
};

async function runPlayback(context: RunContext, target: Target, params: PlaybackParams): Promise<RunResult> {
  const { network, clock, signal, userAgent } = context;
  const url = URL.parse(target.url);
  if (!url) return badUrl(target.url);
  const expectsHls = params.format === 'hls' || (params.format === 'auto' && isPlaylistPath(url));
  if (expectsHls) await loadPlaylistParser();

  const timeline = new Timeline(clock);
  const cmcd = new Cmcd(params.cmcd, context, target, { probe: 'playback', nr: true });
  const session = new HttpSession({ network, clock, signal, userAgent, cmcd, timeline });
  const measured = { metrics: {} as Metrics, attributes: {} as Record<string, string> };
  const fetcher = new MediaFetcher(session, {
    onConnected: (connected) =>
      Object.assign(measured.attributes, { ...connectionAttributes(connected), ...measured.attributes }),
    onResponse: (response) => recordResponse(measured, response),
    objectOf: (plan) => cmcdObjectOf(plan, measured),
  });
  const run: PlaybackRun = { fetcher, timeline, params, ...measured };
  try {
    const failure = await start(run, url, expectsHls);
    Object.assign(measured.attributes, cmcd.attributes);
    return result(run, session, failure);
  } finally {
    session.close();
  }
}

async function start(run: PlaybackRun, url: URL, expectsHls: boolean): Promise<StartOutcome> {
  const first = await run.fetcher.open(url, expectsHls ? MANIFEST_PLAN : mediaPlan(0));
  if (!first.ok) return first.failure;
  const { headers, url: finalUrl } = first.response;
  const isHls =
    expectsHls ||
    (run.params.format === 'auto' &&
      (/mpegurl/i.test(headers['content-type'] ?? '') || isPlaylistPath(finalUrl)));
  run.attributes.format = isHls ? 'hls' : 'mp4';
  return isHls ? startHls(run, { ...first, plan: MANIFEST_PLAN }) : startProgressive(run, first);
}

function isPlaylistPath(url: URL): boolean {
  return /\.m3u8?$/i.test(url.pathname);
}

function result(run: PlaybackRun, session: HttpSession, failure: Failure | undefined): RunResult {
  const { metrics, timeline, attributes } = run;
  const measured = {
    metrics: { ...session.connectMetrics, ...metrics },
    attributes,
    phases: timeline.phases,
  };
  if (failure) return { outcome: 'fail', failure, ...measured };
  const decodeFromMs = timeline.startMs + (metrics.first_frame_ms ?? DECODE_MS) - DECODE_MS;
  timeline.add('decode', decodeFromMs, decodeFromMs + DECODE_MS, 'constant of the model');
  return { outcome: 'ok', ...measured };
}

function badUrl(text: string): RunResult {
  const message = `The target ${JSON.stringify(text.slice(0, 100))} is not a URL. Write e.g. https://video.example.com/v.mp4.`;
  const failure: Failure = { layer: 'agent', blame: 'agent', code: 'bad_params', message };
  return { outcome: 'fail', failure, metrics: {}, attributes: {}, phases: [] };
}
