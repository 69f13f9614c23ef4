import { describe, expect, it } from 'vitest';
import { carryQueryInManifest } from '../../sandbox/manifest.ts';

const MANIFEST = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">
  <BaseURL>media/</BaseURL>
  <SegmentTemplate duration="1" initialization="$RepresentationID$-init.mp4" media="$RepresentationID$-$Number%05d$.m4s" />
  <SegmentList><Initialization sourceURL="init.mp4?x=1" /><SegmentURL media="1.m4s" mediaRange="0-9" /></SegmentList>
  <BaseURL>
    video.mp4
  </BaseURL><SegmentBase indexRange="1-2"><Initialization range="0-0" /></SegmentBase>
</MPD>`;

describe('carryQueryInManifest', () => {
  it('appends the query to every file, in templates, lists and base addresses, and to no folder', () => {
    expect(
      carryQueryInManifest(MANIFEST, '?delay_ms=5&norange=1'),
    ).toBe(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">
  <BaseURL>media/</BaseURL>
  <SegmentTemplate duration="1" initialization="$RepresentationID$-init.mp4?delay_ms=5&amp;norange=1" media="$RepresentationID$-$Number%05d$.m4s?delay_ms=5&amp;norange=1" />
  <SegmentList><Initialization sourceURL="init.mp4?x=1&amp;delay_ms=5&amp;norange=1" /><SegmentURL media="1.m4s?delay_ms=5&amp;norange=1" mediaRange="0-9" /></SegmentList>
  <BaseURL>video.mp4?delay_ms=5&amp;norange=1</BaseURL><SegmentBase indexRange="1-2"><Initialization range="0-0" /></SegmentBase>
</MPD>`);
  });

  it('leaves a manifest as it is when there is nothing to carry', () => {
    expect(carryQueryInManifest(MANIFEST, '')).toBe(MANIFEST);
  });
});
