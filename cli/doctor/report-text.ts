/** Findings for people: what is wrong first, in full; what is well in a line; what was not looked at, and how it would be. */

import { cellText } from '../support/cell-text.ts';
import { wrap } from '../support/wrap.ts';
import { counted, type Finding, type State } from './check.ts';

const MARKS: Readonly<Record<State, string>> = {
  problem: '✗',
  warning: '!',
  unknown: '?',
  skipped: '–',
  ok: '✓',
};

/** Lines that fit into so many columns, where words do. */
export function reportText(findings: readonly Finding[], columns: number): string {
  const of = (...states: readonly State[]): Finding[] =>
    findings.filter(({ state }) => states.includes(state));
  const lines = [...of('problem'), ...of('warning'), ...together(of('unknown'))].flatMap((finding) => [
    ...paragraph(finding, columns),
    '',
  ]);
  for (const finding of of('ok')) lines.push(...entry(finding, columns));
  const skipped = of('skipped');
  if (skipped.length > 0) lines.push('', 'Not looked at:');
  for (const finding of skipped) lines.push(...entry(finding, columns));
  return [...lines, '', summary(findings)].join('\n');
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

function entry({ check, finding, state }: Finding, columns: number): string[] {
  return indented(`${MARKS[state]} ${check.padEnd(17)}  `, finding, columns);
}

function paragraph({ check, finding, hint, state, why }: Finding, columns: number): string[] {
  return [
    ...indented(`${MARKS[state]} ${check.padEnd(17)}  `, finding, columns),
    ...(why === '' ? [] : indented(' '.repeat(21), why, columns)),
    ...(hint === '' ? [] : indented(`${' '.repeat(21)}Try: `, hint, columns)),
  ];
}

function indented(head: string, text: string, columns: number): string[] {
  const width = Math.max(24, columns - head.length);
  return wrap(cellText(text), Number.isFinite(width) ? width : 10_000).map(
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
