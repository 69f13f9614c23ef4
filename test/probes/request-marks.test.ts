import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunResult } from '../../probes/probe.ts';
import { PROBES, probeOf } from '../../probes/registry.ts';
import { systemClock } from '../../sandbox/clock.ts';
import {
  type AccessLine,
  type FaultProxy,
  type Origin,
  startFaultProxy,
  startOrigin,
} from '../../sandbox/index.ts';
import { runContext } from './net/run-context.ts';

/** One run of every kind of each light probe; a probe that is not here fails the first test. */
const RUNS: Readonly<Record<string, readonly (readonly [path: string, params: object])[]>> = {
  http: [
    ['/v/clip.mp4', {}],
    ['/v/clip.mp4', { method: 'HEAD' }],
  ],
  playback: [
    ['/v/clip.mp4', {}],
    ['/v/clip-moov-end.mp4', {}],
    ['/hls/fmp4/master.m3u8', {}],
    ['/hls/ts/master.m3u8', { variant: 'lowest' }],
    ['/dash/number.mpd', {}],
    ['/dash/base.mpd', {}],
  ],
  upload: [
    ['/files/', { statusUrl: '/status/{id}', verify: 'sha256', awaitPlayable: true, pollMs: 100 }],
    ['/upload/', { protocol: 'put', awaitPlayable: true, pollMs: 100 }],
  ],
};
/** Those that ask no media service by HTTP, or whose programs are the owner's own. */
const UNMARKED = ['dns', 'exec', 'grpc', 'own', 'ping', 'tcp', 'tls', 'websocket'];
/** What is one run of several probes: an upload, questions about it, and starts of what came of it. */
const PUBLISH = { upload: {}, status: { request: { url: '/status/{id}' } }, pollMs: 100 };
const EACH_RUN = Object.entries(RUNS).flatMap(([type, runs]) =>
  runs.map(([path, params]) => [type, path, params] as const),
);

let origin: Origin;
let proxy: FaultProxy;
let dataDir: string;
const lines: AccessLine[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'request-marks-test-'));
  origin = await startOrigin({ dataDir, transcodeMs: 50, onAccess: (line) => void lines.push(line) });
  // The way to the origin is through an edge, as it is to a CDN's.
  const upstream = { host: '127.0.0.1', port: origin.port };
  proxy = await startFaultProxy({ region: 'test', upstream, clock: systemClock, random: Math.random });
});
afterAll(async () => {
  await proxy.close();
  await origin.close();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  lines.length = 0;
});

const context = () => ({ ...runContext(), random: Math.random });

async function run(type: string, path: string, params: object): Promise<RunResult> {
  const probe = probeOf(type);
  if (!probe) throw new Error(`there is no probe ${type}`);
  const target = { name: `clip of ${type}`, url: `http://127.0.0.1:${proxy.port}${path}`, labels: {} };
  const result = await probe.run(context(), target, probe.params.parse(params));
  expect(result).toMatchObject({ outcome: 'ok' });
  return result;
}

/** Lines are written when a response is over at the server, which may be later than the run. */
async function quiet(): Promise<void> {
  let known = -1;
  await vi.waitFor(
    () => {
      const before = known;
      known = lines.length;
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBe(before);
    },
    { interval: 100, timeout: 10_000 },
  );
}

