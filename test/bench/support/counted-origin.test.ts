import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CountedOrigin } from './counted-origin.ts';

let origin: CountedOrigin;
beforeAll(async () => {
  origin = await CountedOrigin.start();
});
afterAll(() => origin.close());

const put = (name: string, body: Buffer): Promise<Response> =>
  fetch(`${origin.url}/upload/${name}`, { method: 'PUT', body: new Uint8Array(body) });

describe('the counted origin', () => {
  it('tells how many bytes of each request arrived, in order', async () => {
    await put('one.mp4', Buffer.alloc(1000));
    await put('two.mp4', Buffer.alloc(200_000));
    expect(await origin.requests()).toEqual([
      { method: 'PUT', url: '/upload/one.mp4', bytes: 1000 },
      { method: 'PUT', url: '/upload/two.mp4', bytes: 200_000 },
    ]);
  });

  it('tells each request once', async () => {
    await put('one.mp4', Buffer.alloc(1000));
    await origin.requests();
    expect(await origin.requests()).toEqual([]);
  });

  it('leaves out requests without a body', async () => {
    await fetch(`${origin.url}/v/clip.mp4`).then((response) => response.arrayBuffer());
    expect(await origin.requests()).toEqual([]);
  });
});
