/** What the program itself runs on: Node, its SQLite, and the embedded engine. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Check, problem, skipped, warning, well } from './check.ts';

const NEEDED_MAJOR = 24;

export const nodeVersion: Check = {
  name: 'node',
  area: 'machine',
  look({ node }) {
    if (Number(node.split('.')[0]) >= NEEDED_MAJOR) return well(`Node ${node}.`);
    return problem(
      `Node ${node} is older than ${NEEDED_MAJOR}.`,
      'TypeScript is run as it is and spools are kept by node:sqlite: neither is in older ones.',
      'npm run up, which brings Node 24 as a package; or install Node 24',
    );
  },
};

export const sqlite: Check = {
  name: 'sqlite',
  area: 'machine',
  async look() {
    try {
      const { DatabaseSync } = await import('node:sqlite');
      new DatabaseSync(':memory:').close();
      return well('node:sqlite is there.');
    } catch (error) {
      return problem(
        `node:sqlite cannot be used: ${(error as Error).message}.`,
        'Agents keep results in it until a collector has them: none starts without.',
        'Take --no-experimental-sqlite out of NODE_OPTIONS, or install the official build of Node 24',
      );
    }
  },
};

/** Whether the engine is installed for this platform; it is not loaded, which takes half a gigabyte. */
export const engine: Check = {
  name: 'engine',
  area: 'store',
  look({ named, root }) {
    if (named.clickhouse !== undefined) return skipped('--clickhouse names a server: no engine is needed.');
    const { arch, platform } = process;
    const library = `@chdb/lib-${platform}-${arch}${platform === 'linux' ? '-gnu' : ''}`;
    const found = (name: string): boolean => {
      try {
        createRequire(join(root, 'x.js')).resolve(name);
        return true;
      } catch (error) {
        // It is there, and names no file for `require`.
        return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
      }
    };
    const lacking = ['chdb', `${library}/package.json`].filter((name) => !found(name));
    if (lacking.length === 0) return well('The embedded ClickHouse is installed.');
    return warning(
      lacking.length === 2
        ? 'The embedded ClickHouse is not installed.'
        : `The embedded ClickHouse has no library for ${platform}-${arch} (${library}).`,
      'A collector without --clickhouse cannot start here. Agents and the command line do not need it.',
      'npm install chdb, not as another platform nor with --omit=optional; or collector start --clickhouse URL',
    );
  },
};
