/** The views for SQL. */
import { z } from 'zod';
import { type Answer, COMPONENTS, page, text } from './shared.ts';

export const viewsAnswer = page(
  z
    .object({
      name: text,
      summary: text.describe('What a row is.'),
      columns: z.array(z.object({ name: text, type: text.describe('Of ClickHouse.'), meaning: text })),
    })
    .register(COMPONENTS, { id: 'View' }),
).extend({ questions: z.array(z.object({ question: text, sql: text })) });

export type ViewsJson = Answer<typeof viewsAnswer>;
