import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import pageWeight from '../../../probes/examples/page-weight.ts';
import { open, runOf, writeList } from './support.ts';

const example = (file: string): string =>
  readFileSync(join(import.meta.dirname, '../../../probes/examples', file), 'utf8');

/** The block of code of this language under the heading of own probes. */
function inReadme(language: string): string {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const [, section = ''] = readme.split('### Your own probe\n');
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(section)?.[1] ?? '';
}

async function serving(body: (path: string | undefined) => string | Buffer): Promise<string> {
  const server = createServer((request, response) => response.end(body(request.url)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const PAGE = '<img src="/a.png"><img alt="" src="b.png"><img src="c.png">';

describe('the example of a module', () => {
  it('weighs a page and its pictures', async () => {
    const url = await serving((path) => (path === '/' ? PAGE : Buffer.alloc(1000)));
    const modules = [{ name: 'page-weight', content: example('page-weight.ts'), file: 'page-weight.ts' }];
    const own = await open(writeList({ modules }).file);
    expect(await runOf(own, 'own', 'page-weight', { url, params: { pictures: 2 } })).toMatchObject({
      outcome: 'ok',
      metrics: {
        own_count: 2,
        own_bytes: PAGE.length + 2000,
        own_ms: expect.any(Number),
        ttfb_ms: expect.any(Number),
      },
      attributes: { http_status: '200' },
    });
    expect(await runOf(own, 'own', 'page-weight', { url, params: { pictures: 70 } })).toMatchObject({
      failure: { code: 'bad_params' },
    });
    expect(await runOf(own, 'own', 'page-weight', { url: 'http://127.0.0.1:9/' })).toMatchObject({
      failure: { layer: 'connect', code: 'refused' },
    });
    expect(pageWeight.summary).toMatch(/\.$/);
  });
});

describe('the example of a program', () => {
  const run = async (mount: string) => {
    const programs = [
      { name: 'disk-free', content: example('disk-free.sh'), file: 'disk-free.sh', more: { args: [mount] } },
    ];
    return runOf(await open(writeList({ programs }).file), 'exec', 'disk-free');
  };

  it('says how full the disk is', async () => {
    const result = await run('/');
    expect(result).toMatchObject({ outcome: 'ok', attributes: { mount: '/' } });
    expect(result.metrics.own_ratio).toBeGreaterThan(0);
    expect(result.metrics.own_ratio).toBeLessThanOrEqual(1);
    expect(result.metrics.own_bytes).toBeGreaterThan(0);
  });

  it('fails by itself where there is no disk', async () => {
    expect(await run('/no/such/mount')).toMatchObject({ failure: { blame: 'agent', code: 'own_probe' } });
  });
});

describe('the examples of the README', () => {
  it('tell an empty feed from one that has something to play', async () => {
    const modules = [{ name: 'feed', content: inReadme('ts'), file: 'feed.ts' }];
    const own = await open(writeList({ modules }).file);
    const full = await serving(() => '{"items":[1,2]}');
    expect(await runOf(own, 'own', 'feed', { url: full })).toMatchObject({
      outcome: 'ok',
      metrics: { own_count: 2, ttfb_ms: expect.any(Number) },
    });
    const empty = await serving(() => '{"items":[]}');
    expect(await runOf(own, 'own', 'feed', { url: empty })).toMatchObject({
      failure: { layer: 'content', message: 'The feed is empty.' },
    });
  });

  it('say how much of the disk is free', async () => {
    const programs = [{ name: 'disk', content: inReadme('sh'), file: 'disk.sh' }];
    const result = await runOf(await open(writeList({ programs }).file), 'exec', 'disk');
    expect(result).toMatchObject({ outcome: 'ok' });
    expect(result.metrics.own_ratio).toBeGreaterThan(0);
  });
});
