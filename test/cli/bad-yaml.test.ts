import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../cli/support/spec-file.ts';
import { quoted } from '../../probes/yaml-source.ts';
import { outrider } from '../support/outrider.ts';

const folder = join(import.meta.dirname, 'bad-yaml');
const files = globSync('*.yaml', { cwd: folder }).sort();
const ENV = { STAGE: 'x', KIND: 'http', LABEL: 'l' };

describe('a bad file', () => {
  it('stands here for each of at least forty mistakes', () => {
    expect(files.length).toBeGreaterThanOrEqual(40);
  });

  it.each(files)('%s is refused with every mistake at its line, and what was probably meant', (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const parsed = parseSpec(text, ENV);
    const said = 'diagnostics' in parsed ? quoted(file, text, parsed.diagnostics) : ['it was taken'];
    expect(`${said.join('\n')}\n`).toBe(readFileSync(join(folder, file.replace('.yaml', '.txt')), 'utf8'));
  });

  it('ends the command with 65, without asking the collector', async () => {
    const file = join(folder, 'several-mistakes-at-once.yaml');
    const nobody = ['--collector', 'http://127.0.0.1:9'];
    for (const verb of ['apply', 'diff']) {
      const { code, stderr, stdout } = await outrider('probes', verb, '-f', file, ...nobody);
      expect({ code, stdout }).toEqual({ code: 65, stdout: '' });
      expect(stderr).toContain('has 6 mistakes; nothing was applied');
      expect(stderr).toContain('several-mistakes-at-once.yaml:9:5: unknown key "evry"');
    }
  });
});
