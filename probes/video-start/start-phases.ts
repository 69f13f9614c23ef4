/**
 * The start of a playback cut into phases without gaps or overlaps, so that they add up to the whole: at each instant the phase is
 * that of the oldest request which was still under way among those that the first frame needed. What ran beside it had time to spare.
 */
import type { Evidence } from './evidence.ts';
import { VIDEO_START_LIMITS } from './limits.ts';
import type { RequestRecord } from './network-log.ts';
import { kindOf, videoRequests } from './request-kind.ts';

export interface StartPhase {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly note?: string;
}

/** Shorter phases are slivers between two events of the browser: they go to their neighbour. */
const SLIVER_MS = 0.5;

/**
 * From the order to the first frame, or to the end where none came:
 * `page` (an autoplay page alone: navigation to its video) · `player` (no request under way) · `dns`, `connect`, `tls` ·
 * `NAME send`, `NAME wait` (ttfb), `NAME read` for each object · `parse` (last byte to a running pipeline) · `decode` (to the frame).
 */
export function startPhases(evidence: Evidence, options: { readonly isAddressGiven: boolean }): StartPhase[] {
  const { report, media } = evidence;
  const fromMs = report.orderedMs;
  const toMs = report.firstFrame?.atMs ?? report.endedMs;
  const neededMs = Math.max(fromMs, lastNeededMs(evidence) ?? toMs);
  const cut = (atMs: number): number => Math.min(Math.max(atMs, fromMs), toMs);
  const phases = sweep(requestSpans(evidence, neededMs, options), fromMs, cut(neededMs));
  if (evidence.isAutoplay) renamePage(phases, firstSignMs(evidence));
  if (report.firstFrame) {
    const readyMs = cut(Math.max(neededMs, media.playingAtMs ?? neededMs));
    phases.push({ name: 'parse', startMs: cut(neededMs), endMs: readyMs });
    phases.push({ name: 'decode', startMs: readyMs, endMs: toMs });
  }
  return bounded(withoutSlivers(phases));
}

/** When all was there that the first frame waited for, data and the word to play; undefined without a frame. */
export function lastNeededMs(evidence: Evidence): number | undefined {
  const { report, player } = evidence;
  const byteMs = lastNeededByteMs(evidence);
  if (byteMs === undefined || !report.firstFrame || player !== 'page') return byteMs;
  // A page may have had the data long before it was ordered to play, and take its time to do so.
  const { playMs = 0 } = report;
  return Math.max(byteMs, report.orderedMs, playMs <= report.firstFrame.atMs ? playMs : 0);
}

function lastNeededByteMs(evidence: Evidence): number | undefined {
  const frameMs = evidence.report.firstFrame?.atMs;
  if (frameMs === undefined) return undefined;
  const ends = neededObjects(evidence).flatMap(({ endMs }) =>
    endMs !== undefined && endMs <= frameMs ? [endMs] : [],
  );
  if (ends.length > 0) return Math.max(...ends);
  // A file that streams: nothing tells which byte it was. Whatever came before the frame was on the way to it.
  const arrivals = videoRequests(evidence).flatMap((request) => request.arrivals.map(({ atMs }) => atMs));
  return arrivals.reduce<number | undefined>(
    (last, atMs) => (atMs <= frameMs && atMs > (last ?? Number.NEGATIVE_INFINITY) ? atMs : last),
    undefined,
  );
}

/**
 * The segment that was shown first and the first of the sound, each with what initialises it, which may come later than the segment;
 * players ask for later ones before they show the first.
 */
function neededObjects(evidence: Evidence): RequestRecord[] {
  const { report, player, requests } = evidence;
  const ofKind = (kind: 'init' | 'segment'): RequestRecord[] =>
    requests.filter((request) => kindOf(request, evidence) === kind && !request.redirected);
  const segments = ofKind('segment');
  if (player === 'native-hls') return segments.slice(0, 1);
  if (player !== 'hls.js' && player !== 'dash.js') return [];
  const isAudio = ({ url }: RequestRecord): boolean =>
    report.fragments.some((fragment) => fragment.isAudio && fragment.url === url);
  const video = segments.filter((segment) => !isAudio(segment));
  const shown = video.find(({ url }) => url === report.shownUrl) ?? video[0];
  const inits = ofKind('init');
  const init = inits.find((request) => !isAudio(request));
  return [init, inits.find(isAudio), shown, segments.find(isAudio)].filter((object) => object !== undefined);
}

