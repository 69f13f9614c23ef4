/** Which clips the feed has: told by the parameters, or by a list at the target. */
import type { Cmcd } from '../net/cmcd.ts';
import { HttpSession } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import { bodyFailure, MediaFetcher } from '../playback/media-fetcher.ts';
import type { RunContext } from '../probe.ts';
import type { Timeline } from '../timeline.ts';
import { isDashManifest } from '../video-start/request-kind.ts';
import { FEED_LIMITS } from './limits.ts';
import type { FeedParams } from './params.ts';

export type ClipList =
  | { readonly ok: true; readonly clips: readonly URL[] }
  | { readonly ok: false; readonly failure: Failure };

/** What nobody writes lists in. */
const MEDIA_PATH = /\.(mp4|m4v|mov|webm|m3u8|mpd|ts|m4s)$/i;

/** Never throws for what the peer did. */
export async function clipsOf(
  context: RunContext,
  target: URL,
  params: Pick<FeedParams, 'clips'>,
  timeline: Timeline,
  cmcd?: Cmcd,
): Promise<ClipList> {
  if (params.clips) {
    const named = readEntries([target.href, ...params.clips], target);
    return typeof named === 'string' ? refused(named) : checked(named, refused);
  }
  if (MEDIA_PATH.test(target.pathname)) {
    return refused(
      `The target ${target.pathname} is one clip. Name the others in \`clips\`, or make the target a list of URLs.`,
    );
  }
  const fromMs = timeline.nowMs();
  const text = await fetchList(context, target, timeline, cmcd);
  if (typeof text !== 'string') return { ok: false, failure: text };
  timeline.add('list', fromMs, timeline.nowMs(), 'not part of the feed');
  const listed = parseClipList(text, target);
  const bad = (why: string): ClipList => failed('manifest', 'target', 'bad_manifest', why);
  return typeof listed === 'string' ? bad(listed) : checked(listed, bad);
}

/**
 * The URLs of a list, each once; or what is wrong with it. JSON: an array, or an object with the array under `clips`, of URLs or of
 * objects with `url`. Else text: a URL a line; empty lines and those that begin with # are left out.
 */
export function parseClipList(text: string, base: URL): readonly URL[] | string {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (/^[[{]/.test(trimmed)) return readJson(trimmed, base);
  if (trimmed.startsWith('#EXTM3U')) return 'It is a playlist of one clip, not a list of clips.';
  if (trimmed.startsWith('<')) return 'It is a page, not a list of clips.';
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  return readEntries(
    lines.filter((line) => line !== '' && !line.startsWith('#')),
    base,
  );
}

function readJson(text: string, base: URL): readonly URL[] | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `It is not JSON: ${(error as Error).message}.`;
  }
  const list = Array.isArray(json) ? json : (json as { readonly clips?: unknown }).clips;
  return Array.isArray(list) ? readEntries(list, base) : 'It has no array, nor one under `clips`.';
}

function readEntries(entries: readonly unknown[], base: URL): readonly URL[] | string {
  const urls = new Map<string, URL>();
  for (const [at, entry] of entries.entries()) {
    if (urls.size >= FEED_LIMITS.clips.value) break;
    const text = typeof entry === 'string' ? entry : (entry as { readonly url?: unknown } | null)?.url;
    const url = typeof text === 'string' ? URL.parse(text, base) : null;
    if (!url || !/^https?:$/.test(url.protocol)) {
      const shown = JSON.stringify(text ?? entry) ?? String(entry);
      return `Entry ${at + 1}, ${shown.slice(0, 100)}, is no http or https URL.`;
    }
    // Servers never see it, and the page names its requests without.
    url.hash = '';
    if (!urls.has(url.href)) urls.set(url.href, url);
  }
  return [...urls.values()];
}

function checked(clips: readonly URL[], refuse: (why: string) => ClipList): ClipList {
  const dash = clips.find(({ href }) => isDashManifest({ url: href }));
  if (dash) return refused(`${dash.pathname} is DASH, and the feed plays MP4 and HLS.`);
  return clips.length >= 2
    ? { ok: true, clips }
    : refuse(`A feed has two clips at least, to swipe from one to the other; here are ${clips.length}.`);
}

async function fetchList(
  { network, clock, signal, userAgent }: RunContext,
  target: URL,
  timeline: Timeline,
  cmcd: Cmcd | undefined,
): Promise<string | Failure> {
  const session = new HttpSession({ network, clock, signal, userAgent, timeline, ...(cmcd && { cmcd }) });
  const plan = { name: 'list', layer: 'manifest', maxBodyBytes: FEED_LIMITS.listBytes.value } as const;
  try {
    const watch = { onConnected: () => {}, onResponse: () => {}, objectOf: () => ({ ot: 'o' }) as const };
    const fetched = await new MediaFetcher(session, watch).open(target, plan);
    if (!fetched.ok) return fetched.failure;
    const body = await fetched.response.body.collect();
    return bodyFailure(body, plan) ?? body.bytes.toString('utf8');
  } finally {
    session.close();
  }
}

function refused(message: string): ClipList {
  return failed('agent', 'agent', 'bad_params', message);
}

function failed(
  layer: Failure['layer'],
  blame: Failure['blame'],
  code: Failure['code'],
  what: string,
): ClipList {
  const message = layer === 'manifest' ? `The list of clips cannot be read: ${what}` : what;
  return { ok: false, failure: { layer, blame, code, message } };
}
