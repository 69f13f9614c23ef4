import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccessLine } from '../../sandbox/index.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';

let origin: RunningOrigin;
const lines: AccessLine[] = [];

beforeAll(async () => {
  origin = await runningOrigin({ onAccess: (line) => void lines.push(line) });
});
afterAll(() => origin.close());
beforeEach(() => {
  lines.length = 0;
});

async function lineOf(path: string, headers: Record<string, string> = {}): Promise<AccessLine> {
  await (await fetch(`${origin.url}${path}`, { headers })).arrayBuffer();
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  return lines[0] as AccessLine;
}

describe('a line of the access log', () => {
  it('says who asked for what, and what came of it', async () => {
    const line = await lineOf('/v/clip.mp4?a=b', { range: 'bytes=0-9', 'user-agent': 'Somebody/1' });
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      method: 'GET',
      url: '/v/clip.mp4?a=b',
      status: 206,
      range: 'bytes=0-9',
      user_agent: 'Somebody/1',
      cmcd: null,
    });
  });

  it('has the media data of the headers', async () => {
    const headers = { 'CMCD-Session': 'sid="s-1",v=2', 'CMCD-Object': 'ot=m', 'CMCD-Request': 'su' };
    expect((await lineOf('/nothing', headers)).cmcd).toEqual({ sid: 's-1', v: 2, ot: 'm', su: true });
  });

  it('has the media data of the address', async () => {
    expect((await lineOf('/nothing?x&CMCD=ot%3Dm%2Csid%3D%22s-2%22')).cmcd).toEqual({ ot: 'm', sid: 's-2' });
  });

  it.each([
    ['/nothing?CMCD=%22%22%22', {}],
    ['/nothing', { 'CMCD-Session': 'sid="' }],
  ])('has none where they cannot be read: %s %o', async (path, headers) => {
    expect(await lineOf(path, headers)).toMatchObject({ status: 404, cmcd: null });
  });

  it('is there for a client that left before it was answered', async () => {
    const request = httpRequest(`${origin.url}/v/clip.mp4?delay_ms=20000`).on('error', () => undefined);
    request.end();
    setTimeout(() => request.destroy(), 100);
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 5000 });
    expect(lines[0]).toMatchObject({ status: 0, url: '/v/clip.mp4?delay_ms=20000' });
  });
});
