/** Results of faults against what they should have been. Pure. */
import { formatTable } from '../../../cli/support/output.ts';
import { BLAMES } from '../../../probes/outcome.ts';
import { atLeast, atMost, type Row, row } from '../benchmark.ts';
import type { BlameFault, Given } from './blame-faults.ts';

/** A row of the table of results. */
export interface StoredRow {
  /** As the fault is called. */
  readonly probe: string;
  readonly outcome: 'ok' | 'fail' | 'missed';
  readonly layer: string;
  readonly blame: string;
  readonly code: string;
  readonly message: string;
  readonly missed_reason: string;
  readonly disturbed: number;
  readonly rule: string;
  readonly control: string;
  readonly disturbed_by: string;
}

export interface Verdict {
  readonly fault: BlameFault;
  readonly given: Given;
  readonly isBlameRight: boolean;
  /** Layer and code; of a result that has none, because it is well or missed, it is right too. */
  readonly isLayerRight: boolean;
  readonly isDisturbedRight: boolean;
  /** For people. */
  readonly said: string;
}

/** What an agent did not do, and what it disturbed, it takes upon itself: none of it is counted against anybody. */
export function givenBlame({ outcome, blame, disturbed }: StoredRow): Given {
  if (outcome === 'missed') return 'agent';
  if (outcome === 'ok') return disturbed === 1 ? 'agent' : 'none';
  return BLAMES.find((word) => word === blame) ?? 'unknown';
}

export function verdictOf(fault: BlameFault, stored: StoredRow): Verdict {
  const { right } = fault;
  const given = givenBlame(stored);
  const isOfItself = stored.outcome !== 'fail';
  // What a busy machine disturbed, and was well for all that, says nothing of the fault.
  const isWellDisturbed = right.blame === 'none' && stored.outcome === 'ok';
  return {
    fault,
    given: isWellDisturbed ? 'none' : given,
    isBlameRight: isWellDisturbed || given === right.blame,
    isLayerRight:
      right.missed !== undefined
        ? stored.outcome !== 'missed' || stored.missed_reason === right.missed
        : isOfItself ||
          ((right.layer === undefined || right.layer === stored.layer) &&
            (right.codes === undefined || right.codes.some((code) => code === stored.code))),
    isDisturbedRight: right.isDisturbed !== true || stored.outcome === 'missed' || stored.disturbed === 1,
    said: wordsOf(stored),
  };
}

function wordsOf(stored: StoredRow): string {
  const { outcome, layer, code, blame, missed_reason: reason, disturbed, disturbed_by: by } = stored;
  const words = { ok: 'ok', missed: `missed: ${reason}`, fail: `${layer} ${code} ${blame}` }[outcome];
  const why = outcome === 'fail' ? ` (${[stored.rule, stored.control].filter(Boolean).join('; ')})` : '';
  return `${words}${disturbed === 1 ? ` disturbed by ${by}` : ''}${why}`;
}

const GIVEN: readonly Given[] = [...BLAMES, 'none'];

/** Expected by given, in runs. */
export function confusionMatrix(verdicts: readonly Verdict[]): string {
  const rows = GIVEN.map((right) => {
    const same = verdicts.filter(({ fault }) => fault.right.blame === right);
    return [right, ...GIVEN.map((given) => same.filter((verdict) => verdict.given === given).length)];
  }).filter(([, ...counts]) => counts.some((count) => count !== 0));
  return formatTable(['blame, expected', ...GIVEN.map((given) => `given ${given}`)], rows);
}

/** A line a fault and what was said of it, with what is wrong in it. */
export function faultTable(verdicts: readonly Verdict[]): string {
  const rows = [...Map.groupBy(verdicts, ({ fault }) => fault)].flatMap(([fault, same]) =>
    [...Map.groupBy(same, ({ said }) => said)].map(([said, alike]) => [
      fault.name,
      fault.right.blame,
      said,
      alike.length,
      [
        alike.every(({ isBlameRight }) => isBlameRight) ? '' : 'blame',
        alike.every(({ isLayerRight }) => isLayerRight) ? '' : 'layer',
        alike.every(({ isDisturbedRight }) => isDisturbedRight) ? '' : 'disturbed',
      ]
        .filter(Boolean)
        .join(' '),
    ]),
  );
  return formatTable(['fault', 'expected', 'came out as', 'runs', 'wrong'], rows);
}

/** `runsMin`: of each fault at least so many must have come out. */
export function blameRows(
  faults: readonly BlameFault[],
  verdicts: readonly Verdict[],
  runsMin: number,
): Row[] {
  const runs = faults.map((fault) => verdicts.filter((verdict) => verdict.fault === fault).length);
  const wrong = (of: 'isBlameRight' | 'isLayerRight' | 'isDisturbedRight') =>
    verdicts.filter((verdict) => !verdict[of]).length;
  return [
    row('blame_faults', faults.length, '1', { goal: atLeast(20) }),
    row('blame_runs', verdicts.length, '1'),
    row('blame_runs_fewest', Math.min(...runs), '1', { goal: atLeast(runsMin) }),
    row('blame_right', verdicts.length - wrong('isBlameRight'), '1', { goal: atLeast(verdicts.length) }),
    row('layer_right', verdicts.length - wrong('isLayerRight'), '1', { goal: atLeast(verdicts.length) }),
    row('own_disturbance_unmarked', wrong('isDisturbedRight'), '1', { goal: atMost(0) }),
  ];
}
