import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { takesAgents } from '../../agent/dial-check.ts';
import { collectorUrl } from '../../agent/link.ts';
import { ScriptedCollector } from './scripted-collector.ts';

const NEVER = new AbortController().signal;

describe('whether a collector takes agents', () => {
  it('is found out by a dial, and nothing is said', async () => {
    const collector = await ScriptedCollector.start();
    expect(await takesAgents(collectorUrl(collector.url), 5000, NEVER)).toBe(true);
    const peer = await collector.session(0);
    await peer.until(() => peer.closed !== undefined);
    expect(peer.closed?.code).toBe(1000);
    expect(peer.frames).toEqual([]);
  });

  it('is no when it refuses', async () => {
    const collector = await ScriptedCollector.start({ refuse: () => ({ status: 503 }) });
    expect(await takesAgents(collectorUrl(collector.url), 5000, NEVER)).toBe(false);
  });

  it('is no when nobody is there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(await takesAgents(`ws://127.0.0.1:${port}/v1/agent`, 5000, NEVER)).toBe(false);
  });

  it('is no when it does not answer in time, or the question is withdrawn', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await new Promise((resolve) => silent.once('listening', resolve));
    const url = `ws://127.0.0.1:${(silent.address() as { port: number }).port}/v1/agent`;
    expect(await takesAgents(url, 100, NEVER)).toBe(false);
    const withdrawn = new AbortController();
    const answer = takesAgents(url, 60_000, withdrawn.signal);
    withdrawn.abort();
    expect(await answer).toBe(false);
    expect(await takesAgents(url, 60_000, withdrawn.signal)).toBe(false);
  });
});
