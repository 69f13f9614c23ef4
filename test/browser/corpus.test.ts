import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { areAtOdds, isUnexplained, judgeCorpus, twinWordOf, type Verdict, wordOf } from '../bench/corpus.ts';
import { CORPUS_FILES, canMakeCorpus, type Made, makeCorpus } from '../corpus/make-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'outrider-corpus-test-'));
const verdicts = new Map<string, Verdict>();
const made = new Map<string, Made>();

/** The table of a corpus, on files whose fate is known: fragments, odd boxes, missing sound, ten bits, variable rate, cut off. */
const noTools = canMakeCorpus() ? '' : ' (no ffmpeg here: apt-get install -y ffmpeg)';
describe.skipIf(noTools !== '')(`of the files of a corpus${noTools}`, () => {
  beforeAll(async () => {
    const files = join(directory, 'files');
    mkdirSync(files);
    for (const one of makeCorpus(files)) made.set(one.file, one);
    for (const verdict of await judgeCorpus(files, () => {}, { watchMs: 1000 }))
      verdicts.set(verdict.file, verdict);
  }, 600_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(CORPUS_FILES)('%s becomes in browser and twin what has to become of it', (file) => {
    const verdict = verdicts.get(file) as Verdict;
    const expected = made.get(file) as Made;
    expect(wordOf(verdict), JSON.stringify(verdict.browser)).toMatch(expected.browser);
    expect(twinWordOf(verdict), JSON.stringify(verdict.twin)).toMatch(expected.twin);
  });

  it('none is refused without a reason, and none is judged differently by the two', () => {
    const all = [...verdicts.values()];
    expect(all.filter(isUnexplained).map(({ file }) => file)).toEqual([]);
    expect(all.filter(areAtOdds).map(({ file }) => file)).toEqual([]);
  });
});
