import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../../collector/api/running-api.ts';
import { type Finished, outrider, start } from '../../../support/outrider.ts';

const scratch = mkdtempSync(join(tmpdir(), 'outrider-as-code-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const TEXT = `# Who owns this: team video.
version: 1
targets:
  - name: clip # the one that everybody sees
    url: https://\${CDN:-video.example.net}/clip.mp4
probes:
  # Every half minute is enough.
  - name: play
    type: playback
    targets: [clip]
    every: 30s # was 10s
    timeout: 8s      # as players have it
    from: 2 per region of group:homes
agent_groups:
  - { name: homes, agents: residential }
regions:
  - { name: eu-west, title: Frankfurt, country: DE, lat: 50.1, lon: 8.7 }
maintenance:
  - { name: racks, start: 2099-11-22T02:00, length: 2h }
`;

let api: RunningApi;
beforeEach(async () => {
  api = await startApi({ startMs: Date.now() });
});
afterEach(() => api.close());

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(scratch, `${files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const probes = (verb: string, ...args: string[]): Promise<Finished> =>
  outrider('probes', verb, '--collector', api.url, ...args);

const edited = (from: string, to: string): string => {
  expect(TEXT).toContain(from);
  return TEXT.replace(from, to);
};

describe('probes as code', () => {
  it('are a difference (2) until they are applied, and none afterwards', async () => {
    const path = file(TEXT);
    const before = await probes('diff', '-f', path);
    expect(before.code).toBe(2);
    expect(before.stdout.trim().split('\n')).toEqual([
      '+ create target clip',
      '+ create probe play',
      '+ create region eu-west',
      '+ create agent group homes',
      '+ create maintenance racks',
    ]);
    const dry = await probes('apply', '-f', path, '--dry-run');
    expect([dry.code, dry.stderr]).toEqual([0, expect.stringContaining('nothing was changed')]);
    expect((await probes('apply', '-f', path)).stderr).toContain('5 created, 0 updated, 0 unchanged');
    const after = await probes('diff', '-f', path);
    expect([after.code, after.stdout, after.stderr]).toEqual([0, '', 'no differences\n']);
  }, 120_000);

  it('say of an update which field becomes what', async () => {
    await probes('apply', '-f', file(TEXT));
    const { code, stdout } = await probes('diff', '-f', file(edited('every: 30s', 'every: 1m')));
    expect([code, stdout]).toEqual([2, '~ update probe play\n    every: 30s → 1m\n']);
  }, 120_000);

  it('are deleted only with --prune, only of kinds that the file has, and never from under a probe', async () => {
    await probes('apply', '-f', file(TEXT));
    const others = file('version: 1\ntargets:\n  - { name: other, url: https://example.net/ }\n');
    expect((await probes('apply', '-f', others)).stderr).toContain('1 created, 0 updated, 0 unchanged');
    const lost = await probes('apply', '-f', others, '--prune');
    expect(lost.code).toBe(65);
    expect(lost.stderr).toContain('the target clip would be deleted, but the probe play needs it');
    const done = await probes('apply', '-f', file(TEXT), '--prune', '--yes', '-o', 'json');
    expect(
      JSON.parse(done.stdout).data.filter(({ action }: { action: string }) => action === 'delete'),
    ).toEqual([{ kind: 'target', name: 'other', action: 'delete', fields: [] }]);
    expect(api.registry.targets().map(({ spec }) => spec.name)).toEqual(['clip']);
  }, 120_000);

  it('are a conflict (75) for who reviewed another revision, and then nothing is applied', async () => {
    const { revision } = JSON.parse((await probes('apply', '-f', file(TEXT), '-o', 'json')).stdout);
    await api.registry.pause('play');
    const late = await probes('apply', '-f', file(edited('30s', '1m')), '--revision', String(revision));
    expect(late.code).toBe(75);
    expect(late.stderr).toMatch(/revision \d+ now, and no longer at \d+[\s\S]*Try: /);
    expect(api.registry.probe('play')?.spec).toMatchObject({ every: '30s', paused: true });
  }, 120_000);

  it('are shown by the line where only the collector knows better (65)', async () => {
    const path = file(edited('[clip]', '[clip, clib]'));
    const { code, stderr } = await probes('apply', '-f', path);
    expect(code).toBe(65);
    expect(stderr).toContain(
      `${path}:10:21: probes[0].targets[1]: there is no target clib; did you mean clip?`,
    );
    const routes = file('version: 1\nroutes:\n  - { name: all, receivers: [nobdy] }\n');
    const refused = await probes('apply', '-f', routes);
    expect([refused.code, refused.stderr]).toEqual([65, expect.stringContaining('did you mean nobody?')]);
  }, 120_000);

  it('are pulled with their comments and variables, changed only where the collector differs', async () => {
    const path = file(TEXT);
    await probes('apply', '-f', path);
    const first = await probes('pull', '-f', path);
    expect(first.code).toBe(0);
    const line = `# yaml-language-server: $schema=${api.url}/api/v1/spec/schema\n`;
    expect(readFileSync(path, 'utf8')).toBe(`${line}${TEXT}`);
    await api.registry.apply({
      version: 1,
      probes: [
        {
          name: 'play',
          type: 'playback',
          targets: ['clip'],
          every: '5m',
          timeout: '8s',
          from: '2 per region of group:homes',
        },
      ],
      targets: [{ name: 'new', url: 'https://example.net/' }],
    });
    await probes('pull', '-f', path);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('    every: 5m # was 10s\n');
    expect(text).toContain('    timeout: 8s      # as players have it\n');
    expect(text).toContain(`https://\${CDN:-video.example.net}/clip.mp4`);
    expect(text).toContain('  - name: new\n    url: https://example.net/\n');
    expect(text).toContain('# Every half minute is enough.');
    expect((await probes('diff', '-f', path, '--prune')).code).toBe(0);
    const { stdout } = await probes('pull');
    expect(stdout).toContain('    from: group:homes, 2 per region\n');
    expect((await probes('diff', '-f', file(stdout), '--prune')).code).toBe(0);
  }, 120_000);

  it('run where an agent group says', async () => {
    await probes(
      'apply',
      '-f',
      file(edited('2 per region of group:homes', 'group:homes').replace('residential', 'eu-west')),
    );
    await api.connect('eu-west-1', 'eu-west');
    await api.connect('us-east-1', 'us-east');
    await expect.poll(() => api.registry.probe('play')?.agents, { timeout: 20_000 }).toEqual(['eu-west-1']);
  }, 120_000);

  it('bring routes that are in force in place of those of the file', async () => {
    const path = file('version: 1\nroutes:\n  - { name: quick, receivers: [nobody], wait: 5m }\n');
    expect((await probes('apply', '-f', path)).code).toBe(0);
    expect(api.registry.declared().language.routes).toMatchObject([{ name: 'quick', wait: '5m' }]);
    await probes('apply', '-f', file(TEXT));
    await api.notifier.tick();
    expect(api.notifier.windows.map(({ name }) => name)).toEqual(['racks']);
    const { code, stdout } = await probes('diff', '-f', file(readFileSync(path, 'utf8').replace('5m', '1m')));
    expect([code, stdout]).toEqual([2, '~ update routes\n    routes[quick].wait: 5m → 1m\n']);
  }, 120_000);

  it('are explained, by the collector or by the file alone', async () => {
    const path = file(TEXT);
    await probes('apply', '-f', path);
    expect((await probes('explain', 'play')).stdout).toContain('play: a playback probe of one target');
    const offline = await outrider(
      'probes',
      'explain',
      'play',
      '-f',
      path,
      '--collector',
      'http://127.0.0.1:9',
    );
    expect(offline.stdout).toMatch(/from +2 agents, for each region, at group:homes$/m);
    expect((await outrider('probes', 'explain', 'plai', '-f', path)).code).toBe(64);
  }, 120_000);

  it('end with 69 where no collector answers', async () => {
    for (const verb of ['diff', 'apply'])
      expect(
        (await outrider('probes', verb, '-f', file(TEXT), '--collector', 'http://127.0.0.1:9')).code,
      ).toBe(69);
  }, 120_000);
});

describe('the schema of files', () => {
  let schema: { properties: Record<string, unknown> };
  beforeAll(async () => {
    schema = JSON.parse((await outrider('probes', 'schema')).stdout);
  });

  it('has every key of the language, and the parameters of each type', () => {
    expect(Object.keys(schema.properties)).toEqual([
      ...['version', 'targets', 'probes', 'regions', 'agent_groups', 'routes', 'maintenance'],
    ]);
    expect(JSON.stringify(schema)).toContain('followRedirects');
  });

  it('is what the collector serves, where pulled files say that it is', async () => {
    const response = await fetch(`${api.url}/api/v1/spec/schema`);
    expect(response.headers.get('content-type')).toMatch(/^application\/schema\+json/);
    expect(await response.json()).toEqual(schema);
  });
});

describe('the variables of a file', () => {
  it('come from the environment of who applies it', async () => {
    const env = { CDN: 'eu.example.net' };
    await start(['probes', 'apply', '-f', file(TEXT), '--collector', api.url], env).finished;
    expect(api.registry.target('clip')?.spec.url).toBe('https://eu.example.net/clip.mp4');
  }, 60_000);
});
