/** `GET /views`: the views for people, column by column, and questions that they answer. */
import { Hono } from 'hono';
import { QUESTIONS } from '../store/questions.ts';
import type { Store } from '../store/store.ts';
import { VIEWS } from '../store/views.ts';
import { viewsAnswer } from './answers/views.ts';
import { operation } from './operation.ts';

interface ColumnRow {
  readonly view: string;
  readonly name: string;
  readonly type: string;
}

const COLUMNS_SQL = `SELECT table AS view, name, type FROM system.columns
  WHERE database = currentDatabase() AND table IN {views:Array(String)} ORDER BY table, position`;

export function viewRoutes(store: Store): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'The views for SQL, column by column, and questions that they answer.',
      answer: viewsAnswer,
    }),
    async (context) => {
      const rows = await store.query<ColumnRow>(COLUMNS_SQL, { views: VIEWS.map(({ name }) => name) });
      const data = VIEWS.map(({ columns, name, summary }) => ({
        name,
        summary,
        columns: rows
          .filter((row) => row.view === name)
          .map((row) => ({ name: row.name, type: row.type, meaning: columns[row.name] ?? '' })),
      }));
      return context.json({ data, pagination: { limit: data.length, next: null }, questions: QUESTIONS });
    },
  );
  return app;
}
