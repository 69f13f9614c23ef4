import { describe, expect, it, onTestFinished } from 'vitest';
import { NodeProcess } from './node-process.ts';

function script(text: string): NodeProcess {
  const node = new NodeProcess({ command: process.execPath, args: ['-e', text], env: { GREETING: 'hello' } });
  onTestFinished(() => node.stop());
  return node;
}

const exact =
  (wanted: string) =>
  (line: string): string | undefined =>
    line === wanted ? line : undefined;

describe('a process under measurement', () => {
  it('is heard on both of its outputs, with its environment', async () => {
    const node = script(
      'console.error("noise"); console.log(process.env.GREETING); setInterval(() => {}, 1e6)',
    );
    expect((await node.line(exact('noise'), 20_000)).value).toBe('noise');
    const { value, afterMs } = await node.line(exact('hello'), 20_000);
    expect(value).toBe('hello');
    expect(afterMs).toBeGreaterThan(0);
    expect(() => process.kill(node.pid, 0)).not.toThrow();
    await node.stop();
    expect(() => process.kill(node.pid, 0)).toThrow('ESRCH');
  });

  it('that ends without the line is an error with its last words', async () => {
    const node = script('console.error("no memory left"); process.exit(3)');
    await expect(node.line(exact('ready'), 20_000)).rejects.toThrow('ended too early: no memory left');
  });

  it('that stays silent is an error after the time given', async () => {
    await expect(script('setInterval(() => {}, 1e6)').line(exact('ready'), 50)).rejects.toThrow(
      'said nothing too early',
    );
  });

  it('can be waited for: well when it ends well, else an error with its exit code', async () => {
    await expect(script('console.log("done")').ended(20_000)).resolves.toBeUndefined();
    await expect(script('process.exit(3)').ended(20_000)).rejects.toThrow('ended with 3');
  });
});
