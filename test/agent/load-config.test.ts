import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentConfigError } from '../../agent/config.ts';
import { CONFIG_FILE_LIMITS, loadAgentConfig } from '../../agent/load-config.ts';
import { printedConfig } from '../../agent/print-config.ts';
import { temporaryFolder } from './fixtures.ts';

function file(text: string): string {
  const path = join(temporaryFolder(), 'agent.yaml');
  writeFileSync(path, text);
  return path;
}

const GOOD = `version: 1
id: ams-1
labels: { region: eu-west, city: Amsterdam, tags: [edge] }
collectors: [http://collector.test:7077]
dataDir: /var/lib/outrider
spool: { ageMaxMs: 2d, bytesMax: 8MiB }
`;

function problemsOf(text: string, flags: Record<string, string[]> = {}, env: Record<string, string> = {}) {
  try {
    loadAgentConfig({ env, flags: { config: [file(text)], ...flags } });
  } catch (error) {
    if (error instanceof AgentConfigError) return error.problems.join('\n');
    throw error;
  }
  return '';
}

describe('the configuration of an agent', () => {
  it('is read from a file, with durations and sizes in words', () => {
    const { config } = loadAgentConfig({ env: {}, flags: { config: [file(GOOD)] } });
    expect(config).toMatchObject({ id: 'ams-1', dataDir: '/var/lib/outrider', takeover: false });
    expect(config.spool).toEqual({ ageMaxMs: 172_800_000, bytesMax: 8_388_608 });
    expect(config.labels).toMatchObject({ region: 'eu-west', city: 'Amsterdam', country: '' });
  });

  it('takes a flag before a variable, and a variable before the file', () => {
    const path = file(GOOD);
    const env = {
      OUTRIDER_CONFIG: path,
      OUTRIDER_REGION: 'eu-north',
      OUTRIDER_CITY: 'Oslo',
      OUTRIDER_TAG: 'a,b',
    };
    const { config, origins } = loadAgentConfig({ env, flags: { region: ['us-east'] } });
    expect(config.labels).toMatchObject({ region: 'us-east', city: 'Oslo', tags: ['a', 'b'] });
    expect(origins.get('labels.region')).toBe('--region');
    expect(origins.get('labels.city')).toBe('OUTRIDER_CITY');
    expect(origins.get('id')).toBe(path);
    expect(origins.has('labels.isp')).toBe(false);
  });

  it('needs no file, and no collector but the nearest', () => {
    const { config } = loadAgentConfig({
      env: { OUTRIDER_ID: 'a', OUTRIDER_REGION: 'r', STATE_DIRECTORY: '/var/lib/outrider-agent' },
      flags: {},
    });
    expect(config.collectors).toEqual(['http://127.0.0.1:7077']);
    expect(config.dataDir).toBe('/var/lib/outrider-agent');
  });

  it('takes an empty variable for one that is not there', () => {
    const flags = { config: [file(GOOD)] };
    expect(loadAgentConfig({ env: { OUTRIDER_REGION: '' }, flags }).config.labels.region).toBe('eu-west');
  });

  it('still understands the variables of before', () => {
    const env = { OUTRIDER_AGENT_CONFIG: file(GOOD), OUTRIDER_AGENT_ID: 'older' };
    expect(loadAgentConfig({ env, flags: {} }).config.id).toBe('older');
  });

  it('says line, column and the nearest key for a key that does not exist', () => {
    const said = problemsOf(GOOD.replace('collectors:', 'colectors:'));
    expect(said).toContain('agent.yaml:4:1: unknown key "colectors"; did you mean collectors?');
  });

  it('says where in the file a wrong value stands', () => {
    expect(problemsOf(GOOD.replace('2d', 'soon'))).toMatch(/agent\.yaml:6:\d+: spool\.ageMaxMs/);
  });

  it('names the flag or the variable that a wrong value came from', () => {
    expect(problemsOf(GOOD, { asn: ['many'] })).toMatch(/^labels\.asn: .*\(--asn\)$/);
    expect(problemsOf(GOOD, {}, { OUTRIDER_COLLECTOR: 'localhost' })).toMatch(
      /collectors\[0\]: .*\(OUTRIDER_COLLECTOR\)$/,
    );
  });

  it('says how to give what is missing', () => {
    expect(problemsOf('labels: { region: x }')).toContain('(give --id, OUTRIDER_ID, or the key in the file)');
  });

  it.each([
    ['is of a later version', 'version: 2', 'reads version 1'],
    ['is no map', '- a', 'is not a map'],
    ['is no YAML', 'a: [', 'agent.yaml:1:'],
    ['has a section that is a word', 'labels: far', 'labels'],
    ['is too large', `# ${'x'.repeat(CONFIG_FILE_LIMITS.bytes.value)}`, 'larger than 1 MiB'],
    [
      'has aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]`,
      'alias',
    ],
  ])('refuses a file that %s', (_what, text, words) => {
    expect(problemsOf(text)).toContain(words);
  });

  it('refuses a file that is not there', () => {
    expect(() => loadAgentConfig({ env: {}, flags: { config: ['/no/such/file'] } })).toThrow('ENOENT');
  });
});

describe('the printed configuration', () => {
  it('is a file of the same meaning, and says where each value comes from', () => {
    const loaded = loadAgentConfig({
      env: { OUTRIDER_BROWSER: 'auto' },
      flags: { config: [file(GOOD)], allow: ['10.0.0.0/8'], 'connect-to': ['a.test:80=127.0.0.1:1'] },
    });
    const text = printedConfig(loaded);
    expect(text).toContain('    allow: ["10.0.0.0/8"]  # --allow');
    expect(text).toMatch(/^ {2}path: "auto" {2}# OUTRIDER_BROWSER$/m);
    expect(text).toMatch(/^ {2}isp: "" {2}# default$/m);
    expect(loadAgentConfig({ env: {}, flags: { config: [file(text)] } }).config).toEqual(loaded.config);
  });
});
