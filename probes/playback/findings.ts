/**
 * What is odd about how a target is packaged and served, each with what it costs a start in milliseconds, by the same model
 * that predicts the start, at the throughput and the delays of this very run.
 */
import type { Finding } from '../probe.ts';
import type { FileFacts, Head, PackagingFacts } from './packaging-facts.ts';
import type { Throughput } from './throughput.ts';

/** Cheaper than this is noise: two ticks of a busy machine. */
const LEAST_COST_MS = 5;
/** Key frames are large; one of a second of the video holds its start up. */
const LARGE_START_S = 1;
const GOOD_START_S = 0.5;
/** A player that appends whole segments waits for all of the first one; the authoring guides' advice for a start. */
const GOOD_SEGMENT_S = 2;
/** What every browser decodes: H.264; VP8, VP9 and AV1 nearly all. */
const UNIVERSAL = /^(avc1|avc3)/;

export interface FindingContext {
  readonly facts: PackagingFacts;
  readonly throughput: Throughput;
  /** `mp4`, `hls`, `dash`. */
  readonly format: string;
  /** Sample entry type of the picture, e.g. `avc1`. */
  readonly codec: string;
  /** The page that players are on, where the run said so. */
  readonly origin: string | undefined;
  readonly stallMs: number | undefined;
  readonly encrypted: boolean;
}

type Rule = (context: FindingContext) => readonly Finding[];

/** Worst first: what keeps some viewers from any start, then by what a start costs, then what costs later, then notes. */
export function findingsOf(context: FindingContext): readonly Finding[] {
  const order = ['never', 'start', 'later', 'note'];
  return RULES.flatMap((rule) => rule(context)).toSorted(
    (a, b) => order.indexOf(a.when) - order.indexOf(b.when) || b.costMs - a.costMs,
  );
}

/** What better packaging would save this start. */
export function packagingCostMs(findings: readonly Finding[]): number {
  return findings.reduce((sum, { when, costMs }) => (when === 'start' ? sum + costMs : sum), 0);
}

const layout: Rule = ({ facts: { file } }) => {
  if (!file || (file.faststart && file.extraRequests === 0)) return [];
  const costMs = file.readyMs - file.bestMs;
  if (costMs < LEAST_COST_MS) return [];
  const [id, text] = layoutOf(file);
  return [{ id, text, costMs, when: 'start' }];
};

/** Why a start had to look elsewhere in the file than at its begin. */
function layoutOf(file: FileFacts): readonly [id: string, text: string] {
  if (!file.faststart) {
    const text = 'The movie header (moov) comes after the media; write it first (-movflags +faststart).';
    return ['moov_at_end', text];
  }
  if (file.fragmented && !file.indexed) {
    const text = `No index (sidx) covers the fragments, so the player looked into ${file.fragmentCount} of them before it played; write one for the whole file (-movflags +global_sidx), or play it through a manifest.`;
    return ['no_sidx', text];
  }
  if (file.fragmented) {
    const text =
      'The index (sidx) stops before the end of the file, so the player looks there first; drop the old index (mfra) or what else follows.';
    return ['sidx_not_to_end', text];
  }
  const text =
    'What the start needs lies apart: a box behind the media, or sound far from its picture; interleave them, and put nothing behind.';
  return ['spread_out', text];
}

/** What the player reads before the first frame beyond what that needs. */
const probing: Rule = ({ facts: { file }, throughput }) => {
  if (!file || (!file.fragmented && !file.cover)) return [];
  const costMs = throughput.timeFor(file.startBytes - file.frameBytes);
  if (costMs < LEAST_COST_MS) return [];
  if (file.cover) {
    const text =
      'The movie header carries a picture of the cover (covr), for whose frame rate the player reads 5 MB, or the whole file, before it shows a frame; remove it.';
    return [{ id: 'cover_picture', text, costMs, when: 'start' }];
  }
  const text =
    'The file is in fragments, whose header tells no frame rate: the player reads twenty-one frames, and the sound behind them, before it shows one; a plain MP4 starts sooner.';
  return [{ id: 'fragmented_file', text, costMs, when: 'start' }];
};

const encryption: Rule = ({ encrypted, format }) => {
  if (!encrypted) return [];
  const text =
    'The media is encrypted: a player needs a licence first, which no prediction here has; a plain video element plays nothing of it.';
  return [{ id: 'encrypted', text, costMs: 0, when: format === 'mp4' ? 'never' : 'note' }];
};

