/** Judges what came of suspicions by the baselines of those that were asked, and keeps it for the incidents it belongs to. */
import {
  type ConfirmAnswer,
  type ConfirmAsked,
  type Confirmation,
  type ConfirmRound,
  concludeFrom,
} from './confirmation.ts';
import type { IncidentScope } from './incident.ts';
import { coversSeries } from './scope.ts';
import { FAILURE_METRIC, type Series } from './series.ts';
import { DETECT_LIMITS } from './settings.ts';

/** The series of a check at an agent; undefined where none is known. */
export type SeriesOf = (check: Pick<Series, 'region' | 'agent' | 'probe' | 'target'>) => Series | undefined;

/** Reads baselines, and teaches them nothing. */
export function judgeRound(round: ConfirmRound, seriesOf: SeriesOf): Confirmation {
  const { suspicion, requestId, askedMs, settledMs } = round;
  const { region, agent, probe, target, metric } = suspicion;
  const answers = round.asked.map((asked) => {
    const series = seriesOf({ region: asked.region, agent: asked.agent, probe, target });
    return judgeAnswer(asked, metric, series);
  });
  const look = { region, agent, probe, target, metric, requestId, askedMs, settledMs, answers };
  const { telling } = suspicion;
  if (telling) return { ...look, verdict: 'told', about: telling.incident };
  return { ...look, verdict: concludeFrom(answers) };
}

function judgeAnswer(asked: ConfirmAsked, metric: string, series: Series | undefined): ConfirmAnswer {
  const { run, agent, region, role, network } = asked;
  const who = { agent, region, role, network };
  const baseline = series?.streams.get(metric)?.baseline;
  const limit = baseline?.ready ? baseline.limit() : null;
  if (!run) return { ...who, outcome: 'silent', raised: null, value: null, limit, code: '', runId: '' };
  const { outcome, code, runId } = run;
  const value = outcome === 'ok' ? (run.metrics[metric] ?? null) : null;
  const held = run.disturbed ? ({ disturbed: true } as const) : {};
  const said = { ...who, outcome, value, limit, code, ...held, runId };
  // As in the series itself: what the agent did to itself says nothing of anybody else.
  if (outcome === 'missed' || run.disturbed || run.blame === 'agent') return { ...said, raised: null };
  if (outcome === 'fail') return { ...said, raised: true };
  if (metric === FAILURE_METRIC) return { ...said, raised: false };
  const reading = value === null ? undefined : baseline?.judge(value);
  return { ...said, raised: reading ? reading.excess > reading.tolerance : null };
}

/**
 * The start of an incident is told from the rounds of its alarm, and may be found some rounds late: with few agents evidence begins
 * anew more than once.
 */
const ONSET_SLACK_MS = 30_000;

/** Whether a look belongs to what began at an instant. One from a little before it does when it saw it: that was it. */
export function isOf({ askedMs, verdict }: Confirmation, startedMs: number): boolean {
  if (askedMs >= startedMs) return true;
  return askedMs >= startedMs - ONSET_SLACK_MS && verdict !== 'gone' && verdict !== 'unclear';
}

/** The last confirmations, oldest first: what was asked before an incident opened belongs to it. */
export class Confirmations {
  readonly #all: Confirmation[] = [];

  add(confirmation: Confirmation): void {
    if (confirmation.about !== undefined) return;
    this.#all.push(confirmation);
    if (this.#all.length > DETECT_LIMITS.confirmations.value) this.#all.shift();
  }

  /** Those within a scope that belong to what began at an instant. */
  of(scope: IncidentScope, startedMs: number): readonly Confirmation[] {
    return this.#all.filter((one) => isOf(one, startedMs) && coversSeries(scope, one));
  }
}
