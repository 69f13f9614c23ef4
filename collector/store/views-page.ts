/** VIEWS.md: the views column by column, and the questions that they answer. Pure. */
import type { Question } from './questions.ts';
import type { ViewDoc } from './views.ts';

export function viewsPage(views: readonly ViewDoc[], questions: readonly Question[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return [
    '# The views for people',
    '',
    'What `outrider query` and any client of ClickHouse can `SELECT` from. Times are UTC; a figure that was not measured is NULL, never 0.',
    'This page is made of `views.ts` and `questions.ts` beside it; `outrider query --columns VIEW` shows the same with the types.',
    ...views.flatMap(({ columns, name, summary }) => [
      '',
      `## ${name}`,
      '',
      summary,
      '',
      '| Column | Meaning |',
      '|---|---|',
      ...Object.entries(columns).map(([column, meaning]) => `| \`${column}\` | ${cell(meaning)} |`),
    ]),
    '',
    '## Questions',
    ...questions.flatMap(({ question, sql }) => ['', `**${question}**`, '', '```sql', sql, '```']),
    '',
  ].join('\n');
}
