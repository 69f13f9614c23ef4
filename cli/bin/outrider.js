#!/usr/bin/env node
/** The command: re-runs itself under the checkout's Node 24 when the machine's own is older. Plain JavaScript for that reason. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const own = join(root, 'node_modules', '.bin', 'node');

if (Number(process.versions.node.split('.')[0]) < 24) {
  if (!existsSync(own)) {
    process.stderr.write(
      'outrider needs Node 24, and this checkout is not set up.\nTry: npm run up, which sets everything up.\n',
    );
    process.exit(1);
  }
  const { status } = spawnSync(own, [import.meta.filename, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

// Compiled where it is published, as it is written in a checkout.
const { main } = await import(existsSync(join(import.meta.dirname, 'main.js')) ? './main.js' : './main.ts');
await main(process.argv.slice(2));
