import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { agentCommand, agentWarmUpCommand } from '../../agent/spawn.ts';
import { temporaryFolder } from './fixtures.ts';

describe('agentCommand', () => {
  it('names the configuration, and asks to stop with standard input only where wanted', () => {
    const plain = agentCommand({ configFile: '/etc/agent.json' });
    expect(plain.args.slice(-2)).toEqual(['--config', '/etc/agent.json']);
    expect(plain.command).toBe(process.execPath);
    const bound = agentCommand({ configFile: '/etc/agent.json', stopWithStdin: true });
    expect(bound.args.at(-1)).toBe('--stop-with-stdin');
  });

  it('keeps compiled code where it is told to', () => {
    const { env } = agentCommand({ configFile: '', cacheDir: '/var/cache/agent' });
    expect(env.NODE_COMPILE_CACHE).toBe('/var/cache/agent');
  });
});

describe('agentWarmUpCommand', () => {
  it('fills the cache, starts nothing and says nothing', () => {
    const cacheDir = temporaryFolder();
    const { command, args, env } = agentWarmUpCommand({ cacheDir });
    const run = spawnSync(command, args, { env: { ...process.env, ...env }, encoding: 'utf8' });
    expect([run.status, run.stdout, run.stderr]).toEqual([0, '', '']);
    expect(readdirSync(cacheDir, { recursive: true }).length).toBeGreaterThan(30);
  });
});
