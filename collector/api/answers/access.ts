/** Tokens, keys of agents, who one is, and the log of who changed what. */
import { z } from 'zod';
import {
  type Answer,
  COMPONENTS,
  count,
  instant,
  instantOrNull,
  numberOrNull,
  page,
  type Row,
  text,
  textOrNull,
} from './shared.ts';

export const tokenAnswer = z
  .object({
    id: text,
    name: text,
    role: text.describe('`viewer`, `operator`, `admin`, or `agent` for an invitation.'),
    state: z.enum(['good', 'expired', 'revoked']),
    created_by: text,
    created_at: instantOrNull,
    expires_at: instantOrNull,
    last_used_at: instantOrNull,
    revoked_by: textOrNull,
    agent: textOrNull.describe('Of an invitation: the only agent that may use it.'),
    uses: numberOrNull.describe('Of an invitation: how many agents may use it.'),
  })
  .register(COMPONENTS, { id: 'Token' });

export type TokenJson = Answer<typeof tokenAnswer>;

export const tokensAnswer = page(tokenAnswer);

export const addedTokenAnswer = tokenAnswer.extend({
  token: text.describe('Shown this once: a hash of it is all that is kept.'),
});

export type AddedTokenJson = Answer<typeof addedTokenAnswer>;

export const keyAnswer = z
  .object({
    agent: text,
    state: z.enum(['good', 'revoked']),
    generation: count,
    public_key: text.describe('Ed25519.'),
    enrolled_at: instantOrNull,
    enrolled_with: text.describe('Id of the invitation.'),
    revoked_by: textOrNull,
  })
  .register(COMPONENTS, { id: 'Key' });

export type KeyJson = Answer<typeof keyAnswer>;

export const keysAnswer = page(keyAnswer);

export const whoamiAnswer = z.object({
  auth: z.boolean().describe('Whether the collector asks anybody.'),
  id: textOrNull,
  name: textOrNull,
  role: textOrNull,
  kind: textOrNull,
  expires_at: instantOrNull,
});

export type WhoamiJson = Answer<typeof whoamiAnswer>;

export const auditAnswer = page(
  z
    .object({
      at: instant,
      id: text,
      collector: text,
      actor: text,
      token: text,
      role: text,
      action: text,
      path: text,
      status: count,
      remote: text,
      detail: text,
    })
    .register(COMPONENTS, { id: 'AuditEntry' }),
);

export type AuditJson = Row<typeof auditAnswer>;
