import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import { parseSpec, readSpecFile, SPEC_FILE_LIMITS } from '../../../cli/support/spec-file.ts';

const GOOD = `
version: 1
targets:
  - name: clip
    url: https://video.example/v/clip.mp4
    labels: { cdn: one }
probes:
  - name: play
    type: playback
    targets: [clip]
    every: 5s
`;

/** The good file, whose probe has this as one more line. */
const withLine = (line: string): string => GOOD.replace('every: 5s', `every: 5s\n    ${line}`);

/** `line:column message` of every diagnostic. */
function diagnose(text: string): string[] {
  const result = parseSpec(text);
  if ('spec' in result) return [];
  return result.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe('a probe file', () => {
  it('gives its targets and probes with the defaults filled in', () => {
    const result = parseSpec(GOOD);
    expect(result).toMatchObject({
      spec: {
        targets: [{ name: 'clip', labels: { cdn: 'one' } }],
        probes: [{ name: 'play', type: 'playback', every: '5s', params: {}, from: {}, paused: false }],
      },
    });
  });

  it.each<readonly [what: string, text: string, ...diagnostics: string[]]>([
    ['an unknown key', withLine('evry: 5s'), '12:5 unknown key "evry" in probes[0]; did you mean every?'],
    ['an unknown key at the top', `${GOOD}\nprobs: []\n`, '13:1 unknown key "probs"; did you mean probes?'],
    [
      'an unknown probe type',
      GOOD.replace('type: playback', 'type: playbak'),
      '9:11 probes[0].type: there is no probe type "playbak"; did you mean playback?',
    ],
    [
      'an unknown parameter',
      withLine('params: { formt: hls }'),
      '12:15 unknown key "formt" in probes[0].params; did you mean format?',
    ],
    [
      'a number for a duration',
      GOOD.replace('every: 5s', 'every: 5'),
      '11:12 probes[0].every: expected a duration from 500ms to 1d, such as 30s; 5 of what? did you mean 5s?',
    ],
    [
      'a duration out of bounds',
      GOOD.replace('every: 5s', 'every: 1ms'),
      '11:12 probes[0].every: expected a duration from 500ms to 1d, such as 30s',
    ],
    [
      'a promise of all runs',
      withLine('slo: { objective: 100% }'),
      '12:23 probes[0].slo.objective: expected a share from 50% to 99.9999%, such as 99.9%',
    ],
    [
      'a promise that is a number',
      withLine('slo: { objective: 0.999 }'),
      '12:23 probes[0].slo.objective: expected a share as text, such as 99.9%',
    ],
    [
      'a promise of a metric without a limit',
      withLine('slo: { objective: 99%, metric: first_frame_ms }'),
      '12:36 probes[0].slo.metric: needs `under` beside it',
    ],
    [
      'a promise for too short a time, of an unknown key',
      withLine('slo: { objective: 99%, window: 1d, metrik: x }'),
      '12:36 probes[0].slo.window: expected a duration from 3d to 90d, such as 30d',
      '12:40 unknown key "metrik" in probes[0].slo; did you mean metric?',
    ],
    [
      'a promise of what the probe does not measure',
      withLine('slo: { objective: 99%, metric: video_startup_ms, under: 1s }'),
      expect.stringMatching(/^12:36 probes\[0\]\.slo\.metric: /),
    ],
    [
      'another protocol',
      GOOD.replace('https:', 'ftp:'),
      expect.stringMatching(/^5:10 targets\[0\].url: expected an http or https URL, or dns, tcp/),
    ],
    [
      'a name with capitals',
      GOOD.replace('name: play', 'name: Play'),
      expect.stringMatching(/^8:11 probes\[0\]\.name: use 1 to 64 lower-case/),
    ],
    [
      'a name that stands twice',
      `${GOOD}  - { name: play, type: http, targets: [clip], every: 5s }\n`,
      '12:13 probes[1].name: play stands twice',
    ],
    [
      'another version',
      GOOD.replace('version: 1', 'version: 2'),
      '2:10 version: expected 1, the only version of this language',
    ],
    [
      'no list of targets',
      GOOD.replace('targets: [clip]', 'targets: clip'),
      '10:14 probes[0].targets: expected a list, found the text "clip"; did you mean [clip]?',
    ],
    ['a text instead of a map', 'hello', expect.stringMatching(/^1:1 the file: /)],
    ['nothing in it', '', expect.stringMatching(/^1:1 the file: /)],
  ])('with %s is refused with its place and a suggestion', (_what, text, ...diagnostics) => {
    expect(diagnose(text)).toEqual(diagnostics);
  });

  it('is refused with the place of every mistake at once, in the order of the lines', () => {
    const text = GOOD.replace('https:', 'ftp:')
      .replace('every: 5s', 'evry: 5s')
      .replace('type: playback', 'type: play');
    const lines = diagnose(text).map((line) => Number(line.split(':')[0]));
    // 8 is the probe itself, which lacks its interval.
    expect(lines).toEqual([5, 8, 9, 11]);
  });

  it('that is not YAML is refused at the line that breaks it', () => {
    expect(diagnose('version: 1\ntargets: [\n')[0]).toMatch(/^\d+:\d+ /);
  });

  it('cannot blow up by aliases', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((key, i) => `${key}: &${key} [${new Array(9).fill(`*${'abcdefgh'[i]}`)}]`),
    ];
    expect(diagnose(`${bomb.join('\n')}\n`)).toEqual([expect.stringMatching(/alias/i)]);
  });
});

describe('a probe file on the disk', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'outrider-spec-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The error of a file with this text. */
  function refusal(text: string): CliError {
    const path = join(folder, 'probes.yaml');
    writeFileSync(path, text);
    try {
      readSpecFile(path);
    } catch (error) {
      if (error instanceof CliError) return error;
      throw error;
    }
    throw new Error('the file was taken');
  }

  it('is refused when it has more bytes than the limit, however few the characters', () => {
    const { value } = SPEC_FILE_LIMITS.bytes;
    const comment = (bytes: number): string => `# ${'ü'.repeat(bytes / 2)}`;
    const fits = `${comment(value - GOOD.length - 4)}\n${GOOD}`;
    writeFileSync(join(folder, 'fits.yaml'), fits);
    expect(readSpecFile(join(folder, 'fits.yaml')).probes).toHaveLength(1);
    expect(refusal(`${comment(value)}\n${GOOD}`)).toMatchObject({
      exit: 65,
      message: expect.stringContaining('is larger than 4 MiB'),
    });
  });

  it('shows the first mistakes with their lines, and says of the rest how many', () => {
    const { value } = SPEC_FILE_LIMITS.diagnostics;
    const strange = Array.from({ length: value + 7 }, (_, index) => `strange-${index}: 1\n`).join('');
    const { exit, message, why = '' } = refusal(`${GOOD}${strange}`);
    expect(exit).toBe(65);
    expect(message).toContain(`has ${value + 7} mistakes; nothing was applied`);
    const lines = why.split('\n');
    expect(lines).toHaveLength(3 * value + 1);
    expect(lines.filter((line) => line.includes('unknown key'))).toHaveLength(value);
    expect(lines[1]).toBe('    12 | strange-0: 1');
    expect(lines.at(-1)).toBe('… and 7 more');
  });
});
