import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { LINK_ADDRESS, ThinLink } from './thin-link.ts';
import { TruthServer } from './truth-server.ts';

const missing = ThinLink.missing();
const names = (): string[] =>
  execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`outrider-${process.pid}-`));

describe.skipIf(missing !== undefined)('a thin link', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  function open(): ThinLink {
    const link = ThinLink.open();
    closing.push(() => link.close());
    return link;
  }

  it('lets bytes through no faster than it is wide, as the server at its far end tells', async () => {
    const link = open();
    const server = await TruthServer.start(LINK_ADDRESS.server, (command, args) =>
      link.at('server', command, args),
    );
    closing.push(() => server.close());
    link.shape('client', 8_000_000);
    await server.treat({ commitMs: 0 });
    const script = join(import.meta.dirname, 'plain-sender.ts');
    const { port } = new URL(server.urls.plain);
    const { args, command } = link.at('client', process.execPath, [
      script,
      LINK_ADDRESS.server,
      port,
      '500000',
    ]);
    const { stdout } = await promisify(execFile)(command, args);
    const sent = JSON.parse(stdout) as { firstMs: number; answeredMs: number };
    const [body] = await server.received();
    // 500 kB at 8 Mbit/s take 500 ms, but for what the bucket holds at the start.
    const { firstMs = 0, lastMs = 0 } = body ?? {};
    expect(lastMs - firstMs).toBeGreaterThan(440);
    expect(sent.firstMs).toBeLessThan(firstMs);
    expect(sent.answeredMs).toBeGreaterThan(lastMs);
  });

  it('has another width when it is told so, and none when it is told nothing', () => {
    const link = open();
    const shown = (): string => {
      const { args, command } = link.at('client', 'tc', ['qdisc', 'show', 'dev', 'link0']);
      return spawnSync(command, args, { encoding: 'utf8' }).stdout;
    };
    link.shape('client', 2_000_000);
    expect(shown()).toMatch(/tbf .*rate 2Mbit/);
    link.shape('client', 10_000_000);
    expect(shown()).toMatch(/tbf .*rate 10Mbit/);
    link.shape('client', undefined);
    expect(shown()).not.toContain('tbf');
  });

  it('bounds the send buffer of its client, and of nobody else', () => {
    const link = open();
    const most = (end: 'client' | 'server'): number => {
      const { args, command } = link.at(end, 'cat', ['/proc/sys/net/ipv4/tcp_wmem']);
      return Number(execFileSync(command, args, { encoding: 'utf8' }).trim().split(/\s+/)[2]);
    };
    const before = most('server');
    link.limitSendBuffer(8192);
    expect(most('client')).toBe(8192);
    expect(most('server')).toBe(before);
    link.limitSendBuffer(undefined);
    expect(most('client')).toBeGreaterThan(1_000_000);
  });

  it('leaves nothing behind', () => {
    const link = ThinLink.open();
    expect(names()).toHaveLength(2);
    link.close();
    expect(names()).toEqual([]);
  });
});
