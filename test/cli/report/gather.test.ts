import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gather } from '../../../cli/report/gather.ts';
import { REPORT_LIMITS } from '../../../cli/report/limits.ts';
import { ApiClient } from '../../../cli/support/api-client.ts';
import { outrider } from '../../support/outrider.ts';
import { type GoldenFleet, startGoldenFleet } from '../golden/golden-fleet.ts';
import { SLOW } from '../golden/golden-incidents.ts';

let fleet: GoldenFleet;
const scratch = mkdtempSync(join(tmpdir(), 'outrider-report-'));
beforeAll(async () => {
  fleet = await startGoldenFleet();
});
afterAll(async () => {
  await fleet?.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe('what a report is made of', () => {
  it('is read from the API: the course here, elsewhere and by region, runs with what they saw', async () => {
    const data = await gather(new ApiClient(fleet.api.url), SLOW.id);
    expect(data.lacking).toEqual([]);
    expect(data.runs).toHaveLength(REPORT_LIMITS.runs.value);
    expect(data.runs[0]?.evidence?.phases.length).toBe(4);
    expect(data.series?.metric).toBe('ttfb_ms');
    const late = data.series?.data.find(({ at }) => at === '2026-11-21T11:52:00.000Z');
    expect(late).toMatchObject({ inside: { fail: 3, missed: 0 }, elsewhere: { fail: 0 } });
    expect(late?.inside.p50).toBeGreaterThan(300);
    expect(late?.elsewhere.p50).toBeLessThan(60);
    expect(new Set(data.regions?.data.map(({ region }) => region)).size).toBe(3);
  });

  it('is not gathered for an incident that there is not', async () => {
    await expect(gather(new ApiClient(fleet.api.url), 'none')).rejects.toThrow('There is no incident none');
  });
});

describe('outrider incidents get --report', () => {
  const get = (...more: string[]) =>
    outrider('incidents', 'get', SLOW.id, ...more, '--collector', fleet.api.url);

  it('writes a new file, refuses to write over one, and does with --force', async () => {
    const file = join(scratch, 'a.html');
    expect(await get('--report', file)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('kB'),
    });
    expect(readFileSync(file, 'utf8')).toContain(`<title>Incident ${SLOW.id}`);
    writeFileSync(file, 'mine');
    const refused = await get('--report', file);
    expect([refused.code, refused.stderr]).toEqual([75, expect.stringContaining('--force writes over it')]);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await get('--report', file, '--force')).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toContain('</html>');
  });

  it('writes to stdout for -, and nowhere when it cannot', async () => {
    const { code, stdout } = await get('--report', '-');
    expect([code, stdout.startsWith('<!doctype html>'), stdout.trimEnd().endsWith('</html>')]).toEqual([
      0,
      true,
      true,
    ]);
    const lost = await get('--report', join(scratch, 'no', 'such', 'folder.html'));
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('is not written')]);
    expect(existsSync(join(scratch, 'no'))).toBe(false);
  });

  it('leaves -o json as it is', async () => {
    expect(JSON.parse((await get('-o', 'json')).stdout)).toMatchObject({
      id: SLOW.id,
      timeline: expect.any(Array),
    });
  });
});
