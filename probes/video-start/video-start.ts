/** The video-start probe: what a viewer sees, in a real browser. */
import { isIP } from 'node:net';
import { buildAttributes, noBrowser } from '../browser/browser-facts.ts';
import { Cmcd } from '../net/cmcd.ts';
import { endpointOf, formatHostPort } from '../net/host-port.ts';
import type { Network } from '../net/network.ts';
import type { Failure } from '../outcome.ts';
import type { Attributes, Probe, RunContext, RunResult, Target } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { markTab } from './cmcd-marker.ts';
import { judge } from './judge.ts';
import { addPhases, attributesOf, metricsOf } from './measure.ts';
import { type VideoStartParams, videoStartParams } from './params.ts';
import { type PlayerKind, playerOf, scriptOf } from './plan.ts';
import { type Play, playInTab, type Seen } from './play-in-tab.ts';
import { loadPlayerScript, type PlayerScript } from './player-scripts.ts';
import { secondOpinion } from './second-opinion.ts';
import { shownBy } from './shown.ts';
import { describeNetwork } from './throttle.ts';
import { viewerOutcome } from './viewer-outcome.ts';

export const videoStartProbe: Probe<VideoStartParams> = {
  type: 'video-start',
  lane: 'browser',
  summary:
    'Start-up and first seconds of a video in a headless browser: first frame presented, stalls, black pictures.',
  params: videoStartParams,
  metrics: [
    'video_startup_ms',
    'video_moving_ms',
    'video_playing_event_ms',
    'video_first_paint_ms',
    'video_start_gap_ms',
    'page_ms',
    'player_ms',
    'dns_ms',
    'connect_ms',
    'tls_ms',
    'ttfb_ms',
    'manifest_ms',
    'init_ms',
    'segment_ms',
    'demux_ms',
    'decode_present_ms',
    'request_count',
    'media_bytes',
    'net_gap_ms',
    'stall_count',
    'stall_ms',
    'stall_ratio',
    'watched_ms',
    'frames_count',
    'dropped_frames_count',
    'startup_height_px',
    'startup_bitrate_bps',
    'upscale_ratio',
    'rendition_switch_count',
    'seek_ms',
  ],
  judged: ['video_startup_ms'],
  defaults: { everyMs: 30_000, timeoutMs: 30_000 },
  run: runVideoStart,
};

async function runVideoStart(
  context: RunContext,
  target: Target,
  params: VideoStartParams,
): Promise<RunResult> {
  const { browser, network, clock } = context;
  const timeline = new Timeline(clock);
  const url = URL.parse(target.url);
  if (!url) return failed(badUrl(target.url), timeline, {});
  if (!browser) return failed(noBrowser(), timeline, {});
  const player = playerOf(url, params);
  const scripted = scriptOf(player);
  const script = scripted && (await loadPlayerScript(scripted));
  const attributes = planAttributes(player, script, params);
  const refusal = network.forbids(url);
  if (refusal) return failed(refusal, timeline, attributes);
  const play: Play = { url, params, player, script, timeline };
  const cmcd = new Cmcd(params.cmcd, context, target, { probe: 'video-start', nr: false });
  const seen = await browser.withTab(context.signal, async (tab) => {
    await markTab(tab, cmcd, player);
    const played = await playInTab(tab, play);
    if ('failure' in played || !judge(played.evidence)) return played;
    return { ...played, shown: await shownBy(tab, played.evidence, played.offsetMs) };
  });
  // Known only now, since the launch asks for it.
  const facts = { ...attributes, ...buildAttributes(browser), ...cmcd.attributes };
  if ('failure' in seen) return failed(seen.failure, timeline, facts);
  const judged = judge(seen.evidence);
  const failure = judged && ((await secondOpinion(judged, seen.evidence, context, target)) ?? judged);
  return resultOf(seen, failure, play, network, facts);
}

function planAttributes(
  player: PlayerKind,
  script: PlayerScript | undefined,
  { network }: VideoStartParams,
): Attributes {
  return {
    player,
    ...(script && player === 'hls.js' ? { hls_js: script.version } : {}),
    ...(script && player === 'dash.js' ? { dash_js: script.version } : {}),
    ...(network ? { network: describeNetwork(network) } : {}),
  };
}

function resultOf(
  seen: Seen,
  failure: Failure | undefined,
  play: Play,
  network: Network,
  facts: Attributes,
): RunResult {
  const { evidence, offsetMs, coldPlayer } = seen;
  const options = { isAddressGiven: isAddressGiven(play.url, network) };
  addPhases(play.timeline, evidence, offsetMs, options);
  const measured = {
    metrics: metricsOf(evidence, options),
    attributes: {
      ...facts,
      ...attributesOf(evidence),
      player: evidence.player,
      outcome: viewerOutcome(failure, evidence),
      ...(coldPlayer ? { cold_player: 'true' } : {}),
    },
    phases: play.timeline.phases,
  };
  const shown = seen.shown === undefined ? {} : { evidence: seen.shown };
  return failure ? { outcome: 'fail', failure, ...measured, ...shown } : { outcome: 'ok', ...measured };
}

function isAddressGiven(url: URL, { options }: Network): boolean {
  const endpoint = endpointOf(url);
  if (!endpoint) return false;
  const host = endpoint.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 || Object.hasOwn(options.connectTo, formatHostPort({ host, port: endpoint.port }));
}

function failed(failure: Failure, timeline: Timeline, attributes: Attributes): RunResult {
  const told = {
    ...attributes,
    outcome: viewerOutcome(failure, { isOwnPage: attributes.player === 'page' }),
  };
  return { outcome: 'fail', failure, metrics: {}, attributes: told, phases: timeline.phases };
}

function badUrl(text: string): Failure {
  const message = `The target ${JSON.stringify(text.slice(0, 100))} is not a URL. Write e.g. https://video.example.com/v.mp4.`;
  return { layer: 'agent', blame: 'agent', code: 'bad_params', message };
}
