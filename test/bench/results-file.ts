/** results.json: the last figures of each benchmark, whenever it ran. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Row } from './benchmark.ts';
import type { Machine } from './provenance.ts';

export interface Entry {
  /** When it ended, ISO 8601 UTC. */
  readonly at: string;
  /** With `-dirty` when the checkout had changes; `unknown` outside of one. */
  readonly commit: string;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

/** A file whose entries would be lost if it were overwritten. */
export class ResultsFileError extends Error {}

const fileSchema = z.record(z.string(), z.looseObject({ rows: z.array(z.unknown()) }));

/**
 * Puts one entry in place of the one of the same name, and leaves the others as they are. The file is replaced whole: a run
 * that is interrupted leaves the old one. Throws `ResultsFileError` when what is there is not such a file.
 */
export function mergeResult(file: string, name: string, entry: Entry): void {
  const merged = { ...readResults(file), [name]: entry };
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(merged, null, 2)}\n`);
  renameSync(temporary, file);
}

/** Entries by name; none when there is no file. Throws `ResultsFileError`. */
export function readResults(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ResultsFileError(`${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? cause.message : 'it is not a map of name to { rows }';
    throw new ResultsFileError(`${file} is not a file of benchmark results: ${why}. Move it away.`, {
      cause,
    });
  }
}
