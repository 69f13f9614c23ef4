import { describe, expect, it } from 'vitest';
import { netGapMs, stallCauseOf } from '../../../probes/video-start/stalls.ts';
import { evidence, hlsEvidence, report, request, unanswered } from './evidence.ts';

const short = { startMs: 1500, endMs: 1600, lateMs: 0 };
const long = { startMs: 2000, endMs: 2900, lateMs: 0 };

describe('the cause of stalls', () => {
  it('is that of the underflow beside them', () => {
    const media = { underflows: [{ atMs: 1490, cause: 'network' as const }] };
    expect(stallCauseOf(evidence({ media, report: report({ stalls: [short] }) }))).toBe('network');
  });

  it('is that of most of the time, where there were several', () => {
    const media = {
      underflows: [
        { atMs: 1490, cause: 'network' as const },
        { atMs: 2001, cause: 'host' as const },
      ],
    };
    expect(stallCauseOf(evidence({ media, report: report({ stalls: [short, long] }) }))).toBe('host');
  });

  it('is the host where the page got no processor for half of it, whatever the pipeline waited for', () => {
    const media = { underflows: [{ atMs: 1490, cause: 'network' as const }] };
    const causeOf = (lateMs: number) =>
      stallCauseOf(evidence({ media, report: report({ stalls: [{ ...short, lateMs }] }) }));
    expect(causeOf(51)).toBe('host');
    expect(causeOf(49)).toBe('network');
  });

  it('is unknown where the pipeline tells of none at that time, and absent without stalls', () => {
    const media = { underflows: [{ atMs: 800, cause: 'network' as const }] };
    expect(stallCauseOf(evidence({ media, report: report({ stalls: [short] }) }))).toBe('unknown');
    expect(stallCauseOf(evidence({ media }))).toBeUndefined();
  });
});

describe('the silence of the network', () => {
  it('is the longest time without a byte in a response', () => {
    expect(netGapMs(evidence())).toBe(260);
  });

  it('lasts to the end of the run where the rest never came', () => {
    const { endMs: _, ...open } = request({ arrivals: [{ atMs: 1140, bytes: 9 }] });
    expect(netGapMs(evidence({ requests: [open] }))).toBe(3250 - 1140);
  });

  it('is none while no response is under way, nor while another one brings bytes', () => {
    expect(netGapMs(evidence({ requests: [unanswered()] }))).toBeUndefined();
    const apart = [1000, 2000].map((startMs) =>
      request({
        startMs,
        timing: {
          ttfbMs: 1,
          sentMs: startMs,
          respondedMs: startMs + 1,
          dnsAtMs: startMs,
          connectAtMs: startMs,
        },
        arrivals: [{ atMs: startMs + 5, bytes: 9 }],
        endMs: startMs + 6,
      }),
    );
    expect(netGapMs(evidence({ requests: apart }))).toBe(4);
    const beside = [
      request({ arrivals: [{ atMs: 1140, bytes: 9 }], endMs: 1400 }),
      request({ arrivals: [1200, 1260, 1330].map((atMs) => ({ atMs, bytes: 9 })), endMs: 1400 }),
    ];
    expect(netGapMs(hlsEvidence({ requests: beside }))).toBe(70);
  });
});
