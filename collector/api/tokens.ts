/** `/tokens`: what people, programs and new agents show; `/keys`: what agents sign with; `/whoami`. */
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { formatDuration, parseDurationMs } from '../../probes/spec.ts';
import { type Access, TooManyTokens } from '../access/access.ts';
import type { AgentKeys } from '../access/agent-keys.ts';
import type { AgentKey } from '../access/key-table.ts';
import { ACCESS_LIMITS } from '../access/limits.ts';
import { PEOPLE_ROLES } from '../access/roles.ts';
import type { TokenRecord } from '../access/token-table.ts';
import {
  addedTokenAnswer,
  type KeyJson,
  keyAnswer,
  keysAnswer,
  type TokenJson,
  tokenAnswer,
  tokensAnswer,
  whoamiAnswer,
} from './answers/access.ts';
import { ApiError } from './errors.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';
import { limitParam, parseBody, parseQuery } from './params.ts';

const DAY_MS = 86_400_000;
/** When nothing is said. */
const TOKEN_MS = 90 * DAY_MS;
const ENROLMENT_MS = 3_600_000;

const name = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][\w.@/-]{0,63}$/, 'use 1 to 64 letters, digits, dots, dashes, underscores, @ or /');

const addSchema = z.strictObject({
  name,
  role: z.enum([...PEOPLE_ROLES, 'agent']),
  /** A duration from now. */
  expires_in: z.string().max(32).optional(),
  /** Of an enrolment: the only agent that may use it. */
  agent: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/)
    .optional(),
  /** Of an enrolment: how many agents may use it. */
  uses: z.int().min(1).max(ACCESS_LIMITS.enrolmentUses.value).optional(),
});

const listSchema = z.strictObject({
  all: z.enum(['true', 'false']).default('false'),
  limit: limitParam(500),
  after: z.string().optional(),
});

const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

function tokenJson(record: TokenRecord, state: TokenJson['state'], lastUsedMs?: number): TokenJson {
  const { agent, createdBy, createdMs, expiresMs, id, name, revokedBy, role, uses } = record;
  return {
    ...{ id, name, role, state },
    created_by: createdBy,
    created_at: iso(createdMs),
    expires_at: iso(expiresMs),
    last_used_at: iso(lastUsedMs),
    revoked_by: revokedBy || null,
    agent: agent || null,
    uses: role === 'agent' ? uses : null,
  };
}

export function tokenRoutes(access: Access, nowMs: () => number): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'Tokens of people, programs and new agents.',
      query: listSchema,
      answer: tokensAnswer,
    }),
    async (context) => {
      const { after, all, limit } = parseQuery(context, listSchema);
      const records = (await access.list()).map((record) =>
        tokenJson(record, access.stateOf(record), record.lastUsedMs),
      );
      return context.json(
        pageOf(all === 'true' ? records : records.filter(({ state }) => state === 'good'), limit, after),
      );
    },
  );
  app.post(
    '/',
    operation({
      summary: 'Makes a token; its text is in this answer alone.',
      body: addSchema,
      answer: addedTokenAnswer,
      status: 201,
    }),
    async (context) => {
      const given = await parseBody(context, addSchema);
      checkOn(access);
      const expiresMs = nowMs() + lifeOf(given);
      const { agent, role, uses } = given;
      const enrolment = role === 'agent' ? { agent: agent ?? '', uses: uses ?? 1 } : {};
      try {
        const { record, text } = await access.create({
          ...{ name: given.name, role, expiresMs, createdBy: nameOf(context) },
          ...enrolment,
        });
        context.header('Cache-Control', 'no-store');
        return context.json({ ...tokenJson(record, 'good'), token: text }, 201);
      } catch (error) {
        if (!(error instanceof TooManyTokens)) throw error;
        const { value } = ACCESS_LIMITS.tokens;
        throw new ApiError(
          'too_many',
          `There are ${value} tokens already.`,
          'Revoke some: tokens revoke ID.',
        );
      }
    },
  );
  app.post(
    '/:id/revoke',
    operation({ summary: 'Revokes a token, everywhere within two seconds.', answer: tokenAnswer }),
    async (context) => {
      const record = await access.revoke(context.req.param('id'), nameOf(context), 'token');
      if (!record)
        throw new ApiError(
          'not_found',
          `There is no token ${context.req.param('id')}.`,
          'List them: outrider tokens list.',
        );
      return context.json(tokenJson(record, access.stateOf(record)));
    },
  );
  return app;
}

function lifeOf({ agent, expires_in, role, uses }: z.infer<typeof addSchema>): number {
  const isEnrolment = role === 'agent';
  if (!isEnrolment && (agent !== undefined || uses !== undefined))
    throw new ApiError('bad_request', 'agent and uses are for tokens of role agent alone.');
  const usual = isEnrolment ? ENROLMENT_MS : TOKEN_MS;
  const lifeMs = expires_in === undefined ? usual : parseDurationMs(expires_in);
  const { value: most } = isEnrolment ? ACCESS_LIMITS.enrolmentMs : ACCESS_LIMITS.tokenMs;
  if (lifeMs !== undefined && lifeMs > 0 && lifeMs <= most) return lifeMs;
  throw new ApiError(
    'bad_request',
    `expires_in: ${expires_in} is not a duration up to ${formatDuration(most)}.`,
    'Give a duration such as 1h or 90d.',
  );
}

/** A collector that asks nobody who they are would give an admin's token to anybody. */
function checkOn(access: Access): void {
  if (access.required) return;
  throw new ApiError(
    'auth_off',
    'This collector runs without access control, and gives out no tokens.',
    'Start it with --auth; `outrider tokens bootstrap` makes the first token.',
  );
}

const nameOf = (context: Context): string => context.var.principal?.name ?? '';

function keyJson({ agent, enrolledMs, generation, publicKey, revokedBy, token }: AgentKey): KeyJson {
  return {
    agent,
    state: revokedBy === '' ? 'good' : 'revoked',
    generation,
    public_key: publicKey,
    enrolled_at: iso(enrolledMs),
    enrolled_with: token,
    revoked_by: revokedBy || null,
  };
}

export function keyRoutes(keys: AgentKeys): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({ summary: 'The keys that agents sign with.', query: listSchema, answer: keysAnswer }),
    async (context) => {
      const { after, all, limit } = parseQuery(context, listSchema);
      const found = (await keys.list()).map(keyJson);
      return context.json(
        pageOf(all === 'true' ? found : found.filter(({ state }) => state === 'good'), limit, after),
      );
    },
  );
  app.post(
    '/:agent/revoke',
    operation({ summary: 'Revokes the key of an agent.', answer: keyAnswer }),
    async (context) => {
      const agent = context.req.param('agent');
      const key = await keys.revoke(agent, nameOf(context));
      if (!key)
        throw new ApiError('not_found', `No agent ${agent} is enrolled.`, 'List them: outrider agents keys.');
      return context.json(keyJson(key));
    },
  );
  return app;
}

/** Who the token says that one is. */
export function whoamiRoutes(access: Access): Hono {
  const app = new Hono();
  app.get('/', operation({ summary: 'Who the token says that one is.', answer: whoamiAnswer }), (context) => {
    const { expiresMs, id, kind, name, role } = context.var.principal ?? {};
    return context.json({
      auth: access.required,
      ...{ id: id ?? null, name: name ?? null, role: role ?? null, kind: kind ?? null },
      expires_at: iso(expiresMs),
    });
  });
  return app;
}