/** Autoplay: when the page first showed that it would play: a source for its video, or a request for media. */
export function firstSignMs(evidence: Evidence): number | undefined {
  const signs = [evidence.report.sourceMs, videoRequests(evidence)[0]?.startMs];
  const times = signs.filter((atMs) => atMs !== undefined);
  return times.length === 0 ? undefined : Math.max(evidence.report.orderedMs, Math.min(...times));
}

/** The spans of every needed request, the oldest request first: the order in which they claim an instant. */
function requestSpans(
  evidence: Evidence,
  neededMs: number,
  { isAddressGiven }: { readonly isAddressGiven: boolean },
): StartPhase[] {
  const counts = new Map<string, number>();
  return videoRequests(evidence)
    .filter(({ startMs }) => startMs < neededMs)
    .flatMap((request, at) => {
      const kind = kindOf(request, evidence);
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      const name = count === 1 ? kind : `${kind} ${count}`;
      return spansOf(request, name, at === 0 ? '' : `${name} `, isAddressGiven);
    });
}

function spansOf(
  { timing, startMs, endMs = Number.POSITIVE_INFINITY, status }: RequestRecord,
  name: string,
  prefix: string,
  isAddressGiven: boolean,
): StartPhase[] {
  if (!timing) return [{ name: `${name} wait`, startMs, endMs }];
  const { dnsAtMs, dnsMs, connectAtMs, connectMs = 0, tlsMs = 0, sentMs, respondedMs } = timing;
  const connectedMs = connectAtMs + connectMs;
  return [
    ...(dnsMs === undefined || isAddressGiven
      ? []
      : [{ name: `${prefix}dns`, startMs: dnsAtMs, endMs: dnsAtMs + dnsMs }]),
    { name: `${prefix}connect`, startMs: connectAtMs, endMs: connectedMs },
    { name: `${prefix}tls`, startMs: connectedMs, endMs: connectedMs + tlsMs },
    { name: `${name} send`, startMs, endMs: sentMs },
    { name: `${name} wait`, startMs: sentMs, endMs: respondedMs, note: String(status) },
    { name: `${name} read`, startMs: respondedMs, endMs },
  ];
}

/** Cuts a stretch of time by the first span in the list that claims each instant. */
function sweep(spans: readonly StartPhase[], fromMs: number, toMs: number): StartPhase[] {
  const edges = spans
    .flatMap(({ startMs, endMs }) => [startMs, endMs])
    .filter((atMs) => atMs > fromMs && atMs < toMs);
  const times = [...new Set([fromMs, ...edges.sort((a, b) => a - b), toMs])];
  const phases: StartPhase[] = [];
  times.slice(0, -1).forEach((startMs, at) => {
    const endMs = times[at + 1] as number;
    const span = spans.find((each) => each.startMs <= startMs && each.endMs >= endMs);
    const last = phases.at(-1);
    const name = span?.name ?? 'player';
    if (last?.name === name) phases[phases.length - 1] = { ...last, endMs };
    else phases.push({ name, startMs, endMs, ...(span?.note ? { note: span.note } : {}) });
  });
  return phases;
}

/** Splits the first wait of an autoplay page: before its first sign it was the page that loaded. */
function renamePage(phases: StartPhase[], signMs: number | undefined): void {
  const [first] = phases;
  if (first?.name !== 'player') return;
  const endMs = Math.min(signMs ?? first.endMs, first.endMs);
  phases.splice(0, 1, { ...first, name: 'page', endMs }, { ...first, startMs: endMs });
}

function withoutSlivers(phases: readonly StartPhase[]): StartPhase[] {
  const kept: StartPhase[] = [];
  let carriedMs: number | undefined;
  for (const phase of phases) {
    const startMs = carriedMs ?? phase.startMs;
    const last = kept.at(-1);
    carriedMs = undefined;
    const isSliver = phase.endMs - startMs < SLIVER_MS;
    if (!isSliver && last?.name !== phase.name) {
      kept.push({ ...phase, startMs });
    } else if (last) {
      kept[kept.length - 1] = { ...last, endMs: phase.endMs };
    } else carriedMs = startMs;
  }
  return kept;
}

/** So many that no waterfall shows them: the last one stands for the rest. */
function bounded(phases: readonly StartPhase[]): StartPhase[] {
  const { value: most } = VIDEO_START_LIMITS.startPhases;
  if (phases.length <= most) return [...phases];
  const first = phases[most - 1] as StartPhase;
  const last = phases.at(-1) as StartPhase;
  return [...phases.slice(0, most - 1), { name: 'rest', startMs: first.startMs, endMs: last.endMs }];
}
