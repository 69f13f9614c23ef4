/** DASH manifests (ISO/IEC 23009-1): what to fetch first. */
import type { Attributes, Part, RepresentationInfo, SegmentInfo } from 'mpd-parser';
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';
import type { Resource, Segment, VariantChoice } from './playlist.ts';
import { endOf, runsOfTimeline, type SegmentRun, segmentsFrom } from './segment-runs.ts';
import { parseXml, type XmlElement } from './xml-tree.ts';

/** One rendition of picture or sound: its initialisation, and the first of its segments. */
export interface Representation {
  readonly init?: Resource;
  /** Where the index of its one file stands, which tells of its segments. */
  readonly index?: Resource;
  /** Empty where there is an index. */
  readonly segments: readonly Segment[];
  readonly bandwidthBps: number;
  readonly encrypted: boolean;
  readonly codecs?: string;
  /** e.g. `360x640`. */
  readonly resolution?: string;
}

export interface Presentation {
  readonly video: Representation;
  /** Sound in segments of its own. */
  readonly audio?: Representation;
  /** All `codecs` of pictures to choose from. */
  readonly videoCodecs: readonly string[];
}

export interface ManifestOptions {
  readonly variant: VariantChoice;
  /** Unix milliseconds, for live presentations. */
  readonly nowMs: number;
}

const WANTED: ReadonlySet<string> = new Set([
  ...['MPD', 'Period', 'AdaptationSet', 'Representation', 'BaseURL', 'ContentProtection'],
  ...[
    'SegmentTemplate',
    'SegmentTimeline',
    'S',
    'SegmentList',
    'SegmentURL',
    'SegmentBase',
    'Initialization',
  ],
]);
/** What dash.js opens with where it knows nothing of the network. */
const OPENING_VIDEO_BPS = 1_000_000;
const OPENING_AUDIO_BPS = 100_000;
/** A live presentation is joined so many segments before its end, as dash.js does. */
const LIVE_DELAY_SEGMENTS = 4;
/** Codecs that a browser may lack: chosen only when there is nothing else. */
const RARE_CODECS = /^(hvc1|hev1|dvh1|dvhe|vvc1|vvi1)/;
const NUMBER_WIDTH = 20;

/** Loads the parser, so that no run measures that. */
export async function loadManifestParser(): Promise<void> {
  await import('mpd-parser');
}

/**
 * Parses a manifest that was fetched from `base`.
 * @throws MediaError bad_manifest when it is none, or names nothing to play.
 */
export async function parseManifest(
  text: string,
  base: URL,
  options: ManifestOptions,
): Promise<Presentation> {
  const mpd = parseXml(text, (tagName) => WANTED.has(tagName));
  if (mpd.tagName !== 'MPD') throw new MediaError('bad_manifest', `it is <${mpd.tagName}>, not <MPD>`);
  prune(mpd);
  const infos = await inherit(mpd, base, options.nowMs);
  const videos = infos.filter((info) => kindOf(info.attributes) === 'video');
  const chosen = chooseVideo(videos, options.variant);
  if (!chosen) throw new MediaError('bad_manifest', 'it names no rendition with a picture');
  const sounds = infos.filter((info) => kindOf(info.attributes) === 'audio' && !hasSound(chosen));
  const language = sounds[0]?.attributes.lang;
  const audio = openingOf(
    sounds.filter(({ attributes }) => attributes.lang === language),
    OPENING_AUDIO_BPS,
  );
  const codecs = videos.map(({ attributes }) => attributes.codecs ?? '').filter((codec) => codec !== '');
  return {
    video: representation(chosen, options.nowMs),
    ...(audio ? { audio: representation(audio, options.nowMs) } : {}),
    videoCodecs: [...new Set(codecs)],
  };
}

/** Keeps one period with what it holds, and one base URL of each element: the product of all is what a broken one would cost. */
function prune(mpd: XmlElement): void {
  const periods = mpd.childNodes.filter(({ tagName }) => tagName === 'Period');
  const isLive = mpd.attributes.some(({ name, value }) => name === 'type' && value === 'dynamic');
  const played = periods.at(isLive ? -1 : 0);
  for (const period of periods) if (period !== played) period.childNodes.length = 0;
  let renditions = 0;
  const visit = (node: XmlElement): void => {
    const firstBase = node.childNodes.find(({ tagName }) => tagName === 'BaseURL');
    const kept = node.childNodes.filter((child) => {
      if (child.tagName === 'Representation') return ++renditions <= PLAYBACK_LIMITS.renditions.value;
      return child.tagName !== 'BaseURL' || child === firstBase;
    });
    node.childNodes.splice(0, node.childNodes.length, ...kept);
    for (const child of kept) visit(child);
  };
  visit(mpd);
}

