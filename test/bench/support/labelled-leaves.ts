/** Labelled incidents as tables of leaves: real ones where they are at hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLeaves } from '../../../cli/support/leaves-file.ts';
import type { LeafSet, LeafTable } from '../../../collector/detect/leaves/leaf-table.ts';

export interface LabelledCase {
  readonly name: string;
  readonly table: LeafTable;
  readonly causes: readonly LeafSet[];
}

interface Label {
  readonly file: string;
  readonly t: number;
  readonly cause: readonly LeafSet[];
}

/** The cases of a folder with `labels.json` and `cases/`, in the order of the labels, read as the command reads them. */
export async function readCases(folder: string): Promise<LabelledCase[]> {
  const labels = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as Label[];
  const cases: LabelledCase[] = [];
  for (const { cause, file, t } of labels) {
    const { table } = await readLeaves(join(folder, 'cases', file), String(t));
    cases.push({ name: file, table, causes: cause });
  }
  return cases;
}
