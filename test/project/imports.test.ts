import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** What each folder may import from, itself aside: the direction in which the data flows. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  probes: [],
  protocol: ['probes'],
  agent: ['probes', 'protocol'],
  collector: ['probes', 'protocol'],
  sandbox: [],
  cli: ['probes', 'protocol', 'agent', 'collector', 'sandbox'],
};

/** Packages that only one file may load, and only when it is needed: they are large or need a browser. */
const LAZY: Readonly<Record<string, string>> = {
  'playwright-core': 'probes/browser/launch.ts',
  chdb: 'collector/store/',
};

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly isType: boolean;
  readonly isDynamic: boolean;
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const found: Import[] = [];
  for (const match of source.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm,
  )) {
    found.push({ file, specifier: match[2] ?? '', isType: match[1] !== undefined, isDynamic: false });
  }
  for (const match of source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ file, specifier: match[1] ?? '', isType: false, isDynamic: true });
  }
  return found;
}

const files = Object.keys(ALLOWED).flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }));
const imports = files.flatMap(importsOf);

describe('imports', () => {
  it('are found at all', () => {
    expect(imports.length).toBeGreaterThan(200);
  });

  it('point one way: probes ← protocol ← agent and collector ← cli, and sandbox knows none of them', () => {
    const wrong = imports.filter(({ file, specifier }) => {
      if (!specifier.startsWith('.')) return false;
      const [from = ''] = file.split('/');
      const [to = ''] = relative(root, join(root, dirname(file), specifier)).split('/');
      return to !== from && !ALLOWED[from]?.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  it('of what the API answers are types alone in the CLI, which asks a collector and loads none of it for that', () => {
    const answers = imports.filter(
      ({ file, specifier }) => file.startsWith('cli/') && specifier.includes('collector/api/answers/'),
    );
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter(({ isType }) => !isType)).toEqual([]);
  });

  it('of a browser driver or the embedded engine stand in one place and happen when needed', () => {
    const wrong = imports.filter(({ file, specifier, isType, isDynamic }) => {
      const place = Object.entries(LAZY).find(
        ([name]) => specifier === name || specifier.startsWith(`${name}/`),
      )?.[1];
      return place !== undefined && !isType && !(isDynamic && file.startsWith(place));
    });
    expect(wrong).toEqual([]);
  });

  it('of what a light agent loads never reach a browser driver or the embedded engine', () => {
    const seen = new Set<string>();
    const reach = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const { specifier, isType, isDynamic } of importsOf(file)) {
        if (isType || isDynamic) continue;
        if (!specifier.startsWith('.')) seen.add(specifier);
        else if (specifier.endsWith('.ts')) reach(relative(root, join(root, dirname(file), specifier)));
      }
    };
    // The entry itself loads the rest by `import()`, for the sake of the compile cache.
    reach('agent/process.ts');
    expect(seen.size).toBeGreaterThan(20);
    expect([...seen].filter((name) => /playwright|chdb|@clickhouse|@oclif|hono/.test(name))).toEqual([]);
  });
});
