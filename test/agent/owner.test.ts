import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../agent/agent.ts';
import { parseAgentConfig } from '../../agent/config.ts';
import { sealingKey } from '../../agent/sealing-key.ts';
import type { Probe } from '../../probes/probe.ts';
import type { Assignment } from '../../protocol/frame.ts';
import { newSealingKey, publicKeyText, seal } from '../../protocol/sealed-secret.ts';
import { assignment, begun, LABELS, OK, probeThat, temporaryFolder, UNBEGUN_MS } from './fixtures.ts';
import { ScriptedCollector } from './scripted-collector.ts';

async function running(plan: Partial<Assignment>, echo: Probe, dataDir: string, config: object = {}) {
  const one = assignment({ everyMs: 500, effectiveFromMs: UNBEGUN_MS, ...plan });
  const schedule = { type: 'schedule', revision: 1, assignments: [one] } as const;
  const collector = await ScriptedCollector.start({ welcome: () => ({ schedule: begun(schedule) }) });
  const agent = await startAgent(
    parseAgentConfig({
      ...{ id: 'agent-1', labels: LABELS, collectors: [collector.url], dataDir },
      browser: { path: '/none', lockFile: join(dataDir, 'browser.lock') },
      ...config,
    }),
    { probes: { echo } },
  );
  onTestFinished(() => agent.stop('test over'));
  return { agent, peer: await collector.session(0) };
}

describe('the owner of an agent', () => {
  it('caps its runs, and every slot past the cap is reported as capped', async () => {
    const { peer } = await running(
      {},
      probeThat(async () => OK),
      temporaryFolder(),
      {
        caps: { runsPerMinute: 2 },
      },
    );
    // A busy machine may be too late for a slot: an overrun is no run, and says nothing of the cap.
    const inTime = () => peer.results.filter(({ record }) => record.missedReason !== 'overrun');
    await peer.until(() => inTime().length >= 5);
    const ends = inTime().map(({ record }) => record.missedReason ?? record.outcome);
    expect(ends.slice(0, 5)).toEqual(['ok', 'ok', 'capped', 'capped', 'capped']);
    await peer.until(() => peer.healths.some(({ lastError }) => lastError.includes('caps.runsPerMinute')));
  });

  it('alone holds the key of what is sealed to it; nothing that it says has the secret', async () => {
    const dataDir = temporaryFolder();
    const mine = publicKeyText(sealingKey(dataDir));
    const others = publicKeyText(newSealingKey());
    const seen: unknown[] = [];
    const probe = probeThat(async ({ secret }) => {
      seen.push(secret?.('token'), secret?.('theirs'));
      return OK;
    });
    const secrets = {
      token: [seal('token', 's3cr3t-of-the-service', others), seal('token', 's3cr3t-of-the-service', mine)],
      theirs: [seal('theirs', 'not-for-us', others)],
    };
    const { peer } = await running({ secrets }, probe, dataDir);
    await peer.until(() => peer.results.length >= 1);
    expect(seen.slice(0, 2)).toEqual(['s3cr3t-of-the-service', undefined]);
    expect(JSON.stringify([peer.hello, peer.healths, peer.results])).not.toMatch(/s3cr3t|not-for-us/);
  });
});
