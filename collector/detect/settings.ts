/** Every number that the detector decides by, with its reason, and the limits of its memory. */
import type { Limit } from '../../probes/limit.ts';
import type { TrafficWeights } from './impact.ts';

export interface DetectSettings {
  /** Clean samples of a baseline, at most. */
  readonly windowSamples: number;
  /** They reach back so far at most: further back it was another time of the day; but never fewer than these. */
  readonly windowMs: number;
  readonly windowSamplesMin: number;
  /** The same for metrics that are not judged: they only say what was usual before. */
  readonly explainSamples: number;
  /** Samples that wait before they enter the baseline, so that a slow ramp is judged before it is learned. */
  readonly lagSamples: number;
  /** Samples of a series that are neither judged nor learned: connections, caches and compilers warm up in them. */
  readonly warmupSamples: number;
  /** Samples of a baseline before it judges: fewer and its upper quantile is a guess. */
  readonly minSamples: number;
  /** The quantile of the baseline that a sample must exceed by the minimum effect. */
  readonly quantile: number;
  /** A healthy series exceeds at most this often, given its past. */
  readonly p0: number;
  /** What a unit is expected to exceed at least, as a share of `p0`, however seldom it does. */
  readonly rateFloor: number;
  /** The same for failures, at least: twice the base rate is taken when that is more. */
  readonly failureP0Min: number;
  /** Bets on exceedance, mixed with equal weights; each below 1/p0. */
  readonly bets: readonly number[];
  /** The same for failures, which are rarer and say more. */
  readonly failureBets: readonly number[];
  /** Mean days between two false alarms of one group, which with the rounds of a day gives the threshold. */
  readonly targetDays: number;
  /** Rounds in a row over the threshold before an alarm, by scope. Wider scopes wait longer for latency: what hits all
   * regions together for seconds is more often our own machine; failures need no such patience. */
  readonly holdRounds: {
    readonly region: number;
    readonly agent: number;
    readonly target: number;
    readonly global: number;
    readonly failures: number;
  };
  /** An agent alone is held to a threshold this much higher: there is nobody to confirm it. */
  readonly agentThresholdFactor: number;
  /** Evidence of a check in a region, of all agents together, from which it is looked at again at once: far below an alarm. */
  readonly suspectEvidence: number;
  /** Own evidence of a series beyond which it stops learning. */
  readonly freezeEvidence: number;
  /** Evidence of failures, whichever unit is left out, below which they are learned: they may be those of one unit alone. */
  readonly doubtEvidence: number;
  /** Samples for which evidence alone, without an alarm, may stop the learning: then it was not a fault. Where runs are rare, those of so long, and at least so many. */
  readonly freezeSamplesMax: number;
  readonly freezeMs: number;
  readonly freezeSamplesMin: number;
  /** The same for the base rate of failures, which is learned from rarer events. */
  readonly failureFreezeSamplesMax: number;
  /** Agents of a region that make a verdict confirmed; with two, both must alarm on their own and it stays unconfirmed. */
  readonly confirmAgents: number;
  /** Share of exceedances since the onset from which a cell, an agent or a region counts as raised. */
  readonly raisedShare: number;
  /** The same for failures: one run in ten that fails is no longer chance. */
  readonly failureRaisedShare: number;
  /** A control counts as well up to this share only: in between it proves nothing. */
  readonly wellShare: number;
  /** Share of raised regions from which the cause is not regional; all of them while there are fewer than four. */
  readonly mostRegions: number;
  /** Rounds looked back on to call a cell calm, and the share of exceedances allowed in them. */
  readonly calmRounds: number;
  readonly calmShare: number;
  /** Of the rounds looked back on, how many must have data of two agents: no all-clear without data. */
  readonly calmRoundsWithData: number;
  /** Silent agents of a region that are evidence against the region, at least. */
  readonly silentAgents: number;
  /** Share of the agents of a region that is evidence whenever they fell silent. */
  readonly silentShare: number;
  /** Share of those that fell silent within this long of each other. */
  readonly silentTogetherShare: number;
  readonly silentTogetherMs: number;
  /** Ticks for which a silence, or its end, must last. */
  readonly silenceHoldTicks: number;
  /** After the start nobody is silent for so long: agents need time to find the collector again. */
  readonly silenceGraceMs: number;
  /** False discovery rate across groups: alarms within it are `critical`, the others `warning`. */
  readonly alpha: number;
  /** Shares of the traffic, by place or target: `region:eu-west`, `country:DE`, `target:clip`; none where it is not told. */
  readonly trafficWeights: TrafficWeights;
  /** Share of all traffic times how bad it is below which an incident is no more than a `warning`. */
  readonly slightImpact: number;
  /** A wider alarm takes over a narrower incident that began at most this long before. */
  readonly widenWithinMs: number;
}

