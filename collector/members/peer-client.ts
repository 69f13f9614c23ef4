/** Asks another collector over HTTP to release agents. */
import { z } from 'zod';
import { MEMBER_LIMITS } from './limits.ts';
import type { Member, ReleaseState } from './membership.ts';

export interface AgentBoot {
  readonly agent: string;
  readonly boot: string;
}

export type PeerAnswer =
  /** What became of each agent, in their order. */
  | { readonly kind: 'states'; readonly states: readonly ReleaseState[] }
  /** Nothing listens there, or another run of it: the one that was asked has ended. */
  | { readonly kind: 'gone' }
  /** It may live. */
  | { readonly kind: 'unanswered'; readonly error: unknown };

type PeerHeaders = Readonly<Record<string, string>>;

const answerSchema = z.object({ states: z.array(z.enum(['released', 'busy', 'in_use'])) });

/** Never rejects. */
export async function askRelease(
  member: Pick<Member, 'incarnation' | 'url'>,
  from: string,
  agents: readonly AgentBoot[],
  headers: PeerHeaders = {},
): Promise<PeerAnswer> {
  const deadline = AbortSignal.timeout(MEMBER_LIMITS.peerAnswerMs.value);
  const ask = () => releaseOnce(member, { from, agents, headers }, deadline);
  try {
    // A connection kept open from earlier may have been closed meanwhile: that says nothing.
    return await ask().catch((error: unknown) => {
      if (deadline.aborted || isRefused(error)) throw error;
      return ask();
    });
  } catch (error) {
    return isRefused(error) ? { kind: 'gone' } : { kind: 'unanswered', error };
  }
}

/** Whether that very run answers there: `false` when nothing or another does, undefined when it cannot be known. */
export async function answers(
  member: Pick<Member, 'incarnation' | 'url'>,
  from: string,
  headers: PeerHeaders = {},
): Promise<boolean | undefined> {
  const { kind } = await askRelease(member, from, [], headers);
  return kind === 'unanswered' ? undefined : kind === 'states';
}

async function releaseOnce(
  { url, incarnation }: Pick<Member, 'incarnation' | 'url'>,
  request: {
    readonly from: string;
    readonly agents: readonly AgentBoot[];
    readonly headers: PeerHeaders;
  },
  signal: AbortSignal,
): Promise<PeerAnswer> {
  const { agents, from, headers } = request;
  const response = await fetch(new URL('/api/v1/peers/release', url), {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ from, incarnation, agents }),
    redirect: 'error',
    signal,
  });
  if (response.status === 409) {
    await response.body?.cancel();
    return { kind: 'gone' };
  }
  if (!response.ok) {
    await response.body?.cancel();
    return { kind: 'unanswered', error: new Error(`${url} answered ${response.status}`) };
  }
  const { states } = answerSchema.parse(await response.json());
  if (states.length !== agents.length)
    return {
      kind: 'unanswered',
      error: new Error(`${url} answered for ${states.length} agents of ${agents.length}`),
    };
  return { kind: 'states', states };
}

/** The system of that machine says that nothing listens there: of several addresses, at none. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const each = cause instanceof AggregateError ? cause.errors : [cause];
  return each.length > 0 && each.every((one) => (one as NodeJS.ErrnoException).code === 'ECONNREFUSED');
}
