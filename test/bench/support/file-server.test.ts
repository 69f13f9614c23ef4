import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileServer, startFileServer } from './file-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'outrider-files-test-'));
let server: FileServer;

beforeAll(async () => {
  writeFileSync(join(directory, 'a b#1.mp4'), 'ftyp0123456789');
  writeFileSync(join(directory, 'empty.webm'), '');
  writeFileSync(join(directory, 'hidden.mp4'), 'no');
  server = await startFileServer(
    directory,
    new Map([
      ['a b#1.mp4', 14],
      ['empty.webm', 0],
    ]),
  );
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

describe('a folder that is served', () => {
  it('gives its files whole and in ranges, whatever their names', async () => {
    const whole = await fetch(server.urlOf('a b#1.mp4'));
    expect([whole.status, await whole.text()]).toEqual([200, 'ftyp0123456789']);
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    const part = await fetch(server.urlOf('a b#1.mp4'), { headers: { range: 'bytes=4-5' } });
    expect([part.status, await part.text()]).toEqual([206, '01']);
    expect(part.headers.get('content-range')).toBe('bytes 4-5/14');
    const beyond = await fetch(server.urlOf('a b#1.mp4'), { headers: { range: 'bytes=99-' } });
    expect(beyond.status).toBe(416);
  });

  it('gives an empty file as what it is', async () => {
    const answer = await fetch(server.urlOf('empty.webm'), { headers: { range: 'bytes=0-' } });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it('gives nothing else', async () => {
    for (const path of ['hidden.mp4', '../package.json', '%'])
      expect((await fetch(server.urlOf(path))).status).toBe(404);
  });
});
