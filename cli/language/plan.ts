/** What applying files would do, as the collector says it, and in the words of a plan. */
import { styleText } from 'node:util';
import type { FieldChange } from '../../collector/registry/field-changes.ts';
import type { AppliedChange } from '../../collector/registry/registry.ts';
import type { ApiClient } from '../support/api-client.ts';
import { cellText } from '../support/cell-text.ts';
import { CliError } from '../support/cli-error.ts';
import type { SpecFiles } from '../support/spec-file.ts';
import { type Terminal, terminalOf } from '../support/terminal.ts';
import { wrap } from '../support/wrap.ts';

/** The answer of `apply`, of a real one or a dry one. */
export interface PlanJson {
  readonly data: readonly AppliedChange[];
  readonly pagination: { readonly limit: number; readonly next: string | null };
  /** Of what people declared: it grows with every change. */
  readonly revision: number;
}

export interface PlanOptions {
  readonly dryRun: boolean;
  readonly prune: boolean;
  /** Only if nobody changed anything since: a `CliError` (exit 75) otherwise. */
  readonly revision?: number | undefined;
}

/** Asks the collector. What it complains about is shown at its line in the files; exit 65 then. */
export async function requestPlan(
  client: ApiClient,
  files: SpecFiles,
  options: PlanOptions,
): Promise<PlanJson> {
  const { dryRun, prune, revision } = options;
  try {
    return await client.post<PlanJson>('/api/v1/probes/apply', {
      ...{ spec: files.body, dry_run: dryRun, prune },
      ...(revision === undefined ? {} : { revision }),
    });
  } catch (error) {
    if (!(error instanceof CliError) || error.issues.length === 0) throw error;
    const count = error.issues.length === 1 ? 'a mistake' : `${error.issues.length} mistakes`;
    throw new CliError(`the collector found ${count}; nothing was applied`, {
      why: files.quote(error.issues).join('\n'),
      hint: 'mend the lines above and run the command again',
      exit: error.exit,
      code: error.code,
      cause: error,
    });
  }
}

const SIGNS = { create: '+', update: '~', delete: '-', unchanged: ' ' } as const;

const COLOURS = { create: 'green', update: 'yellow', delete: 'red', unchanged: undefined } as const;

export const isChange = ({ action }: AppliedChange): boolean => action !== 'unchanged';

/** What a plan deletes, a line each. */
export const deletedIn = (changes: readonly AppliedChange[]): string[] =>
  changes.filter(({ action }) => action === 'delete').map(nameText);

/** `agent group homes`; routes are one thing without a name. */
const nameText = ({ kind, name }: AppliedChange): string =>
  kind === 'routes' ? 'routes' : `${kind.replace('_', ' ')} ${cellText(name)}`;

/** A line a change, and below an update a line a field. Empty where nothing changes. On a terminal no wider than that. */
export function planText(
  changes: readonly AppliedChange[],
  { colours, columns }: Pick<Terminal, 'colours' | 'columns'> = terminalOf(),
): string {
  return changes
    .filter(isChange)
    .flatMap((change) => {
      const head = within(`${SIGNS[change.action]} ${change.action} ${nameText(change)}`, '  ', columns);
      const colour = COLOURS[change.action];
      return [
        colours && colour ? styleText(colour, head, { validateStream: false }) : head,
        ...change.fields.map((field) => within(`    ${fieldText(field)}`, '      ', columns)),
      ];
    })
    .join('\n');
}

/** The lines after the first have the indent. */
function within(text: string, indent: string, columns: number): string {
  const [, blanks = '', rest = ''] = /^( *)(.*)$/s.exec(text) ?? [];
  const [first = '', ...more] = wrap(rest, columns - indent.length);
  return [`${blanks}${first}`, ...more.map((line) => `${indent}${line}`)].join('\n');
}

function fieldText({ from, path, to }: FieldChange): string {
  if (from === undefined) return `${path}: ${cellText(to)} (new)`;
  if (to === undefined) return `${path}: ${cellText(from)} (goes)`;
  return `${path}: ${cellText(from)} → ${cellText(to)}`;
}

/** `1 created, 0 updated, 3 unchanged`; deleted only where any are. */
export function countsText(changes: readonly AppliedChange[]): string {
  const count = (action: AppliedChange['action']) =>
    changes.filter((change) => change.action === action).length;
  const deleted = count('delete');
  return `${count('create')} created, ${count('update')} updated, ${count('unchanged')} unchanged${deleted > 0 ? `, ${deleted} deleted` : ''}`;
}
