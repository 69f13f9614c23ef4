/**
 * What a route of the API takes and gives, said where the route is registered. The OpenAPI document is made of it, and
 * `parseQuery` and `parseBody` take no other schema than the one that is said here: the document cannot be wrong about them.
 */
import type { Context, Handler, MiddlewareHandler } from 'hono';
import type { z } from 'zod';

export interface Operation {
  /** One sentence for people. */
  readonly summary: string;
  /** The query string; absent where none is read. */
  readonly query?: z.ZodType;
  /** The JSON body; absent where none is read. */
  readonly body?: z.ZodType;
  /** JSON by a schema, or bytes of a media type. */
  readonly answer: z.ZodType | { readonly mediaType: string };
  /** Of success; 200 when absent. */
  readonly status?: 201 | 202;
}

const OPERATIONS = new WeakMap<Handler | MiddlewareHandler, Operation>();
const CONTEXTS = new WeakMap<Context, Operation>();

/** Goes before the handler: `app.get('/', operation({ … }), handler)`. */
export function operation(described: Operation): MiddlewareHandler {
  const middleware: MiddlewareHandler = async (context, next) => {
    CONTEXTS.set(context, described);
    await next();
  };
  OPERATIONS.set(middleware, described);
  return middleware;
}

/** What a registered handler says of its route; undefined for all that do not. */
export function operationOf(handler: Handler | MiddlewareHandler): Operation | undefined {
  return OPERATIONS.get(handler);
}

/** Throws where a handler reads by another schema than its route says: that is a bug. */
export function checkSaid(context: Context, part: 'query' | 'body', schema: z.ZodType): void {
  const said = CONTEXTS.get(context);
  if (said && said[part] !== schema)
    throw new Error(
      `${context.req.method} ${context.req.path} reads its ${part} by another schema than it says`,
    );
}
