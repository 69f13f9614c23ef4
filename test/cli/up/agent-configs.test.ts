import { describe, expect, it } from 'vitest';
import { parseAgentConfig } from '../../../agent/config.ts';
import { type AgentsInput, agentConfigs } from '../../../cli/up/agent-configs.ts';

const input: AgentsInput = {
  regions: ['us-east', 'somewhere'],
  agentsPerRegion: 3,
  collector: 'ws://127.0.0.1:7077',
  dataDir: '/data',
  proxyPorts: { 'us-east': 4001, somewhere: 4002 },
  browserPath: '/usr/bin/chromium',
  target: undefined,
};

describe('the agents of up', () => {
  const configs = agentConfigs(input).map(parseAgentConfig);

  it('are as many as asked for, each with a name and a directory of its own', () => {
    expect(configs.map(({ id }) => id)).toEqual([
      'us-east-1',
      'us-east-2',
      'us-east-3',
      'somewhere-1',
      'somewhere-2',
      'somewhere-3',
    ]);
    expect(new Set(configs.map(({ dataDir }) => dataDir)).size).toBe(6);
  });

  it('have one browser a region', () => {
    expect(configs.filter(({ browser }) => browser).map(({ id }) => id)).toEqual([
      'us-east-1',
      'somewhere-1',
    ]);
  });

  it('share one lock of the machine, so that browser runs of two fleets do not overlap either', () => {
    expect(configs[0]?.browser?.lockFile).toBeUndefined();
  });

  it('reach the service through the proxy of their region and nothing else on this machine', () => {
    expect(configs[0]?.network.connectTo).toEqual({ 'video.sandbox.test:80': '127.0.0.1:4001' });
    expect(configs[3]?.network.connectTo).toEqual({ 'video.sandbox.test:80': '127.0.0.1:4002' });
  });

  it('stand where their region is, on several providers, and nowhere when the region is of the user’s naming', () => {
    expect(configs[0]?.labels).toMatchObject({ region: 'us-east', country: 'US', city: 'Ashburn' });
    expect(new Set(configs.slice(0, 3).map(({ labels }) => labels.isp)).size).toBe(3);
    expect(configs[3]?.labels).toMatchObject({ region: 'somewhere', country: '', lat: 0, lon: 0 });
  });

  it.each([
    ['https://cdn.example.net/v.m3u8', []],
    ['http://localhost:8080/v.mp4', ['127.0.0.0/8', '::1/128']],
    ['http://192.168.1.7/v.mp4', ['192.168.1.7/32']],
    ['http://[fd00::7]/v.mp4', ['fd00::7/128']],
  ])('that probe %s may reach %j of what is private', (target, allow) => {
    const [first] = agentConfigs({ ...input, proxyPorts: undefined, target }).map(parseAgentConfig);
    expect(first?.network).toMatchObject({ policy: { allow }, connectTo: {} });
  });

  it('are all light where there is no browser', () => {
    expect(
      agentConfigs({ ...input, browserPath: undefined }).every(({ browser }) => browser === undefined),
    ).toBe(true);
  });
});
