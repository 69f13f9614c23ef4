/** The feed probe: what a viewer of short videos waits for at each swipe, and what preloading costs. */
import { buildAttributes, noBrowser } from '../browser/browser-facts.ts';
import { Cmcd } from '../net/cmcd.ts';
import type { Failure } from '../outcome.ts';
import type { Attributes, Probe, RunContext, RunResult, Target } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { markTab } from '../video-start/cmcd-marker.ts';
import { playerOf } from '../video-start/plan.ts';
import { loadPlayerScript, type PlayerScript } from '../video-start/player-scripts.ts';
import { requestsShown } from '../video-start/shown.ts';
import { describeNetwork } from '../video-start/throttle.ts';
import { viewerOutcome } from '../video-start/viewer-outcome.ts';
import { clipsOf } from './clip-list.ts';
import type { FeedPlan } from './evidence.ts';
import { judgeFeed } from './judge.ts';
import { addFeedPhases, feedAttributes, feedMetrics } from './measure.ts';
import { type FeedParams, feedParams } from './params.ts';
import { type Feed, type FeedSeen, playFeedInTab } from './play-in-tab.ts';

export const feedProbe: Probe<FeedParams> = {
  type: 'feed',
  lane: 'browser',
  summary:
    'Swipes through a feed of short clips in a headless browser: picture after each swipe, preload hits, waste.',
  params: feedParams,
  metrics: [
    'swipe_first_frame_ms',
    'swipe_worst_ms',
    'swipe_moving_ms',
    'swipe_count',
    'swipe_failed_count',
    'preload_hit_ratio',
    'preloaded_ms',
    'wasted_bytes',
    'wasted_ratio',
    'video_startup_ms',
    'stall_count',
    'stall_ms',
    'stall_ratio',
    'watched_ms',
    'frames_count',
    'dropped_frames_count',
  ],
  judged: ['swipe_first_frame_ms'],
  defaults: { everyMs: 120_000, timeoutMs: 60_000 },
  run: runFeed,
};

async function runFeed(context: RunContext, target: Target, params: FeedParams): Promise<RunResult> {
  const { browser, network, clock } = context;
  const timeline = new Timeline(clock);
  const url = URL.parse(target.url);
  if (!url) return failed(badUrl(target.url), timeline, {});
  if (!browser) return failed(noBrowser(), timeline, {});
  const cmcd = new Cmcd(params.cmcd, context, target, { probe: 'feed', nr: false });
  const list = await clipsOf(context, url, params, timeline, cmcd);
  if (!list.ok) {
    return failed(list.failure, timeline, { ...planAttributes(params, undefined), ...cmcd.attributes });
  }
  const clips = planned(list.clips, params);
  const script = clips.some(({ player }) => player === 'hls.js')
    ? await loadPlayerScript('hls.js')
    : undefined;
  const attributes = planAttributes(params, script);
  const forbidden = clips.map((clip) => network.forbids(new URL(clip.url))).find((refusal) => refusal);
  if (forbidden) return failed(forbidden, timeline, attributes);
  const feed: Feed = { clips, params, script, timeline };
  const seen = await browser.withTab(context.signal, async (tab) => {
    await markTab(tab, cmcd, script ? 'hls.js' : 'progressive');
    return playFeedInTab(tab, feed);
  });
  const facts = { ...attributes, ...buildAttributes(browser), ...cmcd.attributes };
  return 'failure' in seen ? failed(seen.failure, timeline, facts) : resultOf(seen, timeline, facts);
}

/** No more than may be swiped to or preloaded behind the last swipe. */
function planned(urls: readonly URL[], { swipes, ahead, format, preload }: FeedParams): FeedPlan[] {
  return urls.slice(0, swipes + 1 + ahead).map((url) => {
    const player = playerOf(url, { format, player: 'auto' });
    return { url: url.href, player: preload === 'mse' && player === 'progressive' ? 'mse' : player };
  });
}

function planAttributes(
  { preload, ahead, network }: FeedParams,
  script: PlayerScript | undefined,
): Attributes {
  return {
    preload,
    ...(preload === 'none' ? {} : { ahead: String(ahead) }),
    ...(script ? { hls_js: script.version } : {}),
    ...(network ? { network: describeNetwork(network) } : {}),
  };
}

function resultOf(
  { evidence, offsetMs, coldPlayer, pictures }: FeedSeen,
  timeline: Timeline,
  facts: Attributes,
): RunResult {
  addFeedPhases(timeline, evidence, offsetMs);
  const worst = judgeFeed(evidence);
  const measured = {
    metrics: feedMetrics(evidence),
    attributes: {
      ...facts,
      ...feedAttributes(evidence, worst?.clip),
      outcome: viewerOutcome(worst?.failure, worst?.clip.shown?.playback ?? {}),
      ...(coldPlayer ? { cold_player: 'true' } : {}),
    },
    phases: timeline.phases,
  };
  if (!worst) return { outcome: 'ok', ...measured };
  const screenshot = pictures.get(worst.at);
  const shown = {
    ...requestsShown(worst.clip.shown?.playback ?? { requests: [] }, offsetMs),
    ...(screenshot && { screenshot }),
  };
  return { outcome: 'fail', failure: worst.failure, ...measured, evidence: shown };
}

function failed(failure: Failure, timeline: Timeline, attributes: Attributes): RunResult {
  const told = { ...attributes, outcome: viewerOutcome(failure, {}) };
  return { outcome: 'fail', failure, metrics: {}, attributes: told, phases: timeline.phases };
}

function badUrl(text: string): Failure {
  const message = `The target ${JSON.stringify(text.slice(0, 100))} is not a URL. Write e.g. https://video.example.com/feed.json.`;
  return { layer: 'agent', blame: 'agent', code: 'bad_params', message };
}
