import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askNames, COMPLETION_LIMITS, type NameKind } from '../../../cli/completion/named.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from '../../collector/api/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
  await api.registry.apply(SPEC);
  await api.connect('eu-west-1', 'eu-west');
  await api.connect('us-east-1', 'us-east');
  await api.connect('eu-west-2', 'eu-west');
  api.shelf.put('opened', incidentOf());
});
afterAll(() => api?.close());

const NOWHERE = { HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere' };
const asked = async (kind: NameKind, collector = api.url) =>
  (await askNames(kind, new Map([['collector', collector]]), NOWHERE)).map(({ word }) => word);

describe('names for completion', () => {
  it('are those that the collector has', async () => {
    expect(await asked('probes')).toEqual(['front-page']);
    expect(await asked('targets')).toEqual(['origin']);
    expect((await asked('agents')).sort()).toEqual(['eu-west-1', 'eu-west-2', 'us-east-1']);
    expect(await asked('regions')).toEqual(['eu-west', 'us-east']);
    expect(await asked('incidents')).toEqual(['inc-1-region-eu-west']);
    expect(await asked('silences')).toEqual([]);
    expect(await asked('tokens')).toEqual([]);
  });

  it('are at most as many as are asked for', () => {
    expect(COMPLETION_LIMITS.names.value).toBe(1000);
  });

  it('come with what they are about', async () => {
    const [probe] = await askNames('probes', new Map([['collector', api.url]]), NOWHERE);
    expect(probe).toEqual({ word: 'front-page', about: 'http every 2s' });
  });

  it('are none where nobody listens, or what is named is no address', async () => {
    expect(await asked('probes', 'http://127.0.0.1:9')).toEqual([]);
    expect(await asked('probes', 'nowhere')).toEqual([]);
    expect(await askNames('probes', new Map([['context', 'none']]), NOWHERE)).toEqual([]);
    expect(await askNames('contexts', new Map(), NOWHERE)).toEqual([]);
  });

  it('are not waited for beyond answerMs', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const startedMs = performance.now();
    const { port } = server.address() as AddressInfo;
    expect(await asked('probes', `http://127.0.0.1:${port}`)).toEqual([]);
    expect(performance.now() - startedMs).toBeGreaterThan(0.9 * COMPLETION_LIMITS.answerMs.value);
    expect(performance.now() - startedMs).toBeLessThan(10 * COMPLETION_LIMITS.answerMs.value);
    server.closeAllConnections();
    server.close();
  });
});
