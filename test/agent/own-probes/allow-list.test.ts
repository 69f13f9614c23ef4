import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentConfigError } from '../../../agent/config.ts';
import { readAllowList } from '../../../agent/own-probes/allow-list.ts';
import { SignedFile } from '../../../agent/own-probes/signed-file.ts';
import { OWN_LIMITS } from '../../../probes/own/limits.ts';
import { temporaryFolder } from '../fixtures.ts';
import { open, runOf, sha256Of, writeList } from './support.ts';

const MODULE = { name: 'sign-in', content: 'export default {};' };
const PROGRAM = { name: 'disk', content: '#!/bin/sh\n' };

function problemsOf(file: string): string {
  try {
    readAllowList(file);
    return '';
  } catch (error) {
    if (error instanceof AgentConfigError) return error.problems.join('\n');
    throw error;
  }
}

function listFile(text: string): string {
  const file = join(temporaryFolder(), 'own-probes.yaml');
  writeFileSync(file, text);
  return file;
}

describe('the allow-list', () => {
  it('is YAML with modules and programs, each by its name, file and sha256', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.ts'), 'export default 1');
    const file = join(folder, 'own-probes.yaml');
    writeFileSync(
      file,
      `version: 1\nmodules:\n  - name: a\n    file: a.ts\n    sha256: ${sha256Of('export default 1')}\n`,
    );
    const { modules, programs } = readAllowList(file);
    expect(modules.get('a')).toEqual({
      name: 'a',
      source: 'export default 1',
      typescript: true,
      secrets: [],
      memoryMiB: OWN_LIMITS.memoryMib.value,
    });
    expect(programs.size).toBe(0);
  });

  it('is told to the collector by kind and name', async () => {
    const { file } = writeList({ modules: [MODULE], programs: [PROGRAM] });
    expect((await open(file)).capabilities).toEqual(['own:sign-in', 'exec:disk']);
  });

  it('refuses files with another content than was signed off, and says which sha256 they have', () => {
    const written = writeList({ modules: [MODULE], programs: [PROGRAM] });
    writeFileSync(written.pathOf('sign-in'), 'export default { evil: true };');
    writeFileSync(written.pathOf('disk'), '#!/bin/sh\nrm\n');
    const problems = problemsOf(written.file);
    expect(problems).toContain(`its sha256 is ${sha256Of('export default { evil: true };')}`);
    expect(problems).toContain('the program disk');
  });

  it.each([
    ['a file that is not there', 'file: none.mjs', 'ENOENT'],
    ['a folder', 'file: .', 'is not a file'],
  ])('refuses %s', (_what, line, problem) => {
    const file = listFile(`version: 1\nmodules:\n  - name: a\n    ${line}\n    sha256: ${'f'.repeat(64)}\n`);
    expect(problemsOf(file)).toContain(problem);
  });

  it.each([0o664, 0o646, 0o777])('refuses a file of mode %o, which others can write', (mode) => {
    const written = writeList({ modules: [MODULE] });
    chmodSync(written.pathOf('sign-in'), mode);
    expect(problemsOf(written.file)).toContain('can be written by others');
  });

  it.each([
    ['no version', 'modules: []', 'version'],
    ['an unknown key', 'version: 1\nmodule: []', 'module'],
    ['a sha256 that is none', 'version: 1\nmodules: [{name: a, file: a, sha256: abc}]', 'modules.0.sha256'],
    ['a name that is none', 'version: 1\nmodules: [{name: A/b, file: a, sha256: abc}]', 'modules.0.name'],
    [
      'arguments to a module',
      `version: 1\nmodules: [{name: a, file: a, sha256: ${'f'.repeat(64)}, args: []}]`,
      'args',
    ],
    [
      'a NUL in an argument',
      `version: 1\nprograms: [{name: a, file: a, sha256: ${'f'.repeat(64)}, args: ["a\\0b"]}]`,
      'NUL',
    ],
    ['what is no YAML', 'version: [', 'cannot be read'],
    ['nothing', '', 'the whole'],
  ])('refuses %s', (_what, text, problem) => {
    expect(problemsOf(listFile(text))).toContain(problem);
  });

  it('refuses a name that stands twice', () => {
    const { file } = writeList({ modules: [MODULE, { ...MODULE, file: 'other.mjs' }] });
    expect(problemsOf(file)).toContain('stands twice');
  });

  it('refuses a module whose TypeScript Node cannot run', async () => {
    const content = 'enum Colour { red }\nexport default {};';
    const { file } = writeList({ modules: [{ name: 'm', content, file: 'm.ts' }] });
    await expect(open(file)).rejects.toThrow(/the module m: .*enum/);
  });

  it('says that it is not there', () => {
    expect(problemsOf('/nowhere/own-probes.yaml')).toContain('ENOENT');
  });

  it('is refused past the limits: modules, programs, memoryMibMax, allowListBytes, moduleBytes, programBytes', () => {
    const many = (count: number, one: typeof MODULE) =>
      Array.from({ length: count }, (_, index) => ({ ...one, name: `${one.name}${index}` }));
    const { allowListBytes, memoryMibMax, moduleBytes, modules, programBytes, programs } = OWN_LIMITS;
    expect(problemsOf(writeList({ modules: many(modules.value, MODULE) }).file)).toBe('');
    expect(problemsOf(writeList({ modules: many(modules.value + 1, MODULE) }).file)).toContain('modules');
    expect(problemsOf(writeList({ programs: many(programs.value + 1, PROGRAM) }).file)).toContain('programs');
    const hungry = { ...MODULE, more: { memoryMiB: memoryMibMax.value + 1 } };
    expect(problemsOf(writeList({ modules: [hungry] }).file)).toContain('memoryMiB');
    expect(problemsOf(listFile(`#${' '.repeat(allowListBytes.value)}`))).toContain('larger than');
    const large = writeList({ modules: [MODULE], programs: [PROGRAM] });
    truncateSync(large.pathOf('sign-in'), moduleBytes.value + 1);
    // Sparse: it takes no disk.
    truncateSync(large.pathOf('disk'), programBytes.value + 1);
    const problems = problemsOf(large.file);
    expect(problems).toContain(`larger than ${moduleBytes.value}`);
    expect(problems).toContain(`larger than ${programBytes.value}`);
  });
});

