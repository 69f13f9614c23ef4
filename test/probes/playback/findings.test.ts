import { describe, expect, it } from 'vitest';
import { findingsOf, packagingCostMs } from '../../../probes/playback/findings.ts';
import { type FileFacts, PackagingFacts } from '../../../probes/playback/packaging-facts.ts';
import { Throughput } from '../../../probes/playback/throughput.ts';
import type { Finding } from '../../../probes/probe.ts';

/** 1000 bytes a millisecond. */
const throughput = new Throughput();
throughput.add(1_000_000, 0, 1000);

const FILE: FileFacts = {
  faststart: true,
  fragmented: false,
  indexed: false,
  fragmentCount: 0,
  moovBytes: 10_000,
  cover: false,
  startBytes: 50_000,
  frameBytes: 40_000,
  readyMs: 500,
  bestMs: 200,
  bytesPerS: 200_000,
  extraRequests: 0,
};

interface Case {
  readonly file?: Partial<FileFacts>;
  readonly heads?: Record<
    string,
    { readonly status?: number; readonly rangeIgnored?: boolean; readonly headers?: Record<string, string> }
  >;
  readonly segment?: {
    readonly durationS: number;
    readonly byteCount: number;
    readonly appendedWhole: boolean;
  };
  readonly codecs?: { readonly declared: string | undefined; readonly ladder: readonly string[] };
  readonly format?: string;
  readonly codec?: string;
  readonly origin?: string;
  readonly stallMs?: number;
  readonly encrypted?: boolean;
}

const OPEN = { 'access-control-allow-origin': '*', 'timing-allow-origin': '*' };

function findings({
  file,
  heads = {},
  segment,
  codecs,
  format = 'mp4',
  codec = 'avc1',
  origin,
  stallMs,
  encrypted = false,
}: Case) {
  const facts = new PackagingFacts();
  if (file) facts.file = { ...FILE, ...file };
  facts.segment = segment;
  facts.codecs = codecs;
  for (const [name, { status = 206, rangeIgnored = false, headers = {} }] of Object.entries(heads)) {
    const origin = 'https://media.example.com';
    facts.heads.set(name, { origin, status, rangeIgnored, headers: { ...OPEN, ...headers }, waitMs: 80 });
  }
  return findingsOf({ facts, throughput, format, codec, origin, stallMs, encrypted });
}

const ids = (found: readonly Finding[]) => found.map(({ id }) => id);
const one = (found: readonly Finding[], id: string) => found.find((finding) => finding.id === id);
const MEDIA = { 'content-type': 'video/mp4', 'content-range': 'bytes 0-9/10', ...OPEN };

