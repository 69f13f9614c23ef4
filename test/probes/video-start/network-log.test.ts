import { describe, expect, it } from 'vitest';
import { VIDEO_START_LIMITS } from '../../../probes/video-start/limits.ts';
import { NetworkLog, type ResponseEvent, wentWrong } from '../../../probes/video-start/network-log.ts';

/** The page's clock began when the protocol's stood at 100 s. */
const ORIGIN_S = 100;

const timing = {
  requestTime: 100.01,
  dnsStart: 1,
  dnsEnd: 3,
  connectStart: 3,
  connectEnd: 24,
  sslStart: 10,
  sslEnd: 24,
  sendEnd: 25,
  receiveHeadersStart: 65,
};

function response(changes: Partial<ResponseEvent> = {}): ResponseEvent {
  return {
    status: 200,
    mimeType: 'video/mp4',
    protocol: 'h2',
    remoteIPAddress: '192.0.2.1',
    connectionReused: false,
    headers: { 'X-Pop': 'FRA', Age: '3' },
    timing,
    ...changes,
  };
}

function log(): NetworkLog {
  const made = new NetworkLog();
  made.sent('1', { url: 'https://v.test/a.mp4' }, 100.005);
  return made;
}

describe('the log of requests', () => {
  it('puts every time on the clock of the page', () => {
    const made = log();
    made.responded('1', response());
    made.arrived('1', 100.08, 1000);
    made.finished('1', 100.1);
    const [request] = made.requests(ORIGIN_S);
    expect(request?.startMs).toBeCloseTo(5);
    expect(request?.endMs).toBeCloseTo(100);
    expect(request?.arrivals).toEqual([{ atMs: expect.closeTo(80), bytes: 1000 }]);
    expect(request?.timing?.sentMs).toBeCloseTo(35);
    expect(request?.timing?.respondedMs).toBeCloseTo(75);
  });

  it('knows what the cache of the browser answered', () => {
    const made = log();
    made.sent('2', { url: 'https://v.test/b.mp4' }, 100.006);
    made.responded('1', response());
    made.responded('2', response({ fromDiskCache: true }));
    expect(made.requests(ORIGIN_S).map(({ isCached }) => isCached)).toEqual([undefined, true]);
  });

  it('tells name, connection, TLS and wait apart, none of them twice', () => {
    const made = log();
    made.responded('1', response());
    expect(made.requests(ORIGIN_S)[0]?.timing).toMatchObject({
      dnsMs: 2,
      connectMs: 7,
      tlsMs: 14,
      ttfbMs: 40,
    });
  });

  it('has no TLS on plain connections', () => {
    const made = log();
    made.responded('1', response({ timing: { ...timing, sslStart: -1, sslEnd: -1 } }));
    expect(made.requests(ORIGIN_S)[0]?.timing).toMatchObject({ connectMs: 21 });
    expect(made.requests(ORIGIN_S)[0]?.timing).not.toHaveProperty('tlsMs');
  });

  it('has no connection phases where the connection was there already', () => {
    const made = log();
    made.responded('1', response({ connectionReused: true }));
    expect(Object.keys(made.requests(ORIGIN_S)[0]?.timing ?? {})).not.toEqual(
      expect.arrayContaining(['dnsMs', 'connectMs', 'tlsMs']),
    );
    expect(made.requests(ORIGIN_S)[0]?.timing?.ttfbMs).toBe(40);
  });

  it('keeps what the response tells, headers in lower case, addresses without brackets', () => {
    const made = log();
    const securityDetails = { protocol: 'TLS 1.3' };
    made.responded('1', response({ remoteIPAddress: '[2001:db8::1]', securityDetails }));
    expect(made.requests(ORIGIN_S)[0]).toMatchObject({
      status: 200,
      mimeType: 'video/mp4',
      protocol: 'h2',
      remoteAddress: '2001:db8::1',
      tlsVersion: 'TLS 1.3',
      headers: { 'x-pop': 'FRA', age: '3' },
    });
  });

  it('makes a record of each hop of a redirect', () => {
    const made = log();
    made.sent('1', { url: 'https://cdn.test/b.mp4' }, 100.05, { redirect: response({ status: 302 }) });
    made.responded('1', response());
    made.finished('1', 100.2);
    expect(made.requests(ORIGIN_S)).toMatchObject([
      { url: 'https://v.test/a.mp4', status: 302, redirected: true, endMs: expect.closeTo(50) },
      { url: 'https://cdn.test/b.mp4', status: 200, redirected: false, endMs: expect.closeTo(200) },
    ]);
  });

  it('keeps the error of a request, and none for what the page gave up by itself', () => {
    const made = log();
    made.failed('1', { timestamp: 100.02, errorText: 'net::ERR_CONNECTION_RESET' });
    made.sent('2', { url: 'https://v.test/b' }, 100.03);
    made.failed('2', { timestamp: 100.04, errorText: 'net::ERR_ABORTED', canceled: true });
    made.sent('3', { url: 'https://v.test/c' }, 100.03);
    made.failed('3', {
      timestamp: 100.04,
      errorText: 'net::ERR_FAILED',
      corsErrorStatus: { corsError: 'MissingAllowOriginHeader' },
    });
    const [reset, given, cors] = made.requests(ORIGIN_S);
    expect(reset).toMatchObject({ error: 'net::ERR_CONNECTION_RESET' });
    expect(given).not.toHaveProperty('error');
    expect(given?.endMs).toBeCloseTo(40);
    expect(cors).toMatchObject({ error: 'net::ERR_FAILED', corsError: 'MissingAllowOriginHeader' });
  });

  it('takes the status of an error page that the video element is not shown', () => {
    const made = log();
    made.rawResponse('1', 403, { 'X-Cache': 'Error' });
    made.failed('1', { timestamp: 100.02, errorText: 'net::ERR_BLOCKED_BY_ORB' });
    expect(made.requests(ORIGIN_S)[0]).toMatchObject({ status: 403, headers: { 'x-cache': 'Error' } });
  });

  it('takes such a status also when it is told before the request is', () => {
    const made = new NetworkLog();
    made.rawResponse('1', 503, { 'X-Cache': 'Error' });
    made.sent('1', { url: 'https://v.test/a.mp4' }, 100);
    made.failed('1', { timestamp: 100.02, errorText: 'net::ERR_BLOCKED_BY_ORB' });
    expect(made.requests(ORIGIN_S)[0]).toMatchObject({ status: 503, headers: { 'x-cache': 'Error' } });
    expect(made.awaitsStatus).toBe(false);
  });

  it('takes no raw status in place of one that the page was shown, nor that of a success', () => {
    const made = log();
    made.rawResponse('1', 302, {});
    expect(made.requests(ORIGIN_S)[0]).not.toHaveProperty('status');
    made.responded('1', response({ status: 206 }));
    made.rawResponse('1', 500, {});
    expect(made.requests(ORIGIN_S)[0]?.status).toBe(206);
  });

  it('knows the part of a file that was asked for, and not the wish of the browser for all of it', () => {
    const made = new NetworkLog();
    made.sent('1', { url: 'https://v.test/a', headers: { Range: 'bytes=0-1233' } }, 100, { type: 'XHR' });
    made.sent('2', { url: 'https://v.test/a', headers: { Range: 'bytes=0-' } }, 100, { type: 'Media' });
    expect(made.requests(ORIGIN_S)).toMatchObject([{ id: '1', type: 'XHR', range: '0-1233' }, { id: '2' }]);
    expect(made.requests(ORIGIN_S)[1]).not.toHaveProperty('range');
  });

  it('looks at the types alone that it was made for', () => {
    const made = new NetworkLog(['Media']);
    made.sent('1', { url: 'https://v.test/a.js' }, 100, { type: 'Script' });
    made.sent('2', { url: 'https://v.test/a.mp4' }, 100, { type: 'Media' });
    expect(made.requests(ORIGIN_S).map(({ id }) => id)).toEqual(['2']);
  });

  it('knows at once that a request failed', () => {
    const made = log();
    expect(made.hasFailed).toBe(false);
    made.rawResponse('1', 403, {});
    expect(made.hasFailed).toBe(true);
  });

  it('waits for the status of an error page that was withheld', () => {
    const made = log();
    expect(made.awaitsStatus).toBe(false);
    made.failed('1', { timestamp: 100.02, errorText: 'net::ERR_BLOCKED_BY_ORB' });
    expect(made.awaitsStatus).toBe(true);
    made.rawResponse('1', 403, {});
    expect(made.awaitsStatus).toBe(false);
  });

  it('leaves aside what touches no network, and news of requests it never saw', () => {
    const made = new NetworkLog();
    made.sent('1', { url: 'blob:null/123' }, 100);
    made.sent('2', { url: 'data:video/mp4;base64,AA' }, 100);
    made.responded('9', response());
    made.arrived('9', 100, 10);
    made.finished('9', 100);
    expect(made.requests(ORIGIN_S)).toEqual([]);
  });

  it('is bounded in requests and in arrivals, and loses no bytes', () => {
    const made = log();
    const many = VIDEO_START_LIMITS.arrivals.value + 10;
    for (let at = 0; at < many; at += 1) made.arrived('1', 100, 2);
    const { arrivals } = made.requests(ORIGIN_S)[0] ?? { arrivals: [] };
    expect(arrivals).toHaveLength(VIDEO_START_LIMITS.arrivals.value);
    expect(arrivals.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(many * 2);
    for (let at = 0; at < 600; at += 1) made.sent(`x${at}`, { url: 'https://v.test/x' }, 100);
    expect(made.requests(ORIGIN_S)).toHaveLength(VIDEO_START_LIMITS.requests.value);
  });
});

describe('wentWrong', () => {
  it('is true for an error and for an error status', () => {
    expect(wentWrong({ error: 'net::ERR_FAILED' })).toBe(true);
    expect(wentWrong({ status: 404 })).toBe(true);
    expect(wentWrong({ status: 206 })).toBe(false);
    expect(wentWrong({})).toBe(false);
  });
});
