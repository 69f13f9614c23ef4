/** `POST /peers/release`: another collector on the store takes agents over, and asks for them. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Ingest } from '../ingest/ingest.ts';
import { MEMBER_LIMITS } from '../members/limits.ts';
import type { Membership, ReleaseState } from '../members/membership.ts';
import type { RegistryLink } from '../registry/link.ts';
import { releaseAnswer } from './answers/fleet.ts';
import { ApiError } from './errors.ts';
import { operation } from './operation.ts';
import { parseBody } from './params.ts';

const releaseSchema = z.object({
  /** Who asks. */
  from: z.string(),
  /** Which run is asked. */
  incarnation: z.string(),
  agents: z
    .array(z.object({ agent: z.string(), boot: z.string() }))
    .max(MEMBER_LIMITS.agentsPerRequest.value),
});

export interface PeerDeps {
  readonly membership: Pick<Membership, 'incarnation'>;
  readonly ingest: Pick<Ingest, 'release'>;
  readonly registry: Pick<RegistryLink, 'settled'>;
}

/** Answers 409 `gone` when it is asked as a run that it is not any more: what that one has under way is not known here. */
export function releaseRoutes({ membership, ingest, registry }: PeerDeps): Hono {
  const app = new Hono();
  app.post(
    '/release',
    operation({
      summary: 'Between collectors: gives agents up to another one.',
      body: releaseSchema,
      answer: releaseAnswer,
    }),
    async (context) => {
      const { incarnation, agents } = await parseBody(context, releaseSchema);
      checkRun(incarnation, membership);
      const [states, told] = await Promise.all([
        ingest.release(agents, MEMBER_LIMITS.releaseMs.value),
        agents.length === 0 || inTime(registry.settled(), MEMBER_LIMITS.releaseMs.value),
      ]);
      // It may have been taken out meanwhile.
      checkRun(incarnation, membership);
      const answer = states.map((state): ReleaseState => (state === 'released' && !told ? 'busy' : state));
      return context.json({ states: answer });
    },
  );
  return app;
}

function checkRun(incarnation: string, membership: Pick<Membership, 'incarnation'>): void {
  if (incarnation === membership.incarnation) return;
  throw new ApiError('gone', `This is ${membership.incarnation}, not ${incarnation}: that run has ended.`);
}

async function inTime(work: Promise<void>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, withinMs, false);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  const result = await Promise.race([done, late]);
  clearTimeout(timer);
  return result;
}
