/** What the README tells people to write and to type is what there is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands.ts';
import { parseSpec } from '../../cli/support/spec-file.ts';
import { parseRoutes } from '../../collector/notify/routes-file.ts';
import { probeOf } from '../../probes/registry.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);

/** A probe by itself is a file with the targets that it names. */
function wholeFile(block: string): string {
  if (block.startsWith('version:')) return block;
  const names = [...block.matchAll(/targets: \[(\S+)\]/g)].map(([, name]) => name);
  const targets = names.map((name) => `  - { name: ${name}, url: 'https://${name}.example.net/' }\n`);
  return `version: 1\ntargets:\n${targets.join('')}probes:\n${block}`;
}

describe('the README', () => {
  it.each(blocks('yaml').filter((block) => block.includes('targets: ')))(
    'has probes that apply: %#',
    (block) => {
      const parsed = parseSpec(wholeFile(block));
      expect(parsed).not.toHaveProperty('diagnostics');
      const { probes } = (parsed as Extract<typeof parsed, { spec: unknown }>).spec;
      expect(probes.length).toBeGreaterThan(0);
      for (const { params, type } of probes)
        expect(probeOf(type)?.params.safeParse(params).success).toBe(true);
    },
  );

  it.each(blocks('yaml').filter((block) => block.includes('receivers:')))(
    'has routes that can be read: %#',
    (block) => {
      const env = { SLACK_URL: 'https://hooks.example.net/' };
      // Where no file is, nothing else is to be found fault with.
      const text = block.replaceAll(/\{ file: \S+ \}/g, '{ env: SLACK_URL }');
      expect(parseRoutes(text, 'routes.yaml', env).routes.length).toBeGreaterThan(0);
    },
  );

  const typed = [...readme.matchAll(/npx outrider ([a-z]+)(?: ([a-z]+))?(.*)/g)];

  it('names commands and flags that there are', () => {
    const all: Record<string, { flags?: object; baseFlags?: object }> = COMMANDS;
    expect(typed.length).toBeGreaterThan(15);
    for (const [line, topic = '', verb = '', rest = ''] of typed) {
      const command = all[`${topic}:${verb}`] ?? all[topic];
      expect(command, line).toBeDefined();
      const flags = ['help', ...Object.keys({ ...command?.baseFlags, ...command?.flags })];
      const [typedHere = ''] = rest.split(/ {2,}#|`/);
      for (const [, flag] of typedHere.matchAll(/ --([a-z-]+)/g)) expect(flags, line).toContain(flag);
    }
  });

  it('links to files and headings that there are', () => {
    const headings = (text: string) =>
      [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-'),
      );
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    expect(links.length).toBeGreaterThan(4);
    for (const [, file = '', heading] of links) {
      if (file !== '') expect(existsSync(join(root, file)), file).toBe(true);
      if (heading === undefined) continue;
      const text = file === '' ? readme : readFileSync(join(root, file), 'utf8');
      expect(headings(text)).toContain(heading);
    }
  });
});