describe('a signed file', () => {
  const signed = (content: string) => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, content, { mode: 0o644 });
    return { path, file: new SignedFile(path, sha256Of('good'), 1000) };
  };

  it('is checked again when it was written, even with its old size and times', () => {
    const { path, file } = signed('good');
    file.check();
    file.check();
    utimesSync(path, 1, 1);
    expect(() => file.check()).not.toThrow();
    writeFileSync(path, 'evil');
    utimesSync(path, 1, 1);
    expect(() => file.check()).toThrow('not what was signed off');
    writeFileSync(path, 'good');
    expect(() => file.check()).not.toThrow();
  });

  it('is checked again when another file took its place', () => {
    const { path, file } = signed('good');
    file.check();
    writeFileSync(`${path}.new`, 'evil');
    renameSync(`${path}.new`, path);
    expect(() => file.check()).toThrow('not what was signed off');
    expect(() => file.read()).toThrow('not what was signed off');
  });

  it('may be reached by a link, and is what the link leads to', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real', 'file'), 'good');
    symlinkSync(join(folder, 'real', 'file'), join(folder, 'link'));
    expect(new SignedFile(join(folder, 'link'), sha256Of('good'), 1000).read().toString()).toBe('good');
  });

  it.runIf(process.geteuid?.() === 0)('that belongs to somebody else is refused', () => {
    const { path, file } = signed('good');
    chownSync(path, 54_321, 54_321);
    expect(() => file.check()).toThrow('belongs neither to root nor to the user of the agent');
  });
});

describe('a program that was changed while the agent runs', () => {
  it('does not run, and the failure is the agent’s', async () => {
    const content = `#!/bin/sh\necho '{"outcome":"ok"}'\n`;
    const written = writeList({ programs: [{ name: 'disk', content }] });
    const own = await open(written.file);
    expect(await runOf(own, 'exec', 'disk')).toMatchObject({ outcome: 'ok' });
    writeFileSync(written.pathOf('disk'), `${content}echo more\n`);
    expect(await runOf(own, 'exec', 'disk')).toMatchObject({
      outcome: 'fail',
      failure: { layer: 'agent', blame: 'agent', code: 'not_allowed' },
    });
  });

  it('does not matter to a module, which runs as it was read', async () => {
    const content = `export default { run: async () => ({ outcome: 'ok' }) };`;
    const written = writeList({ modules: [{ name: 'm', content }] });
    const own = await open(written.file);
    writeFileSync(written.pathOf('m'), 'throw new Error("evil")');
    expect(await runOf(own, 'own', 'm')).toMatchObject({ outcome: 'ok' });
  });
});
