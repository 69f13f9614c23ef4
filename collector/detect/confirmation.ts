/**
 * What runs asked for on a suspicion say of it. They are beside the schedule: they never vote, never teach a baseline, and
 * never take the place of the first try. They only stand in the evidence.
 */

/** `same`: where it was seen first; `sibling`: of its region; `neighbour`: of one other region, the control; `telling`: of one of two places. */
export const CONFIRM_ROLES = ['same', 'sibling', 'neighbour', 'telling'] as const;
export type ConfirmRole = (typeof CONFIRM_ROLES)[number];

/** A check that begins to look bad in a region: the evidence is short of an alarm, or the alarm is new. */
export interface Suspicion {
  readonly region: string;
  /** The agent whose runs speak the loudest. */
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  /** Of the dictionary, or `failure_ratio`. */
  readonly metric: string;
  readonly evidence: number;
  /** Present where places of an open incident are to be told apart: just these agents are asked, the most telling first. */
  readonly telling?: { readonly incident: string; readonly agents: readonly string[] };
}

/** A result of a run that was asked for. */
export interface ConfirmRun {
  readonly outcome: 'ok' | 'fail' | 'missed';
  /** The error of a failure, the reason of a missed run; empty otherwise. */
  readonly code: string;
  /** Whose fault the run itself says it is; empty unless it failed. */
  readonly blame: string;
  readonly disturbed: boolean;
  /** In the units of the dictionary. */
  readonly metrics: Readonly<Record<string, number>>;
  /** `AGENT/BOOT/SEQ`. */
  readonly runId: string;
}

export interface ConfirmAsked {
  readonly agent: string;
  readonly region: string;
  readonly role: ConfirmRole;
  /** Whose network it is on; empty where nobody knows. */
  readonly network: string;
  /** Absent of one that did not answer in time. */
  readonly run?: ConfirmRun;
}

/** A suspicion with what became of the question. Times in Unix milliseconds. */
export interface ConfirmRound {
  readonly suspicion: Suspicion;
  readonly requestId: string;
  readonly askedMs: number;
  readonly settledMs: number;
  readonly asked: readonly ConfirmAsked[];
}

/** One line of the evidence: who was asked, and what came of it. */
export interface ConfirmAnswer {
  readonly agent: string;
  readonly region: string;
  readonly role: ConfirmRole;
  /** Absent from what an earlier version wrote. */
  readonly network?: string;
  /** `silent`: it did not answer in time. */
  readonly outcome: ConfirmRun['outcome'] | 'silent';
  /** Whether it exceeds what is normal there; null where that cannot be said: silent, missed, disturbed, the agent’s own fault, no baseline. */
  readonly raised: boolean | null;
  /** The metric in its unit; null where it was not measured. */
  readonly value: number | null;
  /** From this value on it would exceed; null for failures, and without a baseline. */
  readonly limit: number | null;
  readonly code: string;
  /** Its agent held the run up itself. */
  readonly disturbed?: true;
  readonly runId: string;
}

/**
 * `gone`: nobody of the region sees it any more. `agent`: only the agent that saw it first does. `network`: those on its network
 * do, and those of the region on other networks do not. `region`: the region does, and the neighbour does not. `wider`: the neighbour does too. `here`: it is still there, and neither a sibling nor a neighbour could
 * say more. `mixed`: half of the region or less do. `unclear`: nobody of the region could say. `told`: places were to be told apart, and the incident says what came of it.
 */
export const CONFIRM_VERDICTS = [
  'gone',
  'agent',
  'network',
  'region',
  'wider',
  'here',
  'mixed',
  'unclear',
  'told',
] as const;
export type ConfirmVerdict = (typeof CONFIRM_VERDICTS)[number];

export interface Confirmation {
  readonly region: string;
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
  readonly verdict: ConfirmVerdict;
  /** Names the runs: `GET /api/v1/runs/ID`. */
  readonly requestId: string;
  readonly askedMs: number;
  readonly settledMs: number;
  readonly answers: readonly ConfirmAnswer[];
  /** The incident of which places were to be told apart, where that was asked. */
  readonly about?: string;
}

/** More than this share of those that can say so: most. */
const MOST = 0.5;

/** What the answers say together; only those that could be judged count. */
export function concludeFrom(
  answers: readonly Pick<ConfirmAnswer, 'role' | 'raised' | 'network'>[],
): ConfirmVerdict {
  const of = (role: ConfirmRole): boolean[] =>
    answers.flatMap((answer) => (answer.role === role && answer.raised !== null ? [answer.raised] : []));
  const [same, siblings, neighbours] = [of('same'), of('sibling'), of('neighbour')];
  const here = [...same, ...siblings];
  if (here.length === 0) return 'unclear';
  const raisedHere = shareOf(here);
  if (raisedHere === 0) return 'gone';
  if (siblings.length > 0 && shareOf(siblings) === 0) return 'agent';
  if (isOfOneNetwork(answers)) return 'network';
  if (raisedHere <= MOST) return 'mixed';
  if (shareOf(neighbours) > MOST) return 'wider';
  // A lone agent cannot be told from its region.
  return neighbours.length > 0 && siblings.length > 0 ? 'region' : 'here';
}

/** Whether all of the first agent’s network see it, it not being alone there, and nobody of the region on another network does. */
function isOfOneNetwork(answers: readonly Pick<ConfirmAnswer, 'role' | 'raised' | 'network'>[]): boolean {
  const here = answers.filter(({ role, raised }) => role !== 'neighbour' && raised !== null);
  const home = here.find(({ role }) => role === 'same')?.network;
  if (!home) return false;
  const [own, foreign] = [true, false].map((isOwn) =>
    here.filter(({ network }) => (network === home) === isOwn),
  );
  return (
    (own?.length ?? 0) > 1 &&
    (foreign?.length ?? 0) > 0 &&
    here.every(({ network, raised }) => network && raised === (network === home))
  );
}

function shareOf(raised: readonly boolean[]): number {
  return raised.length === 0 ? 0 : raised.filter(Boolean).length / raised.length;
}
