/** What the machine gives: memory, disk, open files. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { PlanJson } from '../../collector/api/answers/checks.ts';
import { formatBytes } from '../../probes/quantity-text.ts';
import { type Check, counted, problem, skipped, warning, well } from './check.ts';
import { DOCTOR_LIMITS } from './limits.ts';

export const memory: Check = {
  name: 'memory',
  area: 'machine',
  look({ freeBytes }) {
    const free = freeBytes();
    if (free >= DOCTOR_LIMITS.browserFreeBytes.value) return well(`${formatBytes(free)} of memory are free.`);
    return warning(
      `${formatBytes(free)} of memory are free.`,
      'Agents with a browser shed its runs below 750 MiB: these slots are missed.',
      'Give the machine more memory, or start its agent without --browser',
    );
  },
};

/** The nearest folder that there is: the rest is made by who needs it. */
export function standing(path: string): string {
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

export const disk: Check = {
  name: 'disk',
  area: 'store',
  look({ named }) {
    const folder = standing(named.dataDir ?? '.');
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const finding = `${formatBytes(free)} are free on the disk of ${folder}.`;
    if (free >= DOCTOR_LIMITS.diskFreeBytes.value) return well(finding);
    const hint = 'Free some space, or give --data-dir on another disk';
    return free < DOCTOR_LIMITS.diskFreeBytes.value / 10
      ? problem(
          finding,
          'ClickHouse soon takes no more results, and agents keep them until they must drop them.',
          hint,
        )
      : warning(finding, 'Results take 20 bytes each, merges need as much again for a while.', hint);
  },
};

/** Results are kept for 30 days at about 20 bytes each, and merges need as much again. */
const KEPT_DAYS = 30;
const RESULT_BYTES = 2 * 20;

export const growth: Check = {
  name: 'growth',
  area: 'store',
  async look(scene) {
    const { dataDir } = scene.named;
    if (dataDir === undefined)
      return skipped('No data directory is named; --data-dir DIR says whether 30 days of results will fit.');
    const { agents } = await scene.ask<Pick<PlanJson, 'agents'>>('/api/v1/schedule/plan');
    const aDay = agents.reduce((sum, agent) => sum + agent.runs_per_minute, 0) * 1440 * RESULT_BYTES;
    const folder = standing(dataDir);
    const { bavail, bsize } = statfsSync(folder);
    const days = Math.floor((bavail * bsize) / Math.max(1, aDay));
    if (days >= KEPT_DAYS)
      return well(
        `What is scheduled takes up to ${formatBytes(aDay)} a day: the disk of ${folder} has room for it.`,
      );
    return warning(
      `What is scheduled takes up to ${formatBytes(aDay)} a day: the disk of ${folder} is full after ${counted(days, 'day')}.`,
      `Results are kept for ${KEPT_DAYS} days; a full disk takes none, and agents drop theirs in the end.`,
      'A larger disk, a ClickHouse server (--clickhouse URL), or longer intervals: outrider schedule plan shows the load',
    );
  },
};

export const openFiles: Check = {
  name: 'open-files',
  area: 'machine',
  look() {
    if (!existsSync('/proc/self/limits'))
      return skipped(`How many open files are allowed is not told on ${process.platform}.`);
    // Node takes the hard limit when it starts.
    const [, hard = ''] =
      /^Max open files +\S+ +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    const allowed = hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
    if (allowed >= DOCTOR_LIMITS.openFiles.value) return well(`${hard} open files are allowed.`);
    return warning(
      `Only ${hard} open files are allowed.`,
      'Each run has sockets, each agent one at its collector: past it connections fail with EMFILE, which looks like an outage.',
      'ulimit -Hn 65536, or LimitNOFILE=65536 in the systemd unit',
    );
  },
};
