/** The playback probe: the start of a video as a player makes it, measured without a browser. */
import type { Metrics } from '../metrics.ts';
import { Cmcd } from '../net/cmcd.ts';
import type { Failure } from '../outcome.ts';
import type { Finding, Probe, RunContext, RunResult, Target } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { mediaPlan } from './block-reader.ts';
import { Connections } from './connections.ts';
import { startDash } from './dash.ts';
import { findingsOf, packagingCostMs } from './findings.ts';
import { MANIFEST_PLAN, startHls } from './hls.ts';
import { loadManifestParser } from './manifest.ts';
import { PackagingFacts } from './packaging-facts.ts';
import { type PlaybackParams, playbackParams } from './params.ts';
import { type PlaybackRun, type StartOutcome, showMs } from './playback-run.ts';
import { loadPlaylistParser } from './playlist.ts';
import { startProgressive } from './progressive.ts';
import { Throughput } from './throughput.ts';

export const playbackProbe: Probe<PlaybackParams> = {
  type: 'playback',
  lane: 'light',
  summary: 'Start-up of an MP4, HLS or DASH video as a player makes it, without a browser.',
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
    'round_trip_count',
    'runway_ms',
    'predicted_stall_ms',
    'packaging_cost_ms',
  ],
  judged: ['first_frame_ms'],
  defaults: { everyMs: 10_000, timeoutMs: 10_000 },
  run: runPlayback,
};

async function runPlayback(context: RunContext, target: Target, params: PlaybackParams): Promise<RunResult> {
  const { clock } = context;
  const url = URL.parse(target.url);
  if (!url) return badUrl(target.url);
  const told = params.format === 'auto' ? formatOfPath(url) : params.format;
  if (told) await LOADS[told]?.();

  const timeline = new Timeline(clock);
  const measured = { metrics: {} as Metrics, attributes: {} as Record<string, string> };
  const cmcd = new Cmcd(params.cmcd, context, target, { probe: 'playback', nr: true });
  const facts = new PackagingFacts();
  const { origin } = params;
  const connections = new Connections({ context, cmcd, timeline, measured, facts, origin });
  const run: PlaybackRun = {
    fetcher: connections.fetcher,
    beside: (name) => connections.beside(name),
    giveUp: () => connections.giveUp(),
    requestCount: () => connections.requestCount,
    wallMs: () => clock.wallMs(),
    facts,
    throughput: new Throughput(),
    timeline,
    params,
    ...measured,
  };
  try {
    const failure = await start(run, url, told);
    Object.assign(measured.attributes, cmcd.attributes);
    return result(run, connections.connectMetrics, failure);
  } finally {
    connections.giveUp();
  }
}

type Format = Exclude<PlaybackParams['format'], 'auto'>;

const LOADS: Partial<Record<Format, () => Promise<void>>> = {
  hls: loadPlaylistParser,
  dash: loadManifestParser,
};

async function start(run: PlaybackRun, url: URL, told: Format | undefined): Promise<StartOutcome> {
  const isManifest = told === 'hls' || told === 'dash';
  const first = await run.fetcher.open(url, isManifest ? MANIFEST_PLAN : mediaPlan(0));
  if (!first.ok) return first.failure;
  const { headers, url: finalUrl } = first.response;
  const format = told ?? formatOfType(headers['content-type'] ?? '') ?? formatOfPath(finalUrl) ?? 'mp4';
  run.attributes.format = format;
  if (format === 'mp4') return startProgressive(run, first);
  run.facts.refile(first, MANIFEST_PLAN);
  const manifest = { ...first, plan: MANIFEST_PLAN };
  return format === 'hls' ? startHls(run, manifest) : startDash(run, manifest);
}

/** What an address tells; undefined where it tells nothing. */
function formatOfPath({ pathname }: URL): Format | undefined {
  if (/\.m3u8?$/i.test(pathname)) return 'hls';
  return /\.mpd$/i.test(pathname) ? 'dash' : undefined;
}

function formatOfType(contentType: string): Format | undefined {
  if (/mpegurl/i.test(contentType)) return 'hls';
  return /dash\+xml/i.test(contentType) ? 'dash' : undefined;
}

function result(run: PlaybackRun, connect: Metrics, failure: Failure | undefined): RunResult {
  const { metrics, timeline, attributes } = run;
  const findings = recordFindings(run);
  const measured = {
    metrics: { ...connect, ...metrics },
    attributes,
    phases: timeline.phases,
    ...(findings.length > 0 ? { findings } : {}),
  };
  if (failure) return { outcome: 'fail', failure, ...measured };
  const decodeMs = showMs(run);
  const decodeFromMs = timeline.startMs + (metrics.first_frame_ms ?? decodeMs) - decodeMs;
  timeline.add('decode', decodeFromMs, decodeFromMs + decodeMs, 'constant of the model');
  return { outcome: 'ok', ...measured };
}

function recordFindings({ facts, throughput, attributes, metrics, params }: PlaybackRun): readonly Finding[] {
  const { format = '', codec = '' } = attributes;
  // A run that got no answer has seen nothing of the packaging.
  if (facts.heads.size === 0) return [];
  const stallMs = metrics.predicted_stall_ms;
  const encrypted = attributes.encrypted === 'true';
  const found = findingsOf({ facts, throughput, format, codec, origin: params.origin, stallMs, encrypted });
  if (found.length > 0) attributes.findings = found.map(({ id }) => id).join(',');
  if (metrics.first_frame_ms !== undefined) metrics.packaging_cost_ms = packagingCostMs(found);
  return found;
}

function badUrl(text: string): RunResult {
  const message = `The target ${JSON.stringify(text.slice(0, 100))} is not a URL. Write e.g. https://video.example.com/v.mp4.`;
  const failure: Failure = { layer: 'agent', blame: 'agent', code: 'bad_params', message };
  return { outcome: 'fail', failure, metrics: {}, attributes: {}, phases: [] };
}
