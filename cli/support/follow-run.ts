/** Follows a run that the fleet was asked for: its results as they come, until all are there or its time is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AskedRunJson, ResultJson } from '../../collector/api/answers/checks.ts';
import type { AgentJson } from '../../collector/api/answers/fleet.ts';
import { formatDuration, parseDurationMs } from '../../probes/spec.ts';
import type { ApiClient } from './api-client.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { segment } from './paths.ts';

export const FOLLOW_LIMITS = {
  pollMs: {
    value: 300,
    reason: 'People see a result as soon as it comes; the collector answers from memory and one small query.',
    past: 'It is asked again.',
  },
  answerMs: {
    value: 5000,
    reason: 'A collector that is busy or starts again is asked anew rather than waited for.',
    past: 'The look counts as failed; the next one is made while there is time.',
  },
  lastAnswerMs: {
    value: 1500,
    reason: 'Whoever set a deadline is not kept waiting by a collector that stands still.',
    past: 'A look near the deadline, and what is asked after it, counts as failed.',
  },
  graceMs: {
    value: 15_000,
    reason: 'On top of the timeout of the probe: a place in a lane, delivery, and a commit.',
    past: 'Who has not answered is named, and the command ends.',
  },
  waitMaxMs: {
    value: 3_600_000,
    reason: 'The collector remembers a run for an hour.',
    past: 'A longer --wait is refused.',
  },
} as const;

/** Milliseconds to wait for answers: as `--wait` says, else by the timeout of the probe. */
export function waitMsOf(wait: string | undefined, timeoutMs: number): number {
  if (wait === undefined) return timeoutMs + FOLLOW_LIMITS.graceMs.value;
  const ms = parseDurationMs(wait);
  const mostMs = FOLLOW_LIMITS.waitMaxMs.value;
  if (ms !== undefined && ms <= mostMs) return ms;
  throw new CliError(`--wait ${wait} is not a duration of at most ${formatDuration(mostMs)}`, {
    hint: '--wait 30s, --wait 5m',
    exit: EXIT.usage,
  });
}

export interface FollowOptions {
  readonly client: ApiClient;
  readonly asked: AskedRunJson;
  /** Unix milliseconds. */
  readonly untilMs: number;
}

/** An agent that owes results. */
export interface Unanswered {
  readonly agent: string;
  readonly came: number;
  readonly expected: number;
}

export interface FollowEnd {
  readonly unanswered: readonly Unanswered[];
  /** Why the last look failed, if it did. */
  readonly trouble?: string;
}

/**
 * Yields each result once, and returns who owes any; at the latest twice
 * `lastAnswerMs` after `untilMs`, whatever the collector does. A look
 * that fails is made again: the collector may be starting.
 */
export async function* followRun({
  client,
  asked,
  untilMs,
}: FollowOptions): AsyncGenerator<ResultJson, FollowEnd> {
  const path = `/api/v1/runs/${segment(asked.request_id)}`;
  const came = new Map<string, ResultJson>();
  let trouble: string | undefined;
  for (;;) {
    const lastLook = Date.now() >= untilMs;
    const fresh: ResultJson[] = [];
    try {
      const { answerMs, lastAnswerMs } = FOLLOW_LIMITS;
      const leftMs = Math.max(lastAnswerMs.value, untilMs - Date.now());
      const patient = client.within(Math.min(answerMs.value, leftMs));
      const { data } = await patient.get<{ data: ResultJson[] }>(path);
      fresh.push(...data.filter(({ run_id }) => !came.has(run_id)));
      trouble = undefined;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      trouble = error.message;
    }
    for (const result of fresh) came.set(result.run_id, result);
    yield* fresh;
    const unanswered = owing(asked, [...came.values()]);
    if (unanswered.length === 0 || lastLook) return { unanswered, ...(trouble !== undefined && { trouble }) };
    await sleep(Math.max(0, Math.min(FOLLOW_LIMITS.pollMs.value, untilMs - Date.now())));
  }
}

/** Who was asked and has not delivered a result for every target. */
function owing({ agents, expected }: AskedRunJson, results: readonly ResultJson[]): Unanswered[] {
  const each = expected / Math.max(1, agents.length);
  return agents
    .map((agent) => ({ agent, came: results.filter((one) => one.agent === agent).length, expected: each }))
    .filter(({ came }) => came < each);
}

/** Each of them in words, with what the collector knows of it while that can be learned quickly. */
export async function explainUnanswered(
  client: ApiClient,
  unanswered: readonly Unanswered[],
): Promise<string[]> {
  const states = new Map<string, string>();
  await client
    .within(FOLLOW_LIMITS.lastAnswerMs.value)
    .get<{ data: AgentJson[] }>('/api/v1/agents', { limit: 1000 })
    .then(
      ({ data }) => {
        for (const { id, state, last_seen_at } of data)
          states.set(id, `${state}, last heard ${last_seen_at}`);
      },
      () => undefined,
    );
  return unanswered.map(({ agent, came, expected }) => {
    const part = came > 0 ? `, ${came} of ${expected} results` : '';
    return `${agent} (${states.get(agent) ?? 'state unknown'}${part})`;
  });
}
