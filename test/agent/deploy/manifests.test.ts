import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadAgentConfig } from '../../../agent/load-config.ts';
import { SETTINGS } from '../../../agent/settings.ts';
import AgentStart from '../../../cli/commands/agent/start.ts';
import CollectorStart from '../../../cli/commands/collector/start.ts';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'agent/deploy');
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

const known = new Set<string | undefined>([
  'OUTRIDER_CONFIG',
  ...SETTINGS.map(({ variable }) => variable),
  ...Object.values(CollectorStart.flags).map((flag) => ('env' in flag ? flag.env : undefined)),
]);

/** `KEY=value` of one section of a unit, each key with all its values. */
function unitOf(file: string): Map<string, string[]> {
  const entries = new Map<string, string[]>();
  for (const line of read(file).split('\n')) {
    const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) entries.set(key, [...(entries.get(key) ?? []), value ?? '']);
  }
  return entries;
}

describe('what is deployed', () => {
  it('sets no variable that nobody reads', () => {
    const files = globSync('{systemd,docker,kubernetes}/*', { cwd: folder });
    expect(files.length).toBeGreaterThan(8);
    for (const file of files)
      for (const [name] of read(file).matchAll(/\bOUTRIDER_[A-Z_]+/g))
        expect([file, known.has(name)]).toEqual([file, true]);
  });

  it.each(globSync('systemd/*.service', { cwd: folder }))('%s is confined, bounded and restarted', (file) => {
    const unit = unitOf(file);
    const value = (key: string): string | undefined => unit.get(key)?.join(' ');
    expect(value('DynamicUser')).toBe('yes');
    expect(value('StateDirectory')).toBeTruthy();
    expect(value('ProtectSystem')).toBe('strict');
    expect(value('NoNewPrivileges')).toBe('yes');
    expect(value('CapabilityBoundingSet')).toBe('');
    expect(value('MemoryMax')).toMatch(/^\d+[MG]$/);
    expect(value('Restart')).toBe('on-failure');
  });

  it('gives the unit of the agent flags that the agent has', () => {
    const flags = [...read('systemd/outrider-agent@.service').matchAll(/ --([a-z-]+)/g)].map(
      ([, flag]) => flag,
    );
    expect(flags).toContain('takeover');
    for (const flag of flags) if (flag !== 'now') expect(Object.keys(AgentStart.flags)).toContain(flag);
  });

  it.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)(
    'has units that systemd understands',
    () => {
      const units = globSync('systemd/*.service', { cwd: folder });
      expect(units).toHaveLength(2);
      for (const file of units) {
        const path = join(folder, file).replace('@.', '@.');
        const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
        const ours = stderr.split('\n').filter((line) => line.includes(basename(file)));
        // Node lies where the machine has it; all else is a mistake in the unit.
        expect(ours.filter((line) => !/is not executable|Command .* not found/.test(line))).toEqual([]);
      }
    },
  );

  it('has an example of a configuration that is valid and means what it says', () => {
    const flags = { config: [join(folder, 'agent.example.yaml')] };
    const { config } = loadAgentConfig({ env: { STATE_DIRECTORY: '/var/lib/outrider-agent' }, flags });
    expect(config).toMatchObject({ id: 'ams-1', labels: { asn: 64_500 }, spool: { ageMaxMs: 259_200_000 } });
  });

  it('builds images from files that there are, of one version of Node', () => {
    const compose = parse(read('docker/compose.yaml')) as {
      services: Record<string, { build?: { dockerfile: string } }>;
    };
    const builds = Object.values(compose.services).flatMap(({ build }) => build ?? []);
    expect(builds.length).toBeGreaterThan(0);
    for (const { dockerfile } of builds) expect(() => readFileSync(join(root, dockerfile))).not.toThrow();
    const images = globSync('docker/*.Dockerfile', { cwd: folder });
    expect(images).toHaveLength(3);
    for (const file of images) {
      const froms = [...read(file).matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
      expect(new Set(froms)).toEqual(new Set(['node:24-bookworm-slim']));
      expect(read(file)).toMatch(/^USER node$/m);
    }
  });

  it('has Kubernetes objects whose selectors find their pods, none of them root', () => {
    const { resources } = parse(read('kubernetes/kustomization.yaml')) as { resources: string[] };
    const objects = resources.flatMap((file) =>
      parseAllDocuments(read(`kubernetes/${file}`)).map((document) => document.toJS()),
    );
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      'Deployment',
      'NetworkPolicy',
      'Service',
      'StatefulSet',
    ]);
    for (const { spec } of objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')) {
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
      expect(spec.template.spec.securityContext.runAsNonRoot).toBe(true);
      for (const { resources: needs, securityContext } of spec.template.spec.containers) {
        expect(needs.limits.memory).toBeTruthy();
        expect(securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
        });
      }
    }
  });
});