async function inherit(mpd: XmlElement, base: URL, nowMs: number): Promise<readonly RepresentationInfo[]> {
  const { inheritAttributes } = await import('mpd-parser');
  try {
    return inheritAttributes(mpd, { manifestUri: base.href, NOW: nowMs }).representationInfo;
  } catch (error) {
    // The parser has no type for its errors; whatever it throws, it is over the words of the manifest.
    throw new MediaError('bad_manifest', `it cannot be understood (${(error as Error).message})`);
  }
}

function kindOf({ contentType = '', mimeType = '', codecs = '', width }: Attributes): string {
  const kind = (contentType || mimeType.split('/')[0]) ?? '';
  if (kind !== '' && kind !== 'application') return kind;
  return width !== undefined || /^(avc|hvc|hev|av01|vp0)/.test(codecs) ? 'video' : kind;
}

/** Sound and picture in one: its codecs name both. */
function hasSound({ attributes: { codecs = '' } }: RepresentationInfo): boolean {
  return /mp4a|opus|ac-3|ec-3/i.test(codecs);
}

function chooseVideo(
  videos: readonly RepresentationInfo[],
  variant: VariantChoice,
): RepresentationInfo | undefined {
  const common = videos.filter(({ attributes }) => !RARE_CODECS.test(attributes.codecs ?? ''));
  const playable = common.length > 0 ? common : videos;
  if (variant === 'first') return openingOf(playable, OPENING_VIDEO_BPS);
  const sorted = playable.toSorted((a, b) => bandwidthOf(a) - bandwidthOf(b));
  return variant === 'lowest' ? sorted[0] : sorted.at(-1);
}

/** The best that is not above what a player opens with, or the least. */
function openingOf(infos: readonly RepresentationInfo[], openingBps: number): RepresentationInfo | undefined {
  const sorted = infos.toSorted((a, b) => bandwidthOf(a) - bandwidthOf(b));
  return sorted.findLast((info) => bandwidthOf(info) <= openingBps) ?? sorted[0];
}

function bandwidthOf({ attributes: { bandwidth } }: RepresentationInfo): number {
  return bandwidth !== undefined && Number.isFinite(bandwidth) ? bandwidth : 0;
}

function representation(info: RepresentationInfo, nowMs: number): Representation {
  const { attributes, segmentInfo } = info;
  const { codecs, width, height } = attributes;
  return {
    ...partsOf(info, nowMs),
    ...initOf(attributes, segmentInfo),
    bandwidthBps: bandwidthOf(info),
    encrypted: attributes.contentProtection !== undefined,
    ...(codecs ? { codecs } : {}),
    ...(width && height ? { resolution: `${width}x${height}` } : {}),
  };
}

function initOf(attributes: Attributes, { template, list, base }: SegmentInfo): { init?: Resource } {
  const part: Part | undefined =
    template?.initialization ?? list?.initialization ?? base?.initialization ?? undefined;
  if (!part || (part.sourceURL === undefined && part.range === undefined)) return {};
  const url = template ? filled(part.sourceURL ?? '', attributes, {}) : part.sourceURL;
  return { init: resource(attributes, url, part.range) };
}

/** The first segments to play, or where their index stands. */
function partsOf(info: RepresentationInfo, nowMs: number): Pick<Representation, 'segments' | 'index'> {
  const { attributes, segmentInfo } = info;
  const { template, list, base } = segmentInfo;
  const segments = template ? templated(info, nowMs) : list ? listed(info) : [];
  if (template || list) {
    if (segments.length === 0) throw new MediaError('bad_manifest', 'it names no segment of the rendition');
    return { segments };
  }
  if (base?.indexRange) return { segments: [], index: resource(attributes, undefined, base.indexRange) };
  if (!attributes.baseUrl) throw new MediaError('bad_manifest', 'it names no segment of the rendition');
  const durationS = lengthS(attributes) ?? 0;
  return { segments: [{ ...resource(attributes), durationS, encrypted: false }] };
}

function templated({ attributes, segmentInfo }: RepresentationInfo, nowMs: number): Segment[] {
  const { template, segmentTimeline } = segmentInfo;
  if (!template?.media) throw new MediaError('bad_manifest', 'its SegmentTemplate names no media');
  const scale = positive(template.timescale) ?? 1;
  const offset = template.presentationTimeOffset ?? 0;
  const runs = segmentTimeline
    ? runsOfTimeline(segmentTimeline, offset + (lengthS(attributes) ?? Infinity) * scale)
    : runsByDuration(attributes, template.duration, { scale, offset, nowMs });
  const first = template.startNumber ?? 1;
  const segments: Segment[] = [];
  for (const { index, start, duration } of segmentsFrom(runs, startOf(attributes, runs, scale, offset))) {
    // Without a timeline the number is what counts, and times begin at the period.
    const url = filled(template.media, attributes, { Number: first + index, Time: start });
    segments.push({ ...resource(attributes, url), durationS: duration / scale, encrypted: false });
    if (segments.length >= PLAYBACK_LIMITS.segmentsAhead.value) break;
  }
  return segments;
}

