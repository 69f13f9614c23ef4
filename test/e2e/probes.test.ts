import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessLine, type Origin, startOrigin } from '../../sandbox/index.ts';
import { type Finished, outrider, type Started, start } from '../support/outrider.ts';

interface Listed {
  readonly data: readonly Record<string, unknown>[];
}

/** One collector and one agent, each started by its command, and a probe from a file: the life of a probe. */
describe('probes, by the command line', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'outrider-probes-'));
  const file = join(scratch, 'probes.yaml');
  let origin: Origin;
  let collector: Started;
  let agent: Started;
  let address = '';
  const lines: AccessLine[] = [];

  const ask = (...args: string[]): Promise<Finished> => outrider(...args, '--collector', address);
  const list = async (...args: string[]): Promise<Listed> =>
    JSON.parse((await ask(...args, '-o', 'json')).stdout) as Listed;

  beforeAll(async () => {
    origin = await startOrigin({
      dataDir: join(scratch, 'origin'),
      onAccess: (line) => void lines.push(line),
    });
    collector = start(['collector', 'start', '--port', '0', '--data-dir', join(scratch, 'collector')]);
    address = (await collector.says(/collector ready: (\S+)/))[1] ?? '';
    agent = start([
      'agent',
      'start',
      '--id',
      'a-1',
      '--region',
      'here',
      '--collector',
      address,
      '--data-dir',
      join(scratch, 'agent'),
      '--allow',
      '127.0.0.0/8',
    ]);
    await agent.says(/"msg":"connected"/);
    writeFileSync(
      file,
      `version: 1\ntargets:\n  - { name: clip, url: "${origin.url}/v/clip.mp4" }\nprobes:\n  - { name: fetch, type: http, targets: [clip], every: 1s }\n`,
    );
  }, 60_000);

  afterAll(async () => {
    agent.process.kill('SIGTERM');
    await agent.finished;
    collector.process.kill('SIGTERM');
    await collector.finished;
    await origin.close();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  it('are applied as a file says, and a second time change nothing', async () => {
    const actions = async (...more: string[]) =>
      (await list('probes', 'apply', '-f', file, ...more)).data.map(({ action }) => action);
    expect(await actions('--dry-run')).toEqual(['create', 'create']);
    expect(await actions()).toEqual(['create', 'create']);
    expect(await actions()).toEqual(['unchanged', 'unchanged']);
  });

  it('are run by the agent from then on', async () => {
    const rows = async () =>
      (await list('query', "SELECT outcome FROM runs WHERE probe = 'fetch' AND trigger = 'schedule'")).data;
    await expect
      .poll(async () => (await rows()).length, { timeout: 20_000, interval: 500 })
      .toBeGreaterThanOrEqual(3);
    expect(new Set((await rows()).map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
  });

  it('are shown with the timeout that is in force and the agents that run them', async () => {
    const { stdout } = await ask('probes', 'list');
    expect(stdout).toMatch(/^fetch +http +clip +1s +\S+s +1 +active$/m);
  });

  it('run now when asked, here as well as there', async () => {
    const there = await ask('probes', 'run', 'fetch');
    expect(there).toMatchObject({ code: 0, stdout: expect.stringMatching(/here +a-1 +clip +ok/) });
    const here = await ask('probes', 'run', 'fetch', '--once', '--allow', '127.0.0.0/8');
    expect(here.code).toBe(0);
    expect(here.stdout).toMatch(/^connect +│/m);
    expect(here.stdout).toMatch(/^ttfb_ms +\d/m);
  });

  it('say to servers which agent asks, and by a session which of its results a line of their log belongs to', async () => {
    const byAgent = lines.filter(({ user_agent: agent }) =>
      /^Outrider\/\S+ \(\+synthetic probe; agent a-1\)$/.test(agent ?? ''),
    );
    const byHand = lines.filter(({ user_agent: agent }) =>
      /^Outrider\/\S+ \(\+synthetic probe; by hand\)$/.test(agent ?? ''),
    );
    expect(byHand).toHaveLength(1);
    expect(byAgent.length + byHand.length).toBe(lines.length);
    const sids = byAgent.map(({ cmcd }) => cmcd?.sid);
    expect(new Set(sids).size).toBe(byAgent.length);
    const stored = async (): Promise<unknown[]> =>
      (await list('query', 'SELECT cmcd_sid, trigger FROM runs')).data.map(({ cmcd_sid }) => cmcd_sid);
    // Those that were asked for by hand are among them. What is under way is stored within seconds.
    await expect.poll(stored, { timeout: 20_000, interval: 500 }).toEqual(expect.arrayContaining(sids));
  });

  it('refuse an address of this machine where it is not allowed, and say whose rule that is', async () => {
    const { code, stdout } = await ask('probes', 'run', file, '--once');
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAILED in agent: forbidden_target, blame agent/);
  });

  it('are paused, resumed and deleted by name', async () => {
    expect((await ask('probes', 'pause', 'fetch')).code).toBe(0);
    expect((await list('probes', 'list')).data).toEqual([
      expect.objectContaining({ name: 'fetch', paused: true, agents: [] }),
    ]);
    // By hand it still runs: trying is how one decides to resume.
    expect((await ask('probes', 'run', 'fetch')).code).toBe(0);
    expect((await ask('probes', 'resume', 'fetch')).code).toBe(0);
    expect((await list('probes', 'list')).data).toEqual([
      expect.objectContaining({ paused: false, agents: ['a-1'] }),
    ]);
    expect((await ask('probes', 'delete', 'fetch', '--yes')).code).toBe(0);
    expect(await ask('probes', 'get', 'fetch')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('outrider probes list'),
    });
  });

  it('cannot be asked by SQL that would change anything', async () => {
    const { code, stderr } = await ask('query', 'DROP TABLE results');
    expect(code).toBe(64);
    expect(stderr).toContain('Try: ');
  });
});