describe('findings', () => {
  it('are none of a plain file on a good server', () => {
    expect(findings({ file: {}, heads: { media: { headers: MEDIA } } })).toEqual([]);
  });

  it.each([
    ['moov_at_end', { faststart: false, extraRequests: 2 }],
    ['no_sidx', { fragmented: true, extraRequests: 9, fragmentCount: 8 }],
    ['sidx_not_to_end', { fragmented: true, indexed: true, extraRequests: 2 }],
    ['spread_out', { extraRequests: 1 }],
  ])('price %s by what a start from one place would have taken', (id, file) => {
    const found = findings({ file });
    expect(one(found, id)).toMatchObject({ costMs: 300, when: 'start' });
    expect(ids(found).filter((other) => other !== 'fragmented_file')).toEqual([id]);
  });

  it('price fragments by what is read beyond the first frames', () => {
    const found = findings({ file: { fragmented: true, indexed: true, startBytes: 340_000, readyMs: 210 } });
    expect(one(found, 'fragmented_file')).toMatchObject({ costMs: 300, when: 'start' });
  });

  it('price a picture of the cover by all that is read for it', () => {
    const found = findings({ file: { cover: true, startBytes: 5_000_000, readyMs: 210 } });
    expect(found).toMatchObject([{ id: 'cover_picture', costMs: 4960, when: 'start' }]);
  });

  it('tell that media is encrypted, which a plain video element cannot play at all', () => {
    expect(findings({ encrypted: true })).toMatchObject([{ id: 'encrypted', when: 'never' }]);
    expect(findings({ encrypted: true, format: 'dash' })).toMatchObject([{ id: 'encrypted', when: 'note' }]);
  });

  it('price first frames that are as large as a second of the video', () => {
    const found = findings({ file: { frameBytes: 300_000 } });
    expect(one(found, 'large_first_gop')).toMatchObject({ costMs: 200, when: 'start' });
    expect(findings({ file: { frameBytes: 190_000 } })).toEqual([]);
    expect(findings({ file: { frameBytes: 900_000, bytesPerS: undefined } })).toEqual([]);
  });

  it('price a long first segment that players wait for whole', () => {
    const segment = { durationS: 8, byteCount: 800_000, appendedWhole: true };
    expect(one(findings({ segment, format: 'hls' }), 'long_first_segment')).toMatchObject({ costMs: 600 });
    expect(findings({ segment: { ...segment, appendedWhole: false }, format: 'hls' })).toEqual([]);
    expect(findings({ segment: { ...segment, durationS: 2 }, format: 'hls' })).toEqual([]);
  });

  it.each(['no-store', 'private, no-store', 'public, max-age=0', 'no-cache'])(
    'price what is not cached by what a next start fetches again: %s',
    (control) => {
      const headers = { ...MEDIA, 'cache-control': control };
      const found = findings({ file: {}, heads: { media: { headers } } });
      expect(found).toMatchObject([{ id: 'not_cacheable', costMs: 80 + 60, when: 'later' }]);
      expect(packagingCostMs(found)).toBe(0);
    },
  );

  it.each([
    ['no-cache', { etag: '"a"' }],
    ['public, max-age=0, must-revalidate', { 'last-modified': 'Sat, 21 Nov 2026 12:00:00 GMT' }],
  ])('price what is asked about again by the question alone: %s with %j', (control, validator) => {
    const headers = { ...MEDIA, 'cache-control': control, ...validator };
    const found = findings({ file: {}, heads: { media: { headers } } });
    expect(found).toMatchObject([{ id: 'revalidated', costMs: 80, when: 'later' }]);
  });

  it('price what may not be stored in full, whatever validator it has', () => {
    const headers = { ...MEDIA, 'cache-control': 'no-store, no-cache', etag: '"a"' };
    expect(ids(findings({ file: {}, heads: { media: { headers } } }))).toEqual(['not_cacheable']);
  });

  it.each(['public, max-age=31536000', 'private, max-age=60', 's-maxage=0, max-age=60', ''])(
    'are none of what the cache of a viewer keeps: %j',
    (control) => {
      const headers = { ...MEDIA, 'cache-control': control };
      expect(findings({ heads: { media: { headers } } })).toEqual([]);
    },
  );

  it.each([
    ['no_ranges', { status: 200, headers: { 'content-type': 'video/mp4' } }],
    ['missing_206', { status: 200, headers: { 'content-type': 'video/mp4', 'accept-ranges': 'bytes' } }],
    ['no_length', { headers: { ...MEDIA, 'content-range': 'bytes 0-9/*' } }],
    ['wrong_type', { headers: { ...MEDIA, 'content-type': 'text/plain' } }],
  ])('note %s', (id, media) => {
    expect(findings({ heads: { media } })).toMatchObject([{ id, costMs: 0, when: 'note' }]);
  });

  it('say that a part of a file given whole breaks the start', () => {
    const found = findings({ format: 'hls', heads: { segment: { status: 200, rangeIgnored: true } } });
    expect(found).toMatchObject([{ id: 'missing_206', when: 'never' }]);
  });

  it('tell what players on other hosts may not read, surely only where it is known who asked', () => {
    const facts = new PackagingFacts();
    const head = {
      origin: 'https://media.example.com',
      status: 200,
      rangeIgnored: false,
      waitMs: 1,
      headers: { 'timing-allow-origin': '*' },
    };
    facts.heads.set('segment', head);
    const context = {
      facts,
      throughput,
      format: 'hls',
      codec: 'avc1',
      origin: undefined,
      stallMs: 0,
      encrypted: false,
    };
    expect(findingsOf(context)).toMatchObject([{ id: 'no_cors', when: 'note' }]);
    const origin = 'https://www.example.com';
    expect(findingsOf({ ...context, origin })).toMatchObject([{ id: 'no_cors', when: 'never' }]);
    facts.heads.set('segment', {
      ...head,
      headers: { ...head.headers, 'access-control-allow-origin': origin },
    });
    expect(findingsOf({ ...context, origin })).toEqual([]);
    expect(findingsOf({ ...context, format: 'mp4' })).toEqual([]);
  });

  it('hold the codec against the ladder and against what the manifest says', () => {
    const hls = { format: 'hls' };
    const ladder = ['hvc1.1.6.L93,mp4a.40.2', 'av01.0.04M.08'];
    expect(ids(findings({ ...hls, codec: 'hvc1', codecs: { declared: ladder[0], ladder } }))).toEqual([
      'codec_not_universal',
    ]);
    expect(ids(findings({ codec: 'hvc1' }))).toEqual(['codec_not_universal']);
    const codecs = { declared: 'avc1.4d401f,mp4a.40.2', ladder: ['avc1.4d401f,mp4a.40.2'] };
    expect(findings({ ...hls, codecs })).toEqual([]);
    expect(findings({ ...hls, codec: 'avc3', codecs })).toEqual([]);
    expect(findings({ ...hls, codec: 'unknown', codecs })).toEqual([]);
    expect(ids(findings({ ...hls, codec: 'hvc1', codecs }))).toEqual(['codec_mismatch']);
    expect(ids(findings({ ...hls, codecs: { declared: undefined, ladder: [] } }))).toEqual([
      'codec_undeclared',
    ]);
  });

  it('come worst first: no start at all, then by their cost, then later ones, then notes', () => {
    const found = findings({
      file: { faststart: false, extraRequests: 2, frameBytes: 300_000 },
      codec: 'hvc1',
      stallMs: 5000,
      heads: { media: { headers: { 'content-type': 'video/mp4', 'content-range': 'bytes 0-9/*' } } },
    });
    expect(ids(found)).toEqual([
      'codec_not_universal',
      'moov_at_end',
      'large_first_gop',
      'too_large_to_play',
      'no_length',
    ]);
    expect(packagingCostMs(found)).toBe(500);
  });
});
