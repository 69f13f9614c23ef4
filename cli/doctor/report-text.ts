/** Findings for people: what is wrong first, in full; what is well in a line; what was not looked at, and how it would be. */
import { cellText } from '../support/cell-text.ts';
import { stateText } from '../support/state-colour.ts';
import { wrap } from '../support/wrap.ts';
import { counted, type Finding, type State } from './check.ts';

const MARKS: Readonly<Record<State, string>> = {
  problem: '✗',
  warning: '!',
  unknown: '?',
  skipped: '–',
  ok: '✓',
};

export interface Paper {
  readonly columns: number;
  readonly colours: boolean;
}

/** Lines that fit into so many columns, where words do. Colours mark what the signs say already. */
export function reportText(findings: readonly Finding[], paper: Paper): string {
  const of = (...states: readonly State[]): Finding[] =>
    findings.filter(({ state }) => states.includes(state));
  const lines = [...of('problem'), ...of('warning'), ...together(of('unknown'))].flatMap((finding) => [
    ...paragraph(finding, paper),
    '',
  ]);
  for (const finding of of('ok')) lines.push(...entry(finding, paper));
  const skipped = of('skipped');
  if (skipped.length > 0) lines.push('', 'Not looked at:');
  for (const finding of skipped) lines.push(...entry(finding, paper));
  return [...lines, '', ...wrap(summary(findings), paper.columns)].join('\n');
}

/** Checks that could not be looked at for one and the same reason are one paragraph. */
function together(findings: readonly Finding[]): Finding[] {
  const byReason = Map.groupBy(findings, ({ finding }) => finding);
  return [...byReason.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    if (same.length === 1) return [first];
    const names = same.map(({ check }) => check).join(', ');
    return [
      {
        ...first,
        check: `${same.length} checks`,
        finding: `${first.finding} So nothing is known of ${names}.`,
      },
    ];
  });
}

function entry({ check, finding, state }: Finding, paper: Paper): string[] {
  return signed(state, indented(`${MARKS[state]} ${check.padEnd(17)}  `, finding, paper), paper);
}

function paragraph(finding: Finding, paper: Paper): string[] {
  const { hint, why } = finding;
  return [
    ...entry(finding, paper),
    ...(why === '' ? [] : indented(' '.repeat(21), why, paper)),
    ...(hint === '' ? [] : indented(`${' '.repeat(21)}Try: `, hint, paper)),
  ];
}

/** The sign of the first line in the colour of its state. */
function signed(state: State, [first = '', ...rest]: readonly string[], { colours }: Paper): string[] {
  const [sign = '', ...words] = first.split(' ');
  return [colours ? [stateText(state, sign), ...words].join(' ') : first, ...rest];
}

function indented(head: string, text: string, { columns }: Paper): string[] {
  return wrap(cellText(text), Math.max(24, columns - head.length)).map(
    (line, at) => (at === 0 ? head : ' '.repeat(head.length)) + line,
  );
}

function summary(findings: readonly Finding[]): string {
  const count = (state: State): number => findings.filter((finding) => finding.state === state).length;
  const parts = [
    count('problem') > 0 ? counted(count('problem'), 'problem') : '',
    count('warning') > 0 ? counted(count('warning'), 'warning') : '',
    count('unknown') > 0 ? `${count('unknown')} could not be looked at` : '',
    `${count('ok')} well`,
    count('skipped') > 0 ? `${count('skipped')} not asked for` : '',
  ];
  return `${counted(findings.length, 'check')}: ${parts.filter((part) => part !== '').join(', ')}`;
}