const ranges: Rule = ({ facts: { heads } }) => {
  const head = heads.get('media');
  if (!head) return [];
  const offers = /\bbytes\b/.test(head.headers['accept-ranges'] ?? '');
  if (head.status === 206) {
    const total = /\/(\d+|\*)$/.exec(head.headers['content-range'] ?? '')?.[1];
    return total === '*' || total === undefined
      ? [
          note(
            'no_length',
            'Ranges are answered without the length of the file, so that players cannot seek.',
          ),
        ]
      : [];
  }
  if (offers) {
    return [
      note(
        'missing_206',
        'A request for a range is answered by 200 and the whole file, though ranges are offered.',
      ),
    ];
  }
  return [
    note(
      'no_ranges',
      'The server ignores ranges: players cannot seek, and read whatever comes before what they need.',
    ),
  ];
};

const segmentRanges: Rule = ({ facts: { heads } }) => {
  const ignored = [...heads].filter(([, { rangeIgnored }]) => rangeIgnored);
  if (ignored.length === 0) return [];
  const names = ignored.map(([name]) => name).join(', ');
  const text = `The manifest names a range of a file for ${names}, and the server answers with the whole of it: players append the wrong bytes.`;
  return [{ id: 'missing_206', text, costMs: 0, when: 'never' }];
};

const redirects: Rule = ({ facts }) => {
  const { count, tookMs: costMs } = facts.redirects;
  if (count === 0) return [];
  const times = count === 1 ? 'once' : `${count} times`;
  const text = `The way to the media is redirected ${times}; name the last address.`;
  return [{ id: 'redirect', text, costMs, when: 'start' }];
};

const hosts: Rule = ({ facts }) => {
  const { count, tookMs: costMs } = facts.others;
  if (count === 0) return [];
  const where = count === 1 ? 'another origin' : `${count} other origins`;
  const text = `The way to the media leads to ${where} (scheme, host and port) than its manifest or first address: a connection more for each; serve all from one, or preconnect.`;
  return [{ id: 'other_host', text, costMs, when: 'start' }];
};

const firstGop: Rule = ({ facts: { file }, throughput }) => {
  if (!file?.bytesPerS || file.frameBytes <= LARGE_START_S * file.bytesPerS) return [];
  const costMs = throughput.timeFor(file.frameBytes - GOOD_START_S * file.bytesPerS);
  const seconds = (file.frameBytes / file.bytesPerS).toFixed(1);
  const text = `The first frames are as large as ${seconds} s of this video; cap the size of its key frames (VBV).`;
  return costMs < LEAST_COST_MS ? [] : [{ id: 'large_first_gop', text, costMs, when: 'start' }];
};

const firstSegment: Rule = ({ facts: { segment }, throughput }) => {
  if (!segment?.appendedWhole || segment.durationS <= GOOD_SEGMENT_S + 0.5) return [];
  const costMs = throughput.timeFor(segment.byteCount * (1 - GOOD_SEGMENT_S / segment.durationS));
  const text = `The first segment lasts ${segment.durationS.toFixed(1)} s, and players that append whole segments wait for all of it; begin with two seconds.`;
  return costMs < LEAST_COST_MS ? [] : [{ id: 'long_first_segment', text, costMs, when: 'start' }];
};

const stalls: Rule = ({ stallMs = 0, format }) => {
  if (stallMs < LEAST_COST_MS) return [];
  const what = format === 'mp4' ? 'The file needs' : 'The rendition that is played needs';
  const text = `${what} more than came in this run, so that it will stall; offer or open with a smaller one.`;
  return [{ id: 'too_large_to_play', text, costMs: stallMs, when: 'later' }];
};

/** What a viewer's own cache does at the next start (RFC 9111 §4, §5.2.2): `private` keeps it from caches of others alone. */
const cacheable: Rule = ({ facts: { file, heads, segment }, throughput }) => {
  const head = heads.get('media') ?? heads.get('segment');
  const control = head?.headers['cache-control'] ?? '';
  if (!head || !/\bno-(store|cache)\b|\bmax-age=0\b/i.test(control)) return [];
  const served = `Media is served with Cache-Control: ${control.slice(0, 60)}`;
  const { etag, 'last-modified': modified } = head.headers;
  if (!/\bno-store\b/i.test(control) && (etag ?? modified) !== undefined) {
    const text = `${served}; what was fetched ahead, or seen before, is asked about again before it is used.`;
    return [{ id: 'revalidated', text, costMs: head.waitMs, when: 'later' }];
  }
  const byteCount = file ? file.moovBytes + file.startBytes : (segment?.byteCount ?? 0);
  const text = `${served}; what was fetched ahead, or seen before, is fetched again.`;
  return [{ id: 'not_cacheable', text, costMs: head.waitMs + throughput.timeFor(byteCount), when: 'later' }];
};

