/** `/spec`: everything that was applied as one file would say it, with its revision; and the JSON schema of such files. */
import { Hono } from 'hono';
import { languageJsonSchema } from '../registry/language-schema.ts';
import type { Registry } from '../registry/registry.ts';
import { declaredAnswer } from './answers/checks.ts';
import { operation } from './operation.ts';

export function specRoutes(registry: Registry): Hono {
  const app = new Hono();
  let schema: string | undefined;
  app.get(
    '/',
    operation({ summary: 'Everything that was applied, as one file would say it.', answer: declaredAnswer }),
    (context) => {
      const { language, revision } = registry.declared();
      return context.json({ revision, spec: language });
    },
  );
  app.get(
    '/schema',
    operation({
      summary: 'The JSON schema of probes as code, for editors.',
      answer: { mediaType: 'application/schema+json' },
    }),
    (context) => {
      schema ??= JSON.stringify(languageJsonSchema());
      return context.body(schema, 200, { 'content-type': 'application/schema+json' });
    },
  );
  return app;
}
