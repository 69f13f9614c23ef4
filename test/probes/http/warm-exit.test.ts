import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { serveH2 } from './h2-server.ts';
import { type Served, serve } from './support.ts';

const closers: (() => unknown)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Makes one warm run in a process of its own, and says how it ended; nothing is closed. */
function source(url: string, version: string): string {
  const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  return `
    import { runHttp } from ${at('./support.ts')};
    const result = await runHttp(${JSON.stringify(url)}, { connection: 'warm', version: '${version}' });
    console.log(result.outcome, result.attributes.http_version);
  `;
}

async function h1(): Promise<Served> {
  return serve((_, response) => response.end('hello'));
}

async function h2(): Promise<Served> {
  return serveH2((stream) => {
    stream.respond({ ':status': 200 });
    stream.end('hello');
  });
}

describe('a kept connection', () => {
  it.each([
    ['1.1', h1],
    ['2', h2],
  ])('over HTTP/%s does not keep the process alive', async (version, start) => {
    const server = await start();
    closers.push(() => server.close());
    const child = promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '-e', source(server.url, version)],
      { timeout: 20_000 },
    );
    expect((await child).stdout).toBe(`ok ${version}\n`);
  });
});
