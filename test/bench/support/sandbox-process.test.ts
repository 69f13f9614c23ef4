import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxProcess } from './sandbox-process.ts';

let sandbox: SandboxProcess;

beforeAll(async () => {
  sandbox = await SandboxProcess.start({ plain: [], slow: ['latency=200ms', 'bandwidth=1Mbit'] });
});
afterAll(async () => {
  await sandbox.stop();
});

async function fetched(url: string): Promise<{ readonly headMs: number; readonly bodyMs: number }> {
  const fromMs = performance.now();
  const response = await fetch(`${url}/v/clip.mp4`);
  const headMs = performance.now() - fromMs;
  const { byteLength } = await response.arrayBuffer();
  expect(byteLength).toBeGreaterThan(100_000);
  return { headMs, bodyMs: performance.now() - fromMs - headMs };
}

describe('the sandbox of a benchmark', () => {
  it('has a slow way and one that is as it is, at the same time', async () => {
    const [slow, plain] = [await fetched(sandbox.urlBy('slow')), await fetched(sandbox.urlBy('plain'))];
    expect(slow.headMs).toBeGreaterThan(199);
    expect(slow.bodyMs).toBeGreaterThan(600);
    expect(plain.headMs + plain.bodyMs).toBeLessThan(slow.headMs + slow.bodyMs);
  });

  it('can be asked without any proxy', async () => {
    expect((await fetch(`${sandbox.originUrl}/v/clip.mp4`)).headers.get('x-pop')).toBeNull();
  });
});
