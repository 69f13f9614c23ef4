/** What a whole agent reports of failures that are its own. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../../agent/agent.ts';
import { parseAgentConfig } from '../../../agent/config.ts';
import { httpProbe } from '../../../probes/http/http.ts';
import { createNetwork } from '../../../probes/net/create-network.ts';
import type { Network } from '../../../probes/net/network.ts';
import type { Probe } from '../../../probes/probe.ts';
import type { Assignment } from '../../../protocol/frame.ts';
import { assignment, LABELS, OK, probeThat, temporaryFolder } from '../fixtures.ts';
import { ScriptedCollector } from '../scripted-collector.ts';

/** The first run of a check at an agent with two anchors. */
async function firstResult(check: Partial<Assignment>, probe: Probe, network?: Network) {
  const one = assignment({ effectiveFromMs: Date.now(), ...check });
  const collector = await ScriptedCollector.start({
    welcome: () => ({ schedule: { type: 'schedule', revision: 1, assignments: [one] } }),
  });
  const config = parseAgentConfig({
    ...{ id: 'agent-1', labels: LABELS, collectors: [collector.url], dataDir: temporaryFolder() },
    anchors: ['tcp://192.0.2.1:443', 'tcp://198.51.100.1:443'],
  });
  const agent = await startAgent(config, { probes: { [probe.type]: probe }, ...(network && { network }) });
  onTestFinished(() => agent.stop('test over'));
  const peer = await collector.session(0);
  // On a busy machine the first slots may be over before the agent knows of them.
  const run = () => collector.results.find(({ record }) => record.outcome !== 'missed')?.record;
  await peer.until(() => run() !== undefined);
  return run();
}

/** A way out that carries nothing, as behind a dead router: no answer, ever. */
function deadUplink(): Network {
  const network = createNetwork({
    policy: { allow: ['203.0.113.0/24'], deny: [] },
    connectTo: {},
    nameServers: [],
  });
  const failure = {
    layer: 'connect',
    blame: 'network',
    code: 'timeout',
    message: 'Nobody answered.',
  } as const;
  return {
    ...network,
    connect: (_endpoint, signal) =>
      new Promise((resolve) => {
        const end = (): void => resolve({ ok: false, failure });
        if (signal.aborted) end();
        signal.addEventListener('abort', end, { once: true });
      }),
  };
}

describe('an agent', () => {
  it('takes the blame for a way out that is dead, by its anchors', async () => {
    const target = { name: 'origin', url: 'http://203.0.113.7/', labels: {} };
    const record = await firstResult({ type: 'http', target, timeoutMs: 300 }, httpProbe, deadUplink());
    expect(record).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'connect', code: 'timeout', blame: 'agent' },
      attributes: { blame_rule: 'uplink_dead', control: 'anchors 0/2, link up' },
    });
  }, 20_000);

  it('says on a run in which it stood still what disturbed it', async () => {
    const blocker = probeThat(async () => {
      const untilMs = performance.now() + 80;
      while (performance.now() < untilMs) {}
      return OK;
    });
    const record = await firstResult({}, blocker);
    expect(record).toMatchObject({ outcome: 'ok', state: { disturbed: true } });
    expect(record?.attributes.disturbed_by).toMatch(/^event_loop/);
  }, 20_000);
});
