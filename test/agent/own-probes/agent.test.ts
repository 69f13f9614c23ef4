import { writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../../agent/agent.ts';
import { AgentConfigError, parseAgentConfig } from '../../../agent/config.ts';
import type { Schedule } from '../../../protocol/frame.ts';
import { assignment, begun, LABELS, temporaryFolder, UNBEGUN_MS } from '../fixtures.ts';
import { ScriptedCollector } from '../scripted-collector.ts';
import { ok, type Written, writeList } from './support.ts';

const LIST = {
  modules: [
    {
      name: 'one',
      content: `export default { run: async () => ({ outcome: 'ok', metrics: { own_count: 1 } }) };`,
    },
  ],
  programs: [{ name: 'two', content: `#!/bin/sh\necho '${ok({ own_count: 2 })}'\n` }],
};

function config(collector: string, written: Written | undefined, more: object = {}) {
  return parseAgentConfig({
    id: 'agent-1',
    labels: LABELS,
    collectors: [collector],
    dataDir: temporaryFolder(),
    network: { policy: { allow: ['127.0.0.0/8'] } },
    ...(written && { ownProbes: written.file }),
    ...more,
  });
}

async function helloOf(written: Written | undefined, more: object = {}): Promise<readonly string[]> {
  const collector = await ScriptedCollector.start();
  const agent = await startAgent(config(collector.url, written, more));
  onTestFinished(() => agent.stop('test over'));
  const peer = await collector.session(0);
  await peer.until(() => peer.hello !== undefined);
  return peer.hello?.capabilities.probeTypes.filter((type) => /^(own|exec)/.test(type)) ?? [];
}

describe('an agent with an allow-list', () => {
  it('tells the collector what is on it', async () => {
    expect(await helloOf(writeList(LIST))).toEqual(['exec', 'exec:two', 'own', 'own:one']);
  });

  it('offers nothing of a type that its owner does not let it run', async () => {
    expect(await helloOf(writeList(LIST), { probeTypes: ['own'] })).toEqual(['own', 'own:one']);
  });

  it('offers neither type without one', async () => {
    expect(await helloOf(undefined)).toEqual([]);
  });

  it('does not start when a file is not what was signed off', async () => {
    const written = writeList(LIST);
    writeFileSync(written.pathOf('one'), 'export default 1');
    await expect(startAgent(config('ws://127.0.0.1:9', written))).rejects.toThrow(AgentConfigError);
  });

  it('runs its entries as checks like all others', async () => {
    const check = { everyMs: 500, timeoutMs: 10_000, effectiveFromMs: UNBEGUN_MS };
    const target = { name: 'origin', url: 'http://127.0.0.1/', labels: {} };
    const plan: Schedule = {
      type: 'schedule',
      revision: 1,
      assignments: [
        assignment({ ...check, target, probe: 'module', type: 'own', params: { module: 'one' } }),
        assignment({ ...check, target, probe: 'program', type: 'exec', params: { program: 'two' } }),
        assignment({ ...check, target, probe: 'unlisted', type: 'own', params: { module: 'three' } }),
      ],
    };
    const collector = await ScriptedCollector.start({ welcome: () => ({ schedule: begun(plan) }) });
    const agent = await startAgent(config(collector.url, writeList(LIST)));
    onTestFinished(() => agent.stop('test over'));
    const peer = await collector.session(0);
    const ends = (probe: string) =>
      peer.results
        .map(({ record }) => record)
        .find((record) => record.probe === probe && record.outcome !== 'missed');
    await peer.until(() => ['module', 'program', 'unlisted'].every((probe) => ends(probe) !== undefined));
    expect(ends('module')).toMatchObject({ outcome: 'ok', type: 'own', metrics: { own_count: 1 } });
    expect(ends('program')).toMatchObject({ outcome: 'ok', type: 'exec', metrics: { own_count: 2 } });
    expect(ends('unlisted')).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'agent', blame: 'agent', code: 'not_allowed' },
    });
  });
});
