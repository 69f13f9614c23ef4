/** Generates `outrider.pb.js` and `outrider.pb.d.ts` from `outrider.proto`: `npm run proto`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const bin = join(here, '..', 'node_modules', '.bin');
const OPTIONS =
  '--target static-module --wrap es6 --es6 --force-number --no-service --no-convert --no-delimited --no-verify --no-typeurl';

function pbjs(out: string, ...more: string[]): void {
  const dependency = ['--dependency', 'protobufjs/minimal.js'];
  execFileSync(join(bin, 'pbjs'), [
    ...OPTIONS.split(' '),
    ...dependency,
    ...more,
    '--out',
    out,
    join(here, 'outrider.proto'),
  ]);
}

/** Writes the static codec, without comments, and its types into `directory`. */
export function generate(directory: string): void {
  pbjs(join(directory, 'outrider.pb.js'), '--no-comments');
  const scratch = mkdtempSync(join(tmpdir(), 'outrider-proto-'));
  try {
    const commented = join(scratch, 'commented.js');
    pbjs(commented);
    execFileSync(join(bin, 'pbts'), [
      '--no-comments',
      '--out',
      join(directory, 'outrider.pb.d.ts'),
      commented,
    ]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) generate(here);
