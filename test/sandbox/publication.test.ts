import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchange, json } from './http-client.ts';
import { ManualClock } from './manual-clock.ts';
import { type RunningOrigin, runningOrigin } from './running-origin.ts';

let clock: ManualClock;
let origin: RunningOrigin;

beforeEach(async () => {
  clock = new ManualClock();
  origin = await runningOrigin({
    clock,
    renditions: { '360p': 300, '720p': 900 },
    propagation: { 'us-east': 2000 },
    limits: { negativePaths: 2 },
  });
});

afterEach(() => origin.close());

interface Status {
  readonly state: string;
  readonly play_url: string;
  readonly renditions: readonly {
    readonly name: string;
    readonly state: string;
    readonly play_url: string;
  }[];
}

async function uploaded(query = ''): Promise<{ id: string; status: () => Promise<Status> }> {
  const answer = await exchange(`${origin.url}/upload/clip.mp4${query}`, { method: 'PUT', body: 'clip' });
  const { id, status_url } = json(answer);
  const status = async () => json(await exchange(String(status_url))) as unknown as Status;
  return { id: String(id), status };
}

const play = async (path: string, pop?: string) => {
  const answer = await exchange(`${origin.url}/play/${path}`, {
    headers: pop === undefined ? {} : { 'x-pop': pop },
  });
  return answer.status === 200 ? answer.body.toString() : (json(answer).error as { code: string }).code;
};

const states = ({ state, renditions }: Status) => [
  state,
  ...renditions.map((one) => `${one.name} ${one.state}`),
];

describe('renditions', () => {
  it('become playable one by one, and the upload with the first of them', async () => {
    const { id, status } = await uploaded();
    expect(states(await status())).toEqual(['processing', '360p processing', '720p processing']);
    expect(await play(id)).toBe('not_ready');
    clock.advance(300);
    expect(states(await status())).toEqual(['ready', '360p ready', '720p processing']);
    expect([await play(id), await play(`${id}/360p`), await play(`${id}/720p`)]).toEqual([
      'clip',
      'clip',
      'not_ready',
    ]);
    clock.advance(600);
    expect(states(await status())).toEqual(['ready', '360p ready', '720p ready']);
    const [, second] = (await status()).renditions;
    expect((await exchange(second?.play_url ?? '')).body.toString()).toBe('clip');
    expect(await play(`${id}/1080p`)).toBe('not_found');
  });

  it('are those that the upload asked for', async () => {
    const { status } = await uploaded('?renditions=tiny:50');
    expect(states(await status())).toEqual(['processing', 'tiny processing']);
    clock.advance(50);
    expect(states(await status())).toEqual(['ready', 'tiny ready']);
  });

  it('fail all together where the upload asked for that', async () => {
    const { id, status } = await uploaded('?fail=1');
    clock.advance(299);
    expect((await status()).state).toBe('processing');
    clock.advance(1);
    expect(states(await status())).toEqual(['failed', '360p failed', '720p failed']);
    expect(await play(id)).toBe('not_ready');
  });

  it('are not made where the upload asks for what cannot be', async () => {
    const answer = await exchange(`${origin.url}/upload/a.mp4?renditions=x`, { method: 'PUT', body: 'clip' });
    expect([answer.status, origin.uploads().uploads]).toEqual([400, 0]);
  });
});

describe('propagation', () => {
  it('shows a rendition to each region in its own time, and its status to all at once', async () => {
    const { id, status } = await uploaded('?propagate=eu-west:500,us-east:2000');
    clock.advance(300);
    expect((await status()).state).toBe('ready');
    const seen = async () => [await play(id), await play(id, 'eu-west'), await play(id, 'us-east')];
    expect(await seen()).toEqual(['clip', 'not_here_yet', 'not_here_yet']);
    clock.advance(500);
    expect(await seen()).toEqual(['clip', 'clip', 'not_here_yet']);
    clock.advance(1500);
    expect(await seen()).toEqual(['clip', 'clip', 'clip']);
  });

  it('is that of the origin where the upload says nothing', async () => {
    const { id } = await uploaded();
    clock.advance(2299);
    expect(await play(id, 'us-east')).toBe('not_here_yet');
    clock.advance(1);
    expect(await play(id, 'us-east')).toBe('clip');
  });
});

describe('negative caching', () => {
  it('lets a region that asked too early keep its 404, and no other', async () => {
    const { id } = await uploaded('?negative_ms=5000&propagate=us-east:0');
    expect(await play(id, 'us-east')).toBe('not_ready');
    clock.advance(300);
    expect([
      await play(id, 'us-east'),
      await play(id, 'eu-west'),
      await play(`${id}/360p`, 'us-east'),
    ]).toEqual(['negative_cached', 'clip', 'clip']);
    clock.advance(4699);
    expect(await play(id, 'us-east')).toBe('negative_cached');
    clock.advance(1);
    expect(await play(id, 'us-east')).toBe('clip');
  });

  it('forgets the oldest past the limit', async () => {
    const { id } = await uploaded('?negative_ms=5000');
    for (const pop of ['a', 'b', 'c']) await play(id, pop);
    clock.advance(300);
    expect([await play(id, 'a'), await play(id, 'b'), await play(id, 'c')]).toEqual([
      'clip',
      'negative_cached',
      'negative_cached',
    ]);
  });
});

describe('x-cache', () => {
  const asked = async (path: string) => {
    const answer = await exchange(`${origin.url}/play/${path}`, { headers: { 'x-pop': 'us-east' } });
    return `${answer.status} ${answer.headers['x-cache']}`;
  };

  it('is HIT for what a region has fetched, and no answer before that makes it one', async () => {
    const { id } = await uploaded('?propagate=us-east:500');
    expect([await asked(id), await asked(id)]).toEqual(['404 MISS', '404 MISS']);
    clock.advance(300);
    expect(await asked(id)).toBe('404 MISS');
    clock.advance(500);
    expect([await asked(id), await asked(id)]).toEqual(['200 MISS', '200 HIT']);
  });

  it('is HIT for a 404 that a region keeps', async () => {
    const { id } = await uploaded('?negative_ms=5000');
    expect([await asked(id), await asked(id)]).toEqual(['404 MISS', '404 HIT']);
  });
});

describe('DELETE /upload/', () => {
  it('takes away what was PUT under a name, or any upload by its id', async () => {
    const [first, second] = [await uploaded(), await uploaded()];
    const remove = async (what: string) =>
      (await exchange(`${origin.url}/upload/${what}`, { method: 'DELETE' })).status;
    expect(await remove('clip.mp4')).toBe(204);
    expect(await play(second.id)).toBe('not_found');
    expect(await play(first.id)).toBe('not_ready');
    expect(await remove('clip.mp4')).toBe(404);
    expect(await remove(first.id)).toBe(204);
    expect([await remove(first.id), origin.uploads().uploads]).toEqual([404, 0]);
  });
});
