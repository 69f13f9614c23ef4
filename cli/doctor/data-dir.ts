/** The folder of the embedded store: may it be written, and who holds it. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { holderOf } from '../../collector/store/holder.ts';
import { type Check, problem, skipped, well } from './check.ts';
import { standing } from './room.ts';

const USUAL = '.outrider/collector';

export const dataDir: Check = {
  name: 'data-dir',
  area: 'store',
  async look(scene) {
    const { named } = scene;
    if (named.clickhouse !== undefined)
      return skipped('--clickhouse names a server: no data directory is needed.');
    const folder = resolve(named.dataDir ?? USUAL);
    if (named.dataDir === undefined && !existsSync(folder))
      return skipped('No collector keeps its data here; --data-dir DIR looks at another place.');
    const there = standing(folder);
    const why = 'The embedded store keeps everything there: without it the collector does not start.';
    if (!statSync(there).isDirectory())
      return problem(
        `${there} is a file, and no directory can be made in it.`,
        why,
        'Give another --data-dir',
      );
    try {
      accessSync(there, constants.W_OK | constants.X_OK);
    } catch (error) {
      return problem(
        `${there} cannot be written by this user (${(error as NodeJS.ErrnoException).code}).`,
        why,
        `sudo chown -R "$USER" ${there}, or run the doctor as the user of the collector`,
      );
    }
    const holder = holderOf(join(folder, 'clickhouse'));
    if (holder === undefined) return well(`${folder} can be written, and nobody holds it.`);
    const { kind } = await scene.reached();
    if (kind === 'collector') return well(`Process ${holder} holds ${folder}, and a collector answers.`);
    return problem(
      `Process ${holder} holds ${folder}, and no collector answers at ${scene.collector.origin}.`,
      'One process alone may use a data directory: another collector would be refused it (exit 75).',
      `ps -p ${holder} says what it is; stop it, or look for its port: --collector URL`,
    );
  },
};
