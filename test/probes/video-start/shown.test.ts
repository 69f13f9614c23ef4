import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { EVIDENCE_LIMITS } from '../../../probes/evidence.ts';
import { REDACTED } from '../../../probes/redact.ts';
import { VIDEO_START_LIMITS } from '../../../probes/video-start/limits.ts';
import type { RequestRecord } from '../../../probes/video-start/network-log.ts';
import { shownBy } from '../../../probes/video-start/shown.ts';

const request = (changes: Partial<RequestRecord> = {}): RequestRecord => ({
  url: 'https://cdn.example/seg.m4s?sig=abc&n=1',
  startMs: 100,
  headers: {},
  arrivals: [],
  redirected: false,
  ...changes,
});

/** A tab whose page paints, or does not. */
function tab(screenshot: (options: { timeout: number }) => Promise<Buffer>) {
  return { page: { screenshot } as unknown as Page };
}

const paints = tab(async () => Buffer.from('picture'));

describe('what a failed start has to show', () => {
  it('has requests by the clock of the run, and the picture', async () => {
    const answered = request({
      status: 403,
      range: '0-99',
      headers: { 'set-cookie': 'a=b', via: 'edge' },
      arrivals: [
        { atMs: 130, bytes: 40 },
        { atMs: 140, bytes: 2 },
      ],
    });
    const shown = await shownBy(paints, { requests: [request(), answered] }, 1000);
    const url = `https://cdn.example/seg.m4s?sig=${REDACTED}&n=1`;
    expect(shown).toEqual({
      requestsLeftOut: 0,
      requests: [
        { method: 'GET', url, startMs: 1100, headers: {} },
        {
          ...{ method: 'GET', url, startMs: 1100, headers: { range: 'bytes=0-99' } },
          ...{ status: 403, answerHeaders: { 'set-cookie': REDACTED, via: 'edge' }, bodyBytes: 42 },
        },
      ],
      screenshot: { type: 'image/jpeg', base64: Buffer.from('picture').toString('base64') },
    });
  });

  it('has no picture of a page that does not paint within screenshotMs', async () => {
    let waitedMs = 0;
    const still = tab(async ({ timeout }) => {
      waitedMs = timeout;
      throw new Error('Timeout exceeded');
    });
    expect(await shownBy(still, { requests: [] }, 0)).toEqual({ requests: [], requestsLeftOut: 0 });
    expect(waitedMs).toBe(VIDEO_START_LIMITS.screenshotMs.value);
  });

  it('has the last of the requests, and says how many came before', async () => {
    const many = Array.from({ length: EVIDENCE_LIMITS.requests.value + 3 }, (_, n) =>
      request({ startMs: n }),
    );
    const { requests, requestsLeftOut } = await shownBy(paints, { requests: many }, 0);
    expect(requests).toHaveLength(EVIDENCE_LIMITS.requests.value);
    expect(requestsLeftOut).toBe(3);
    expect(requests?.[0]?.startMs).toBe(3);
  });
});
