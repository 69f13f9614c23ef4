import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { wrapBrowser, wrapperOf } from './browser-wrapper.ts';

/** A program that says what it was given. */
function stage(): { readonly directory: string; readonly program: string } {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-wrap-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const program = join(directory, "it's one");
  writeFileSync(
    program,
    '#!/bin/sh\n[ "$1" = --version ] || [ "$2" = --version ] && echo "Chromium 156.0.1" && exit\necho "$DISPLAY"; for flag in "$@"; do echo "$flag"; done\n',
    { mode: 0o755 },
  );
  return { directory, program };
}

function said(script: string, directory: string, ...args: string[]): string[] {
  const path = join(directory, 'script');
  writeFileSync(path, script, { mode: 0o755 });
  return execFileSync(path, args, { encoding: 'utf8', env: { PATH: process.env.PATH ?? '' } })
    .trimEnd()
    .split('\n');
}

describe('a wrapped browser', () => {
  it('is given the flags in front of those that it is called with, spaces and all', () => {
    const { directory, program } = stage();
    const script = wrapperOf(program, { directory, add: ['--one=a b'] });
    expect(said(script, directory, '--headless', '--two=c d')).toEqual([
      '',
      '--one=a b',
      '--headless',
      '--two=c d',
    ]);
  });

  it('has a window where it has a display', () => {
    const { directory, program } = stage();
    const script = wrapperOf(program, { directory, add: ['--kiosk'], display: ':99' });
    expect(said(script, directory, '--headless=new', '--a', '--headless', 'b c')).toEqual([
      ':99',
      '--kiosk',
      '--a',
      'b c',
    ]);
  });

  it.each(['shell', 'new'] as const)('is still known as one of the kind %s', async (headless) => {
    const { directory, program } = stage();
    const build = await wrapBrowser({ path: program, version: 'x', headless }, { directory, add: ['--a'] });
    expect(build).toMatchObject({ headless, version: 'Chromium 156.0.1' });
  });
});
