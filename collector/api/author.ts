/** Who says it: what they say, and where they are known, whose token it was. */
import type { Context } from 'hono';

export function authorOf(context: Context, said: string): string {
  const name = context.var.principal?.name;
  return name === undefined || name === said ? said : `${said} (token ${name})`;
}
