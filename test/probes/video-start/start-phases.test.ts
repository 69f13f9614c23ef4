import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../probes/video-start/evidence.ts';
import { VIDEO_START_LIMITS } from '../../../probes/video-start/limits.ts';
import { startPhases } from '../../../probes/video-start/start-phases.ts';
import { dashEvidence, evidence, hlsEvidence, report, request, unanswered, unseen } from './evidence.ts';

const resolved = { isAddressGiven: false };

/** `name: milliseconds`, in their order. */
function phases(given: Evidence): [string, number][] {
  return startPhases(given, resolved).map(({ name, startMs, endMs }) => [name, endMs - startMs]);
}

function expectWhole(given: Evidence): void {
  const { report: seen } = given;
  const all = startPhases(given, resolved);
  expect(all[0]?.startMs).toBe(seen.orderedMs);
  expect(all.at(-1)?.endMs).toBe(seen.firstFrame?.atMs ?? seen.endedMs);
  all.slice(1).forEach(({ startMs }, at) => {
    expect(startMs).toBe(all[at]?.endMs);
  });
}

describe('the phases of a start', () => {
  it('of a file are player, connection, wait, transfer and decoding, end to end', () => {
    expect(phases(evidence())).toEqual([
      ['player', 4],
      ['media send', 1],
      ['dns', 5],
      ['connect', 20],
      ['media wait', 100],
      ['media read', 10],
      ['decode', 110],
    ]);
    expectWhole(evidence());
  });

  it('tell the work of the demuxer from decoding, where the pipeline says when it was up', () => {
    const media = { underflows: [], playingAtMs: 1230 };
    expect(phases(evidence({ media })).slice(-2)).toEqual([
      ['parse', 90],
      ['decode', 20],
    ]);
  });

  it('of HLS stop at the segment that was shown first, though the next had come too', () => {
    const hls = hlsEvidence({ report: { ...hlsEvidence().report, shownUrl: 'https://v.test/0.m4s' } });
    expectWhole(hls);
    expect(phases(hls).at(-1)).toEqual(['decode', 60]);
    expect(phases(hls).map(([name]) => name)).not.toContain('segment 2 wait');
  });

  it('of HLS wait for an init segment that comes after the segment', () => {
    const hls = hlsEvidence();
    const requests = hls.requests.map((each) =>
      each.url.endsWith('init.mp4') ? { ...each, endMs: 1240, arrivals: [{ atMs: 1240, bytes: 1 }] } : each,
    );
    const late = { ...hls, requests };
    expectWhole(late);
    expect(phases(late).at(-1)).toEqual(['decode', 10]);
    expect(phases(late).at(-2)?.[0]).toBe('init read');
  });

  it('of DASH wait for the first segment of the picture and of the sound', () => {
    expectWhole(dashEvidence());
    expect(phases(dashEvidence()).at(-1)).toEqual(['decode', 70]);
    const late = dashEvidence();
    const requests = late.requests.map((each) =>
      each.url.endsWith('a-1.m4s') ? { ...each, endMs: 1230, arrivals: [{ atMs: 1230, bytes: 1 }] } : each,
    );
    expect(phases({ ...late, requests }).at(-1)).toEqual(['decode', 20]);
  });

  it('give an instant to the oldest request that was under way: what ran beside it had time to spare', () => {
    const slow = (url: string, startMs: number, endMs: number) =>
      request({ url, startMs, endMs, arrivals: [{ atMs: endMs, bytes: 9 }] });
    const made = (initEndMs: number, segmentEndMs: number) => {
      const { timing: _a, ...init } = slow('https://v.test/init.mp4', 1100, initEndMs);
      const { timing: _b, ...segment } = slow('https://v.test/0.m4s', 1101, segmentEndMs);
      const fragments = hlsEvidence().report.fragments;
      return phases(hlsEvidence({ report: report({ fragments }), requests: [init, segment] }));
    };
    expect(made(1120, 1130)).toEqual([
      ['player', 100],
      ['init wait', 20],
      ['segment wait', 10],
      ['decode', 120],
    ]);
    expect(made(1220, 1130)).toEqual([
      ['player', 100],
      ['init wait', 120],
      ['decode', 30],
    ]);
  });

  it('of a start that never came go on to the end of the run, in the request that was open', () => {
    const given = evidence({ report: unseen({ end: 'patience' }), requests: [unanswered()] });
    expectWhole(given);
    expect(phases(given)).toEqual([
      ['player', 4],
      ['media wait', 2246],
    ]);
  });

  it('of a page that plays by itself begin with the page', () => {
    const page = evidence({
      player: 'page',
      isAutoplay: true,
      report: report({ orderedMs: 0, sourceMs: 990 }),
      requests: [
        request({ type: 'Document', mimeType: 'text/html', url: 'https://v.test/', startMs: 2, endMs: 40 }),
        request(),
      ],
    });
    expectWhole(page);
    expect(phases(page).slice(0, 2)).toEqual([
      ['page', 990],
      ['player', 14],
    ]);
  });

  it('of a page that had its media before the order are its script and the decoder', () => {
    const page = evidence({
      player: 'page',
      report: report({ orderedMs: 1150, playMs: 1200 }),
      requests: [request({ arrivals: [{ atMs: 1140, bytes: 9 }], endMs: 1141 })],
    });
    expect(phases(page)).toEqual([
      ['player', 50],
      ['decode', 50],
    ]);
  });

  it('are few, and still add up, where there were more objects than a waterfall can show', () => {
    const requests = Array.from({ length: 60 }, (_, at) => {
      const { timing: _timing, ...each } = request({
        url: `https://v.test/${at}.m3u8`,
        startMs: 1002 + at * 4,
        endMs: 1004 + at * 4,
        arrivals: [{ atMs: 1004 + at * 4, bytes: 1 }],
      });
      return each;
    });
    const given = hlsEvidence({ requests });
    expectWhole(given);
    expect(phases(given)).toHaveLength(VIDEO_START_LIMITS.startPhases.value);
    expect(phases(given).at(-1)?.[0]).toBe('rest');
  });

  it('add up to the whole whatever the requests were', () => {
    const time = fc.integer({ min: 900, max: 1400 });
    const some = fc.array(
      fc.record({ startMs: time, tookMs: fc.integer({ min: 0, max: 300 }), kind: fc.nat(3) }),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(some, fc.option(time, { nil: undefined }), fc.boolean(), (drawn, playingAtMs, isHls) => {
        const requests = drawn
          .sort((a, b) => a.startMs - b.startMs)
          .map(({ startMs, tookMs, kind }) =>
            request({
              url: `https://v.test/${['master.m3u8', 'init.mp4', '0.m4s', '1.m4s'][kind]}`,
              startMs,
              endMs: startMs + tookMs,
              arrivals: [{ atMs: startMs + tookMs, bytes: 1 }],
            }),
          );
        const media = { underflows: [], ...(playingAtMs === undefined ? {} : { playingAtMs }) };
        expectWhole((isHls ? hlsEvidence : evidence)({ requests, media }));
      }),
    );
  });
});
