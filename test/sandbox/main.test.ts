import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SandboxFailed, SandboxReady } from '../../sandbox/messages.ts';

const scratch = mkdtempSync(join(tmpdir(), 'outrider-sandbox-main-'));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

async function startSandbox(
  dataDir = join(scratch, 'data'),
): Promise<{ child: ChildProcess; answer: SandboxReady | SandboxFailed }> {
  const child = fork(join(import.meta.dirname, '../../sandbox/main.ts'), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.push(child);
  child.send({ type: 'start', dataDir, regions: ['us-east', 'eu-west'] });
  const answer = await new Promise<SandboxReady | SandboxFailed>((resolve) => {
    child.once('message', (message) => resolve(message as SandboxReady | SandboxFailed));
  });
  return { child, answer };
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', resolve));

/** Milliseconds until the head of the playlist comes through the proxy of a region. */
async function timeOf(port: number | undefined): Promise<number> {
  const startMs = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/hls/fmp4/master.m3u8`);
  await response.text();
  expect(response.status).toBe(200);
  return performance.now() - startMs;
}

describe('the process of the sandbox', () => {
  it('injects faults into the region that they name, from when it is told', async () => {
    const { child, answer } = await startSandbox();
    if (answer.type !== 'ready') throw new Error(answer.message);
    await timeOf(answer.proxyPorts['eu-west']);
    child.send({ type: 'faults', faults: ['eu-west:latency=300ms@0s'] });
    await expect
      .poll(() => timeOf(answer.proxyPorts['eu-west']), { timeout: 5000 })
      .toBeGreaterThanOrEqual(299);
    expect(await timeOf(answer.proxyPorts['us-east'])).toBeLessThan(299);
  });

  it('ends in order when it is told to', async () => {
    const { child } = await startSandbox();
    const exit = exitOf(child);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  it('ends when its parent is gone', async () => {
    const { child } = await startSandbox();
    const exit = exitOf(child);
    child.disconnect();
    expect(await exit).toBe(0);
  });

  it('says why it could not start', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'outrider-sandbox-file-')), 'file');
    writeFileSync(file, '');
    const { answer } = await startSandbox(file);
    expect(answer).toMatchObject({ type: 'failed', message: expect.stringMatching(/ENOTDIR|EEXIST/) });
  });
});
