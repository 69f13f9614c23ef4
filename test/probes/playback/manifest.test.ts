import { describe, expect, it } from 'vitest';
import { PLAYBACK_LIMITS } from '../../../probes/playback/limits.ts';
import { parseManifest } from '../../../probes/playback/manifest.ts';

const BASE = new URL('https://cdn.test/v/a.mpd');
const NOW_MS = Date.UTC(2026, 0, 1, 0, 10, 0);

function parse(text: string, variant: 'first' | 'lowest' | 'highest' = 'first') {
  return parseManifest(text, BASE, { variant, nowMs: NOW_MS });
}

/** A manifest of one video rendition whose segments are told by `inner`. */
function mpd(inner: string, attributes = 'type="static" mediaPresentationDuration="PT20S"'): string {
  return `<MPD ${attributes}><Period><AdaptationSet contentType="video" mimeType="video/mp4">
    <Representation id="v1" bandwidth="500000" codecs="avc1.4d401f" width="360" height="640">${inner}</Representation>
  </AdaptationSet></Period></MPD>`;
}

const hrefs = (segments: readonly { readonly url: URL }[]) => segments.map(({ url }) => url.href);

describe('parseManifest', () => {
  it('fills templates with number, time, bandwidth and id', async () => {
    const template =
      '<SegmentTemplate timescale="10" duration="40" startNumber="7" initialization="$RepresentationID$/$Bandwidth$.mp4" media="$RepresentationID$-$Number%05d$-$Time$-$$.m4s"/>';
    const { video } = await parse(mpd(template));
    expect(video.init?.url.href).toBe('https://cdn.test/v/v1/500000.mp4');
    expect(hrefs(video.segments).slice(0, 2)).toEqual([
      'https://cdn.test/v/v1-00007-0-$.m4s',
      'https://cdn.test/v/v1-00008-40-$.m4s',
    ]);
    expect(video.segments).toHaveLength(5);
    expect(video.segments[0]?.durationS).toBe(4);
    expect(video).toMatchObject({ resolution: '360x640', bandwidthBps: 500_000, encrypted: false });
  });

  it('pads no number beyond reason', async () => {
    const { video } = await parse(mpd('<SegmentTemplate duration="4" media="$Number%099999999d$.m4s"/>'));
    expect(video.segments[0]?.url.href.length).toBeLessThan(60);
  });

  it('reads timelines: gaps, repeats, and a run to the end of the period', async () => {
    const timeline = (s: string) =>
      `<SegmentTemplate timescale="1" media="$Time$.m4s"><SegmentTimeline>${s}</SegmentTimeline></SegmentTemplate>`;
    const times = async (s: string) =>
      (await parse(mpd(timeline(s)))).video.segments.map(({ url }) => url.pathname.slice(3));
    expect(await times('<S t="0" d="2" r="1"/><S t="10" d="4"/>')).toEqual(['0.m4s', '2.m4s', '10.m4s']);
    expect(await times('<S d="6" r="-1"/>')).toEqual(['0.m4s', '6.m4s', '12.m4s', '18.m4s']);
    expect(await times('<S d="6" r="-1"/><S t="12" d="8"/>')).toEqual(['0.m4s', '6.m4s', '12.m4s']);
  });

  it('starts at the presentation time offset', async () => {
    const template =
      '<SegmentTemplate timescale="1" presentationTimeOffset="100" media="$Time$.m4s"><SegmentTimeline><S t="92" d="4" r="9"/></SegmentTimeline></SegmentTemplate>';
    const { video } = await parse(mpd(template));
    expect(video.segments[0]?.url.pathname).toBe('/v/100.m4s');
  });

  it('costs nothing more when a line claims a billion segments', async () => {
    const started = performance.now();
    for (const inner of [
      '<SegmentTemplate media="$Time$"><SegmentTimeline><S t="0" d="1" r="999999999"/></SegmentTimeline></SegmentTemplate>',
      '<SegmentTemplate timescale="90000" duration="1" media="$Number$"/>',
    ]) {
      const { video } = await parse(mpd(inner, 'type="static" mediaPresentationDuration="P9999Y"'));
      expect(video.segments).toHaveLength(PLAYBACK_LIMITS.segmentsAhead.value);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('looks at no more renditions than its limit, and at one base URL of each element', async () => {
    const many = Array.from({ length: PLAYBACK_LIMITS.renditions.value + 10 }, (_, i) => {
      const codecs = i === PLAYBACK_LIMITS.renditions.value + 5 ? 'vp09' : 'avc1';
      return `<BaseURL>http://${i}.test/</BaseURL><Representation id="${i}" bandwidth="1" codecs="${codecs}"><BaseURL>x.mp4</BaseURL><BaseURL>y.mp4</BaseURL></Representation>`;
    });
    const text = `<MPD><Period><AdaptationSet contentType="video">${many.join('')}</AdaptationSet></Period></MPD>`;
    const { video, videoCodecs } = await parse(text);
    expect(hrefs(video.segments)).toEqual(['http://0.test/x.mp4']);
    expect(videoCodecs).toEqual(['avc1']);
  });

  it('reads lists, with ranges', async () => {
    const list =
      '<BaseURL>f.mp4</BaseURL><SegmentList timescale="10" duration="25"><Initialization range="0-99"/><SegmentURL mediaRange="100-299"/><SegmentURL media="g.mp4" mediaRange="0-9"/></SegmentList>';
    const { video } = await parse(mpd(list));
    expect(video.init).toMatchObject({ range: { offset: 0, length: 100 } });
    expect(video.segments).toMatchObject([
      { range: { offset: 100, length: 200 }, durationS: 2.5 },
      { range: { offset: 0, length: 10 } },
    ]);
    expect(hrefs(video.segments)).toEqual(['https://cdn.test/v/f.mp4', 'https://cdn.test/v/g.mp4']);
  });

  it('joins a live presentation before its end, by number and by time', async () => {
    const live = 'type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z"';
    const numbered = '<SegmentTemplate timescale="1" duration="4" startNumber="1" media="$Number$"/>';
    const byNumber = await parse(mpd(numbered, live));
    // 600 s are 150 segments of 4 s; four of them before the end.
    expect(byNumber.video.segments[0]?.url.pathname).toBe('/v/147');
    const delayed = await parse(mpd(numbered, `${live} suggestedPresentationDelay="PT40S"`));
    expect(delayed.video.segments[0]?.url.pathname).toBe('/v/141');
    const timed =
      '<SegmentTemplate timescale="1" media="$Time$"><SegmentTimeline><S t="1000" d="4" r="99"/></SegmentTimeline></SegmentTemplate>';
    expect((await parse(mpd(timed, live))).video.segments[0]?.url.pathname).toBe('/v/1384');
  });

  it('opens with the best rendition up to 1 Mbit/s of what browsers play, and else with the least', async () => {
    const rung = (id: string, bandwidth: number, codecs: string) =>
      `<Representation id="${id}" bandwidth="${bandwidth}" codecs="${codecs}"><BaseURL>${id}.mp4</BaseURL></Representation>`;
    const ladder = (...rungs: string[]) =>
      `<MPD><Period><AdaptationSet contentType="video">${rungs.join('')}</AdaptationSet></Period></MPD>`;
    const opened = async (...rungs: string[]) =>
      (await parse(ladder(...rungs))).video.segments[0]?.url.pathname;
    const [low, middle, high] = [rung('l', 3e5, 'avc1'), rung('m', 9e5, 'avc1'), rung('h', 5e6, 'avc1')];
    expect(await opened(high, low, middle)).toBe('/v/m.mp4');
    expect(await opened(high)).toBe('/v/h.mp4');
    expect(await opened(rung('x', 8e5, 'hvc1.1.6.L93'), low)).toBe('/v/l.mp4');
    expect(await opened(rung('x', 8e5, 'hvc1.1.6.L93'))).toBe('/v/x.mp4');
  });

  it('takes sound of its own in the first language, and none where the picture has it', async () => {
    const sound = (lang: string) =>
      `<AdaptationSet mimeType="audio/mp4" lang="${lang}"><Representation id="${lang}" bandwidth="64000"><BaseURL>${lang}.mp4</BaseURL></Representation></AdaptationSet>`;
    const picture = (codecs: string) =>
      `<AdaptationSet mimeType="video/mp4"><Representation id="v" codecs="${codecs}"><BaseURL>v.mp4</BaseURL></Representation></AdaptationSet>`;
    const apart = await parse(`<MPD><Period>${picture('avc1')}${sound('de')}${sound('en')}</Period></MPD>`);
    expect(hrefs(apart.audio?.segments ?? [])).toEqual(['https://cdn.test/v/de.mp4']);
    const together = await parse(`<MPD><Period>${picture('avc1,mp4a.40.2')}${sound('de')}</Period></MPD>`);
    expect(together.audio).toBeUndefined();
  });

  it('knows what is encrypted', async () => {
    const text = mpd('<BaseURL>v.mp4</BaseURL>').replace(
      '<Representation',
      '<ContentProtection schemeIdUri="urn:uuid:EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED"/><Representation',
    );
    expect((await parse(text)).video.encrypted).toBe(true);
  });

  it('plays the first period of a file, the last of a live one', async () => {
    const periods = ['a', 'b'].map(
      (id) =>
        `<Period duration="PT8S"><AdaptationSet contentType="video"><Representation id="${id}"><SegmentTemplate duration="4" media="${id}$Number$"/></Representation></AdaptationSet></Period>`,
    );
    const recorded = await parse(`<MPD type="static">${periods.join('')}</MPD>`);
    expect(hrefs(recorded.video.segments)).toEqual(['https://cdn.test/v/a1', 'https://cdn.test/v/a2']);
    const live = `<MPD type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z">${periods.join('').replace('<Period', '<Period start="PT0S"')}</MPD>`;
    expect((await parse(live)).video.segments[0]?.url.pathname).toMatch(/^\/v\/b/);
  });

  it.each([
    ['is another document', '<rss version="2.0"><channel/></rss>'],
    ['has no period', '<MPD/>'],
    [
      'has no picture',
      '<MPD><Period><AdaptationSet contentType="audio"><Representation/></AdaptationSet></Period></MPD>',
    ],
    ['has a template without media', mpd('<SegmentTemplate duration="4"/>')],
    ['has an empty list', mpd('<SegmentList duration="4"/>')],
    ['has an empty timeline', mpd('<SegmentTemplate media="$Time$"><SegmentTimeline/></SegmentTemplate>')],
    [
      'has segments without length',
      mpd(
        '<SegmentTemplate media="$Time$"><SegmentTimeline><S d="0" r="9"/></SegmentTimeline></SegmentTemplate>',
      ),
    ],
    ['leads to a file of the machine', mpd('<BaseURL>file:///etc/passwd</BaseURL>')],
    ['leads nowhere', mpd('<BaseURL>http://[</BaseURL>')],
    ['has a range that is none', mpd('<BaseURL>v.mp4</BaseURL><SegmentBase indexRange="9-3"/>')],
    [
      'has begun in the future',
      mpd(
        '<SegmentTemplate duration="4" media="$Number$"/>',
        'type="dynamic" availabilityStartTime="2999-01-01T00:00:00Z"',
      ),
    ],
  ])('refuses one that %s', async (_what, text) => {
    await expect(parse(text)).rejects.toMatchObject({ code: 'bad_manifest' });
  });

  it('is not led astray by names that objects have anyway', async () => {
    const text = mpd('<BaseURL>v.mp4</BaseURL>').replace(
      '<MPD ',
      '<MPD __proto__="x" constructor="y" toString="z" ',
    );
    expect((await parse(text)).video.segments).toHaveLength(1);
  });
});
