import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { writeList } from '../agent/own-probes/support.ts';
import { type Finished, outrider, type Started, start } from '../support/outrider.ts';

const MODULE = `import { defineProbe } from 'outrider/define-probe';
export default defineProbe({
  summary: 'Asks for the clip.',
  async run(context, target) {
    const { metrics, status } = await context.request({ url: target.url, method: 'HEAD' });
    return { outcome: 'ok', metrics: { ...metrics, own_count: status } };
  },
});`;
const PROGRAM = `#!/bin/sh\necho '{"version": 1, "outcome": "ok", "metrics": {"own_ratio": 0.25}}'\n`;

/** From the allow-list of an agent to results in the store, by the commands that people use. */
describe('own probes, by the command line', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'outrider-own-'));
  let origin: Origin;
  let collector: Started;
  let address = '';
  const agents: Started[] = [];

  const ask = (...args: string[]): Promise<Finished> => outrider(...args, '--collector', address);
  const startAgent = async (id: string, ...more: string[]): Promise<void> => {
    const flags = ['--id', id, '--region', 'here', '--collector', address, '--allow', '127.0.0.0/8'];
    const agent = start(['agent', 'start', ...flags, '--data-dir', join(scratch, id), ...more]);
    agents.push(agent);
    await agent.says(/"msg":"connected"/);
  };

  beforeAll(async () => {
    origin = await startOrigin({ dataDir: join(scratch, 'origin') });
    collector = start(['collector', 'start', '--port', '0', '--data-dir', join(scratch, 'collector')]);
    address = (await collector.says(/collector ready: (\S+)/))[1] ?? '';
  }, 60_000);

  afterAll(async () => {
    for (const { process } of [...agents, collector]) process.kill('SIGTERM');
    await Promise.all([...agents, collector].map(({ finished }) => finished));
    await origin.close();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  it('run where they are signed off, and are given to nobody else', async () => {
    const list = writeList({
      modules: [{ name: 'clip', content: MODULE }],
      programs: [{ name: 'disk', content: PROGRAM }],
    });
    await startAgent('with', '--own-probes', list.file);
    await startAgent('without');
    const file = join(scratch, 'probes.yaml');
    writeFileSync(
      file,
      `version: 1
targets:
  - { name: clip, url: "${origin.url}/v/clip.mp4" }
probes:
  - { name: asks, type: own, targets: [clip], every: 60s, params: { module: clip } }
  - { name: disk, type: exec, targets: [clip], every: 60s, params: { program: disk } }
`,
    );
    expect((await ask('probes', 'apply', '-f', file)).code).toBe(0);
    for (const [probe, type] of [
      ['asks', 'own'],
      ['disk', 'exec'],
    ]) {
      const { code, stdout, stderr } = await ask('probes', 'run', probe ?? '', '-o', 'json');
      expect(stderr).toContain('asked 1 agents: with');
      expect(JSON.parse(stdout)).toMatchObject({ data: [{ agent: 'with', type, outcome: 'ok' }] });
      expect(code).toBe(0);
    }
  });
});
