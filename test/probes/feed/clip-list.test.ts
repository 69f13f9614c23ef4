import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { clipsOf, parseClipList } from '../../../probes/feed/clip-list.ts';
import { FEED_LIMITS } from '../../../probes/feed/limits.ts';
import { Timeline } from '../../../probes/timeline.ts';
import { clock, runContext } from '../net/run-context.ts';

const BASE = new URL('https://v.test/feed/list.json');

const read = (text: string): readonly string[] | string => {
  const list = parseClipList(text, BASE);
  return typeof list === 'string' ? list : list.map(({ href }) => href);
};

describe('a list of clips', () => {
  it.each([
    ['an array of URLs', '["a.mp4", "https://cdn.test/b.mp4"]'],
    ['an array of objects', '[{"url": "a.mp4", "id": 7}, {"url": "https://cdn.test/b.mp4"}]'],
    ['an object with the clips', '{"next": null, "clips": ["a.mp4", {"url": "https://cdn.test/b.mp4"}]}'],
    ['lines', '# feed\n\na.mp4\r\n  https://cdn.test/b.mp4  \n'],
    ['lines behind a byte order mark', '\uFEFFa.mp4\nhttps://cdn.test/b.mp4'],
  ])('may be %s, relative to the list', (_what, text) => {
    expect(read(text)).toEqual(['https://v.test/feed/a.mp4', 'https://cdn.test/b.mp4']);
  });

  it('has each clip once, since the second time it would come from the cache', () => {
    expect(read('a.mp4\nb.mp4\na.mp4\na.mp4#t=2\n')).toEqual([
      'https://v.test/feed/a.mp4',
      'https://v.test/feed/b.mp4',
    ]);
    expect(read('a.mp4?n=1\na.mp4?n=2')).toHaveLength(2);
  });

  it('is cut at the most clips that a run can use', () => {
    const { value } = FEED_LIMITS.clips;
    const text = Array.from({ length: value + 5 }, (_, at) => `${at}.mp4`).join('\n');
    expect(read(text)).toHaveLength(value);
  });

  it.each([
    ['[1, 2]', 'Entry 1, 1, is no http or https URL.'],
    ['["a.mp4", {"src": "b.mp4"}]', 'Entry 2, {"src":"b.mp4"}, is no http or https URL.'],
    ['["a.mp4", null]', 'Entry 2, null, is no http or https URL.'],
    ['a.mp4\nfile:///etc/passwd', 'Entry 2, "file:///etc/passwd", is no http or https URL.'],
    ['["a.mp4"', 'It is not JSON: '],
    ['{"videos": []}', 'It has no array, nor one under `clips`.'],
    ['#EXTM3U\n#EXT-X-VERSION:3\n', 'It is a playlist of one clip, not a list of clips.'],
    ['<!doctype html><title>Feed</title>', 'It is a page, not a list of clips.'],
  ])('is refused as %j', (text, why) => expect(read(text)).toContain(why));
});

describe('the clips of a run', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function served(answer: RequestListener): Promise<URL> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/feed`);
  }

  const timeline = () => new Timeline(clock);
  const clips = (target: URL, named?: string[]) =>
    clipsOf(runContext(), target, named ? { clips: named } : {}, timeline());

  async function failureOf(target: URL, named?: string[]) {
    const list = await clips(target, named);
    if (list.ok) throw new Error('There were clips.');
    return list.failure;
  }

  it('are the target and those that the parameters name, and nothing is fetched for it', async () => {
    const list = await clips(new URL('https://v.test/1.mp4'), ['2.mp4', '/3.m3u8']);
    expect(list.ok && list.clips.map(({ href }) => href)).toEqual([
      'https://v.test/1.mp4',
      'https://v.test/2.mp4',
      'https://v.test/3.m3u8',
    ]);
  });

  it('are listed by the target, which is fetched through redirects as ourselves and stands in the waterfall', async () => {
    const agents: (string | undefined)[] = [];
    const target = await served((request, response) => {
      agents.push(request.headers['user-agent']);
      if (request.url === '/feed') response.writeHead(302, { location: '/lists/today' }).end();
      else response.end('["1.mp4", "2.mp4"]');
    });
    const of = timeline();
    const list = await clipsOf(runContext(), target, {}, of);
    expect(list.ok && list.clips.map(({ pathname }) => pathname)).toEqual(['/1.mp4', '/2.mp4']);
    expect(agents).toHaveLength(2);
    expect(agents[0]).toContain('Outrider');
    expect(of.phases.at(-1)).toMatchObject({ name: 'list' });
  });

  it('are not there when the list is no list, is missing, is denied, or breaks off', async () => {
    const cases: readonly [RequestListener, object][] = [
      [(_q, r) => r.end('<html>'), { layer: 'manifest', blame: 'target', code: 'bad_manifest' }],
      [(_q, r) => r.end('["1.mp4"]'), { layer: 'manifest', blame: 'target', code: 'bad_manifest' }],
      [(_q, r) => r.writeHead(404).end(), { layer: 'manifest', blame: 'target', code: 'status' }],
      [(_q, r) => r.writeHead(403).end(), { layer: 'manifest', blame: 'target', code: 'denied' }],
      [
        (_q, r) => r.writeHead(200, { 'content-length': 100 }).write('["1.mp4"', () => r.destroy()),
        { layer: 'manifest' },
      ],
    ];
    for (const [answer, failure] of cases)
      expect(await failureOf(await served(answer))).toMatchObject(failure);
  });

  it('are not read past listBytes', async () => {
    const target = await served((_request, response) =>
      response.end('#'.repeat(FEED_LIMITS.listBytes.value + 1)),
    );
    expect(await failureOf(target)).toMatchObject({ layer: 'manifest', code: 'too_large' });
  });

  it.each([
    ['a single clip is the target', 'https://v.test/1.mp4', undefined, 'Name the others in `clips`'],
    ['one is DASH', 'https://v.test/1.mp4', ['2.mpd'], '/2.mpd is DASH'],
    ['all are the same', 'https://v.test/1.mp4', ['1.mp4'], 'two clips at least'],
    ['one is no URL', 'https://v.test/1.mp4', ['http://[/'], 'Entry 2'],
  ])('are a mistake of ours when %s', async (_what, target, named, why) => {
    const failure = await failureOf(new URL(target), named);
    expect(failure).toMatchObject({ layer: 'agent', blame: 'agent', code: 'bad_params' });
    expect(failure.message).toContain(why);
  });

  it('are not fetched from where the address policy forbids', async () => {
    const failure = await failureOf(new URL('http://10.0.0.1/feed'));
    expect(failure).toMatchObject({ code: 'forbidden_target', blame: 'agent' });
  });
});
