import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../../collector/api/running-api.ts';
import { outrider } from '../../../support/outrider.ts';

const folder = mkdtempSync(join(tmpdir(), 'outrider-pull-'));
let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ startMs: Date.now() });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api?.close();
});

describe('outrider probes pull', () => {
  it('into what is no file says so, with what to try, and leaves nothing behind', async () => {
    const pull = (file: string) => outrider('probes', 'pull', '-f', file, '--collector', api.url);
    const [directory, nowhere] = [await pull(folder), await pull(join(folder, 'none', 'probes.yaml'))];
    expect([directory.code, directory.stderr]).toEqual([
      65,
      expect.stringMatching(/ cannot be read\n {2}Why: EISDIR.*\n {2}Try: name a YAML file/),
    ]);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      expect.stringMatching(/ is not written\n {2}Why: ENOENT.*\n {2}Try: name a file in a directory/),
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
