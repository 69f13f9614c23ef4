import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { filesOf } from './open-files.ts';

describe.skipIf(process.platform !== 'linux')('what a process holds open', () => {
  it('counts a file while it is open', () => {
    const before = filesOf(process.pid);
    const file = openSync(import.meta.filename, 'r');
    expect(filesOf(process.pid)).toEqual({ ...before, files: before.files + 1 });
    closeSync(file);
    expect(filesOf(process.pid)).toEqual(before);
  });

  it('counts a socket by itself', async () => {
    const before = filesOf(process.pid);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    expect(filesOf(process.pid).sockets).toBe(before.sockets + 1);
    await new Promise((resolve) => server.close(resolve));
    expect(filesOf(process.pid).sockets).toBe(before.sockets);
  });

  it('throws for a process that is not there', () => {
    expect(() => filesOf(2 ** 22 + 1)).toThrow(/ENOENT/);
  });
});
