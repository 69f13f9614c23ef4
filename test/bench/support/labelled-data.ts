/** Labelled data of others that is no part of the project: beside the checkout, or where `OUTRIDER_DATA` says; often not there. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openCsv, placesOf } from '../../../cli/support/csv-file.ts';

/** The folder of a data set; undefined where it is not there. */
export function dataFolder(
  name: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const root = env.OUTRIDER_DATA ?? join(import.meta.dirname, '../../../../shared/data');
  const folder = join(root, name);
  return existsSync(folder) ? folder : undefined;
}

/** A series in which people have marked the changes. */
export interface Trace {
  readonly name: string;
  /** In the order of time; undefined for a probe that failed. */
  readonly values: readonly (number | undefined)[];
  /** The first sample after each change, rising. */
  readonly labels: readonly number[];
}

/** Traces of round-trip times, `t,rtt_ms,cp`, ordered by name. */
export async function readTraces(folder: string): Promise<Trace[]> {
  const files = readdirSync(folder)
    .filter((file) => /\.csv(\.gz)?$/.test(file))
    .sort();
  return Promise.all(files.map((file) => readTrace(join(folder, file))));
}

async function readTrace(path: string): Promise<Trace> {
  const file = await openCsv(path);
  const places = placesOf(file, ['rtt_ms', 'cp']);
  const values: (number | undefined)[] = [];
  const labels: number[] = [];
  for await (const rows of file.rows()) {
    for (const { cells } of rows) {
      const value = Number(cells[places.rtt_ms]);
      if (Number(cells[places.cp]) === 1) labels.push(values.length);
      values.push(value > 0 && Number.isFinite(value) ? value : undefined);
    }
  }
  return { name: basename(path).replace(/\.csv(\.gz)?$/, ''), values, labels };
}