describe('the requests of every probe without a browser', () => {
  it('are tried here', () => {
    // Those of an agent's owner ask as their owner has them ask.
    const light = Object.values(PROBES).filter(({ lane, requires }) => lane === 'light' && !requires);
    const marked = light.map(({ type }) => type).filter((type) => !UNMARKED.includes(type));
    expect(marked.sort()).toEqual([...Object.keys(RUNS), 'publish'].sort());
  });

  it.each(EACH_RUN)('say who asks: %s of %s', async (type, path, params) => {
    await run(type, path, params);
    await quiet();
    expect(new Set(lines.map((line) => line.user_agent))).toEqual(new Set([context().userAgent]));
  });

  it.each(EACH_RUN)('carry the session of the result: %s of %s', async (type, path, params) => {
    const { attributes } = await run(type, path, params);
    await quiet();
    for (const { cmcd } of lines) {
      expect(cmcd).toMatchObject({
        sid: attributes.cmcd_sid,
        cid: `clip of ${type}`,
        'outrider-probe': type,
        nr: true,
        v: 2,
      });
    }
    const numbers = lines.map(({ cmcd }) => Number((cmcd as { readonly sn?: number }).sn));
    expect(numbers.sort((a, b) => a - b)).toEqual(lines.map((_line, index) => index));
  });

  it('of a publication all say who asks, and carry the one session of its result', async () => {
    const { attributes } = await run('publish', '/files/', PUBLISH);
    await quiet();
    expect(lines.map(({ method }) => method)).toEqual(
      expect.arrayContaining(['POST', 'PATCH', 'GET', 'DELETE']),
    );
    expect(new Set(lines.map((line) => line.user_agent))).toEqual(new Set([context().userAgent]));
    for (const { cmcd } of lines) expect(cmcd).toMatchObject({ sid: attributes.cmcd_sid, nr: true, v: 2 });
    expect(attributes.cmcd_sid).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('of a publication are bare when the owner wants so', async () => {
    await run('publish', '/files/', { ...PUBLISH, upload: { cmcd: 'off' } });
    await quiet();
    expect(lines.map(({ cmcd }) => cmcd)).toEqual(lines.map(() => null));
  });

  it.each(EACH_RUN)('are bare when the owner wants so: %s of %s', async (type, path, params) => {
    const { attributes } = await run(type, path, { ...params, cmcd: 'off' });
    await quiet();
    expect(attributes).not.toHaveProperty('cmcd_sid');
    expect(lines.map(({ cmcd }) => cmcd)).toEqual(lines.map(() => null));
  });

  it.each(EACH_RUN.filter(([type]) => type !== 'upload'))(
    'carry it in the address when told so: %s of %s',
    async (type, path, params) => {
      const { attributes } = await run(type, path, { ...params, cmcd: 'query' });
      await quiet();
      for (const { url, cmcd } of lines) {
        expect(url).toContain('CMCD=');
        expect(cmcd).toMatchObject({ sid: attributes.cmcd_sid });
      }
    },
  );
});

describe('a log', () => {
  it('joins to results by the session, each line to the one run that made it, a viewer’s to none', async () => {
    const results: RunResult[] = [];
    const viewing = fetch(`${origin.url}/v/clip.mp4`, { headers: { 'user-agent': 'Viewer/1' } });
    // At the same time, so that their lines are mixed.
    await Promise.all(
      [...EACH_RUN, ...EACH_RUN].map(async ([type, path, params]) => {
        results.push(await run(type, path, params));
      }),
    );
    await (await viewing).arrayBuffer();
    await quiet();
    const sids = results.map(({ attributes }) => attributes.cmcd_sid);
    expect(new Set(sids).size).toBe(results.length);
    const linesOf = (sid: string | undefined) => lines.filter(({ cmcd }) => cmcd?.sid === sid);
    for (const { attributes, metrics } of results) {
      // Playback counts those before the first frame, and two seconds of segments may follow.
      expect(linesOf(attributes.cmcd_sid).length).toBeGreaterThanOrEqual(metrics.request_count ?? 1);
    }
    const joined = sids.flatMap(linesOf);
    const rest = lines.filter((line) => !joined.includes(line));
    expect(joined).toHaveLength(lines.length - 1);
    expect(rest).toMatchObject([{ user_agent: 'Viewer/1', cmcd: null }]);
  });
});

describe('playback', () => {
  it('says what each request is for, and which ones the start waits for', async () => {
    const { metrics } = await run('playback', '/hls/fmp4/master.m3u8', {});
    await quiet();
    const objects = lines.map(({ cmcd }) => (cmcd as { readonly ot?: string }).ot);
    expect(objects.slice(0, 3)).toEqual(['m', 'm', 'i']);
    expect(objects.slice(3)).toEqual(objects.slice(3).map(() => undefined));
    const urgent = lines.filter(({ cmcd }) => (cmcd as { readonly su?: boolean }).su === true);
    expect(urgent).toHaveLength(metrics.request_count as number);
    expect(lines.at(-1)?.cmcd).toMatchObject({ sf: 'h' });
  });
});

describe('playback of DASH', () => {
  it('says which segments are sound, on the connection beside the picture too', async () => {
    const { attributes } = await run('playback', '/dash/number.mpd', {});
    await quiet();
    const kinds = new Set(lines.map(({ cmcd }) => (cmcd as { readonly ot?: string }).ot));
    expect(kinds).toEqual(new Set(['m', 'i', 'a', undefined]));
    expect(lines.slice(1).map(({ cmcd }) => cmcd)).toEqual(
      lines.slice(1).map(() => expect.objectContaining({ sid: attributes.cmcd_sid, sf: 'd' })),
    );
  });
});

describe('http', () => {
  it('follows a User-Agent of its parameters by its own', async () => {
    await run('http', '/v/clip.mp4', { headers: { 'User-Agent': 'Phone/7' } });
    await quiet();
    expect(lines[0]?.user_agent).toBe(`Phone/7 ${context().userAgent}`);
  });

  it('adds nothing to CMCD headers of its parameters', async () => {
    const { attributes } = await run('http', '/v/clip.mp4', { headers: { 'CMCD-Session': 'sid="mine"' } });
    await quiet();
    expect(lines[0]?.cmcd).toEqual({ sid: 'mine' });
    expect(attributes).not.toHaveProperty('cmcd_sid');
  });
});