interface Scale {
  readonly scale: number;
  readonly offset: number;
  readonly nowMs: number;
}

function runsByDuration(
  attributes: Attributes,
  duration: number | undefined,
  { scale, offset, nowMs }: Scale,
): SegmentRun[] {
  const ticks = positive(duration);
  // One segment for all: a template without numbers.
  if (ticks === undefined)
    return [{ start: offset, duration: (lengthS(attributes) ?? 0) * scale || 1, count: 1 }];
  const length = isLive(attributes) ? liveLengthS(attributes, nowMs) : lengthS(attributes);
  const all = length === undefined ? Infinity : (length * scale) / ticks;
  const count = isLive(attributes) ? Math.floor(all) : Math.ceil(all - 1e-6);
  if (count < 1) throw new MediaError('bad_manifest', 'no segment of it is available yet');
  return [{ start: offset, duration: ticks, count }];
}

/** Ticks where playback starts: the begin of the period, or some way before the end of a live one. */
function startOf(attributes: Attributes, runs: readonly SegmentRun[], scale: number, offset: number): number {
  const last = runs.at(-1);
  if (!isLive(attributes) || !last) return offset;
  const delayS = positive(attributes.suggestedPresentationDelay);
  const delay = delayS === undefined ? LIVE_DELAY_SEGMENTS * last.duration : delayS * scale;
  return endOf(runs) - delay;
}

function listed({ attributes, segmentInfo }: RepresentationInfo): Segment[] {
  const { list, segmentTimeline } = segmentInfo;
  const urls = list?.segmentUrls ?? [];
  const scale = positive(list?.timescale) ?? 1;
  const runs = segmentTimeline ? runsOfTimeline(segmentTimeline, Infinity) : [];
  const durations = segmentsFrom(runs, 0);
  return urls.slice(0, PLAYBACK_LIMITS.segmentsAhead.value).map(({ media, mediaRange }) => {
    const timed = durations.next().value?.duration ?? positive(list?.duration) ?? 0;
    return { ...resource(attributes, media, mediaRange), durationS: timed / scale, encrypted: false };
  });
}

const isLive = ({ type }: Attributes): boolean => type === 'dynamic';

/** Of the period, as far as it is told. */
function lengthS({ periodDuration, sourceDuration, periodStart }: Attributes): number | undefined {
  const whole = positive(sourceDuration);
  return positive(periodDuration) ?? (whole === undefined ? undefined : positive(whole - (periodStart ?? 0)));
}

function liveLengthS({ availabilityStartTime, periodStart }: Attributes, nowMs: number): number {
  return nowMs / 1000 - (availabilityStartTime ?? 0) - (periodStart ?? 0);
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** `$Number%05d$` and the like (ISO/IEC 23009-1 §5.3.9.4.4). */
function filled(
  template: string,
  { id = '', bandwidth = 0 }: Attributes,
  values: Readonly<Record<string, number>>,
): string {
  return template.replace(/\$(\w*)(?:%0?(\d+)d)?\$/g, (all, name: string, width: string | undefined) => {
    if (name === '') return '$';
    if (name === 'RepresentationID') return id;
    const value = name === 'Bandwidth' ? bandwidth : values[name];
    if (value === undefined) return all;
    return String(value).padStart(Math.min(Number(width ?? 1), NUMBER_WIDTH), '0');
  });
}

function resource(attributes: Attributes, path?: string, range?: string): Resource {
  const base = attributes.baseUrl ?? '';
  const url = URL.canParse(path ?? '', base) ? new URL(path ?? '', base) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new MediaError(
      'bad_manifest',
      `it names ${JSON.stringify(path ?? base)}, which is not a URL to fetch`,
    );
  }
  if (range === undefined) return { url };
  const [, from, to] = /^(\d{1,15})-(\d{1,15})$/.exec(range.trim()) ?? [];
  if (from === undefined || to === undefined || Number(to) < Number(from)) {
    throw new MediaError('bad_manifest', `it names the range ${JSON.stringify(range)}, which is none`);
  }
  return { url, range: { offset: Number(from), length: Number(to) - Number(from) + 1 } };
}