export const DETECT_DEFAULTS: DetectSettings = {
  trafficWeights: {},
  slightImpact: 0.01,
  windowSamples: 120,
  windowMs: 3_600_000,
  windowSamplesMin: 40,
  explainSamples: 32,
  lagSamples: 5,
  warmupSamples: 2,
  minSamples: 10,
  quantile: 0.75,
  p0: 0.2,
  rateFloor: 0.4,
  failureP0Min: 0.02,
  bets: [1, 2, 4],
  failureBets: [3, 10, 30],
  targetDays: 7,
  holdRounds: { region: 2, agent: 3, target: 5, global: 8, failures: 1 },
  agentThresholdFactor: 30,
  suspectEvidence: 10,
  freezeEvidence: 10,
  doubtEvidence: 100,
  freezeSamplesMax: 60,
  freezeMs: 900_000,
  freezeSamplesMin: 10,
  failureFreezeSamplesMax: 300,
  confirmAgents: 3,
  raisedShare: 0.5,
  failureRaisedShare: 0.1,
  wellShare: 0.3,
  mostRegions: 0.75,
  calmRounds: 8,
  calmShare: 0.3,
  calmRoundsWithData: 6,
  silentAgents: 2,
  silentShare: 0.5,
  silentTogetherShare: 0.15,
  silentTogetherMs: 60_000,
  silenceHoldTicks: 2,
  silenceGraceMs: 30_000,
  alpha: 0.01,
  widenWithinMs: 300_000,
};

/**
 * For results of anybody, where nobody has said how much worse is worth an alarm: the smallest effect is then small beside the noise, and
 * a sample that exceeds must stand out of it by itself.
 */
export const OPEN_SETTINGS: Partial<DetectSettings> = { quantile: 0.8 };

/** Rounds of one group in a day times the days between false alarms: the mean run length that e-SR guarantees. */
export function thresholdOf(settings: DetectSettings, everyMs: number): number {
  return Math.max(100, (86_400_000 / everyMs) * settings.targetDays);
}

export const DETECT_LIMITS = {
  series: {
    value: 50_000,
    reason:
      'A thousand agents with fifty checks; a series holds about 17 kB with what belongs to its groups: 0.9 GB.',
    past: 'New series are not judged, and counted as `series_over_limit`.',
  },
  unitsPerGroup: {
    value: 12,
    reason:
      'Leave-one-out keeps a score for each; beyond, agents share a place and their votes are averaged.',
    past: 'Agents are folded onto the places: slower evidence, the same bound.',
  },
  lateRounds: {
    value: 10,
    reason:
      'A run that timed out comes late and still counts; a spool of an hour ago says nothing about now.',
    past: 'The result is not judged, and counted as `late`.',
  },
  openRounds: {
    value: 64,
    reason: 'Rounds wait for stragglers for a few seconds; more are slots of a clock that is wrong.',
    past: 'The oldest rounds are closed with what they have.',
  },
  futureMs: {
    value: 60_000,
    reason: 'A slot this far ahead of the collector is a wrong clock.',
    past: 'The result is not judged, and counted as `future`.',
  },
  openIncidents: {
    value: 200,
    reason: 'More open incidents than people can read are one incident that was not understood.',
    past: 'No new incident is opened, and counted as `incidents_over_limit`.',
  },
  timeline: {
    value: 20,
    reason: 'It is for reading: how an incident began and grew.',
    past: 'Later entries are left out.',
  },
  budgetRegions: {
    value: 5000,
    reason: 'Runs of a check with a promise are counted by region, in 3.5 kB each: 17 MB.',
    past: 'Runs in further regions count for no budget, and are counted as `budget_over_limit`.',
  },
  burnsPerIncident: {
    value: 60,
    reason: 'Evidence is for reading: three windows of twenty checks.',
    past: 'Further checks that burn for the same cause are not named.',
  },
  pastIncidents: {
    value: 1000,
    reason: 'Incidents of the last three days that explain what a budget has lost.',
    past: 'The oldest are forgotten: what they cost may be told once more as a budget that burns.',
  },
  evidenceSeries: {
    value: 40,
    reason: 'Evidence is for reading; the store holds the rest.',
    past: 'The series with the smallest change are left out.',
  },
  sightAgents: {
    value: 400,
    reason: 'Agents named in the map of who sees an incident: as many as people can take in.',
    past: 'Each region has the same room; of the rest only the number is told.',
  },
  suspects: {
    value: 500,
    reason: 'Suspicions between two looks; the budget for looking again is a handful of them.',
    past: 'Further checks are left out until they raise a suspicion again.',
  },
  confirmations: {
    value: 200,
    reason: 'Ten minutes of the whole budget, for incidents that are still to be found.',
    past: 'The oldest is forgotten; incidents that have it keep it.',
  },
  confirmationsPerIncident: {
    value: 8,
    reason: 'Evidence is for reading: the first looks say what it was when it began.',
    past: 'Later ones are not shown, and checks of that incident are not looked at again.',
  },
  idleMs: {
    value: 86_400_000,
    reason: 'A series that was silent for a day is gone or starts afresh.',
    past: 'Its state is forgotten.',
  },
} as const satisfies Record<string, Limit>;