const crossOrigin: Rule = ({ facts: { heads }, format, origin }) => {
  if (format === 'mp4') return [];
  const page = origin === undefined ? undefined : URL.parse(origin)?.origin;
  const closed = [...heads].filter(([, { headers, origin: from }]) => {
    // A page reads what is of its own origin without leave (Fetch, main fetch).
    if (from === page) return false;
    const allowed = headers['access-control-allow-origin'];
    return allowed === undefined || (origin !== undefined && allowed !== '*' && allowed !== origin);
  });
  if (closed.length === 0) return [];
  const names = closed.map(([name]) => name).join(', ');
  if (origin !== undefined) {
    const text = `Players on ${origin} may not read ${names}: no Access-Control-Allow-Origin for them.`;
    return [{ id: 'no_cors', text, costMs: 0, when: 'never' }];
  }
  return [
    note(
      'no_cors',
      `No Access-Control-Allow-Origin came with ${names}: players on other hosts may not read them. Set the parameter origin to be sure.`,
    ),
  ];
};

const timingAllowed: Rule = ({ facts: { heads } }) => {
  const blind = [...heads.values()].every(({ headers }) => headers['timing-allow-origin'] === undefined);
  return blind && heads.size > 0
    ? [
        note(
          'no_tao',
          'No Timing-Allow-Origin: what players on other hosts measure of it lacks connection and first byte.',
        ),
      ]
    : [];
};

const codecs: Rule = ({ codec, facts, format }) => {
  const found: Finding[] = [];
  const ladder = facts.codecs?.ladder ?? [];
  const known = ladder.length > 0 ? ladder : [codec];
  const names = known.flatMap((entry) => entry.split(',')).map((entry) => entry.trim());
  if (codec !== '' && codec !== 'unknown' && !names.some((name) => UNIVERSAL.test(name))) {
    const text = `No rendition is H.264 (they are ${[...new Set(names)].slice(0, 4).join(', ')}): some viewers can play none; add one.`;
    found.push({ id: 'codec_not_universal', text, costMs: 0, when: 'never' });
  }
  if (format === 'mp4' || !facts.codecs) return found;
  const { declared } = facts.codecs;
  if (declared === undefined) {
    found.push(
      note(
        'codec_undeclared',
        'The manifest does not name the codecs of the rendition: players find out by trying.',
      ),
    );
  } else if (isOther(declared, codec)) {
    const text = `The manifest says ${declared}, the media is ${codec}: players prepare for the wrong one.`;
    found.push({ id: 'codec_mismatch', text, costMs: 0, when: 'never' });
  }
  return found;
};

/** Entry types that stand for the same codec are no contradiction. */
function isOther(declared: string, codec: string): boolean {
  const family = (name: string): string => name.replace(/^avc3/, 'avc1').replace(/^hev1/, 'hvc1');
  if (!/^(avc|hvc|hev|av01|vp0)/.test(codec)) return false;
  const names = declared.split(',').map((name) => family(name.trim().slice(0, 4)));
  return !names.includes(family(codec));
}

const contentType: Rule = ({ facts: { heads }, format }) => {
  const wanted = { mp4: /^video\//i, hls: /mpegurl/i, dash: /dash\+xml/i }[format];
  const head: Head | undefined = heads.get(format === 'mp4' ? 'media' : 'manifest');
  const type = head?.headers['content-type'] ?? '';
  if (!wanted || !head || wanted.test(type)) return [];
  return [
    note(
      'wrong_type',
      `It is served as ${type === '' ? 'nothing' : type.slice(0, 60)}: some players refuse it.`,
    ),
  ];
};

const RULES: readonly Rule[] = [
  ...[layout, probing, encryption, ranges, segmentRanges, redirects, hosts, firstGop, firstSegment, stalls],
  ...[cacheable, crossOrigin, timingAllowed, codecs, contentType],
];

function note(id: string, text: string): Finding {
  return { id, text, costMs: 0, when: 'note' };
}
