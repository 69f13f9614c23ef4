/**
 * The last word on whose fault a failure looks like: what the probe says, held against how things stood at the agent in the same
 * seconds. A table of rules, the first that fits decides; pure.
 */
import type { Blame, ErrorCode, Failure } from '../../probes/outcome.ts';
import type { AnchorLook, Circumstances } from './circumstances.ts';
import type { Lost } from './disturbance.ts';
import { CONTROL_LIMITS } from './limits.ts';

/** Names the rule; stands on the result as the attribute `blame_rule`. */
export type BlameRule = (typeof RULES)[number]['rule'];

export interface Judgement {
  readonly blame: Blame;
  readonly rule: BlameRule;
}

type Judged = Pick<Failure, 'layer' | 'blame' | 'code'>;

interface Rule {
  readonly rule: string;
  /** Undefined: the rule does not fit. */
  judge(failure: Judged, circumstances: Circumstances): Blame | undefined;
}

/** What a process or machine that stood still brings about, since it came too late to see others. */
const FROM_STANDING_STILL: ReadonlySet<ErrorCode> = new Set([
  'timeout',
  'start_timeout',
  'frozen',
  'black_video',
  'overloaded',
]);

/** What one brings about that stood still for so long that others gave up on it; and what a server may do that still takes connections. */
const FROM_THE_OTHER_END: ReadonlySet<ErrorCode> = new Set(['reset', 'truncated']);

/** What a way out that carries nothing brings about, whatever the target does. */
const FROM_NO_WAY_OUT: ReadonlySet<ErrorCode> = new Set([
  'timeout',
  'start_timeout',
  'unreachable',
  'reset',
  'truncated',
]);

/** Layers below the first word of the target. */
const BEFORE_THE_TARGET: ReadonlySet<string> = new Set(['dns', 'connect', 'tls']);

const RULES = [
  {
    rule: 'own_fault',
    judge: ({ layer, blame }) => (blame === 'agent' || layer === 'agent' ? 'agent' : undefined),
  },
  {
    rule: 'disturbed',
    // Unless the same came of another try, which nothing disturbed, or others had time enough: what they say is read before a run is given up.
    judge: ({ code }, { disturbances, lost, target, waitedRatio }) =>
      disturbances.length > 0 &&
      target !== 'silent' &&
      !(code === 'timeout' && waitedRatio >= 1 - CONTROL_LIMITS.blamedRatio.value) &&
      bringsAbout(lost, code)
        ? 'agent'
        : undefined,
  },
  {
    // Expired by the clock of this agent alone.
    rule: 'clock_wrong',
    judge: ({ code }, circumstances) =>
      code === 'cert_expired' && isValidThere(circumstances) === true ? 'agent' : undefined,
  },
  {
    rule: 'certificate_expired',
    judge: ({ code }, circumstances) =>
      code === 'cert_expired' && isValidThere(circumstances) === false ? 'target' : undefined,
  },
  {
    rule: 'clock_wrong',
    judge: ({ code }, circumstances) =>
      code === 'cert_expired' && clockOffBy(circumstances) > CONTROL_LIMITS.clockWrongMs.value
        ? 'agent'
        : undefined,
  },
  {
    rule: 'clock_doubtful',
    judge: ({ code }, circumstances) =>
      code === 'cert_expired' && clockOffBy(circumstances) > CONTROL_LIMITS.clockDoubtMs.value
        ? 'unknown'
        : undefined,
  },
  {
    // The way carries: another connection to the very place came about in the same seconds, or was refused by it. What a probe knows to
    // have got lost on the way did, all the same.
    rule: 'target_answers',
    judge: ({ code, blame }, { target }) =>
      (target === 'accepts' || target === 'refuses') &&
      (FROM_THE_OTHER_END.has(code) || (FROM_NO_WAY_OUT.has(code) && blame !== 'network'))
        ? 'target'
        : undefined,
  },
  {
    rule: 'uplink_dead',
    judge: (failure, circumstances) =>
      needsWayOut(failure) && isCutOff(circumstances) ? 'agent' : undefined,
  },
  {
    // A proxy that wants a log-in, a firewall, a resolver that lies: everything from here on ends in the same way.
    rule: 'same_everywhere',
    judge: ({ layer, code }, circumstances) =>
      BEFORE_THE_TARGET.has(layer) &&
      isCutOff(circumstances) &&
      circumstances.anchors.every((look) => failedWith(look, layer, code))
        ? 'agent'
        : undefined,
  },
  {
    rule: 'others_too',
    judge: (failure, { anchors }) =>
      needsWayOut(failure) && anchors.some(isReached) && !anchors.every(isReached) ? 'network' : undefined,
  },
  {
    rule: 'lone_anchor_down',
    judge: (failure, { anchors }) =>
      needsWayOut(failure) && anchors.length > 0 && !anchors.some(isReached) ? 'unknown' : undefined,
  },
  {
    rule: 'link_down',
    judge: (failure, { anchors, linkUp }) =>
      needsWayOut(failure) && anchors.length === 0 && !linkUp ? 'unknown' : undefined,
  },
  {
    rule: 'target_silent',
    judge: (failure, { target }) =>
      target === 'silent' && needsWayOut(failure) && failure.blame === 'unknown' ? 'network' : undefined,
  },
  {
    // The resolver of this agent just found the names of the anchors.
    rule: 'other_names_resolve',
    judge: ({ layer, code }, { anchors }) =>
      layer === 'dns' &&
      (code === 'server_failure' || code === 'timeout') &&
      anchors.some((look) => isReached(look) && isNamed(look.anchor))
        ? 'target'
        : undefined,
  },
  { rule: 'as_seen', judge: ({ blame }) => blame },
] as const satisfies readonly Rule[];

/** Judges one failure. The layer and the code stay what they are: only whose fault it looks like is decided here. */
export function judgeBlame(failure: Judged, circumstances: Circumstances): Judgement {
  for (const { rule, judge } of RULES) {
    const blame = judge(failure, circumstances);
    if (blame !== undefined) return { blame, rule };
  }
  return { blame: failure.blame, rule: 'as_seen' };
}

/**
 * Two witnesses are needed for a way out that is gone: two anchors, or one and the collector. One anchor that is not reached may
 * itself be down.
 */
function isCutOff({ anchors, linkUp }: Circumstances): boolean {
  if (anchors.length === 0 || anchors.some(isReached)) return false;
  return anchors.length > 1 || !linkUp;
}

function bringsAbout({ ms, ratio }: Lost, code: ErrorCode): boolean {
  const { blamedRatio, peerPatienceMs } = CONTROL_LIMITS;
  if (FROM_STANDING_STILL.has(code)) return ratio >= blamedRatio.value;
  return FROM_THE_OTHER_END.has(code) && ms >= peerPatienceMs.value;
}

function needsWayOut({ layer, code }: Judged): boolean {
  return FROM_NO_WAY_OUT.has(code) || (layer === 'dns' && code === 'server_failure');
}

function isReached(look: AnchorLook): boolean {
  return look.reached;
}

function failedWith(look: AnchorLook, layer: string, code: ErrorCode): boolean {
  return !look.reached && look.layer === layer && look.code === code;
}

/** `tcp://192.0.2.1:443` and `https://[2001:db8::1]/` need no resolver. */
function isNamed(anchor: string): boolean {
  const host = URL.parse(anchor.replace(/^tcp:/, 'http:'))?.hostname ?? '';
  return host !== '' && !/^[\d.]+$/.test(host) && !host.startsWith('[');
}

/**
 * Whether a certificate that is expired by the clock of this agent is valid by that of the collector. Undefined where the clocks were
 * not compared, or where it is not this one that has expired: an authority between may have.
 */
function isValidThere({ certificate, clock }: Circumstances): boolean | undefined {
  if (certificate === undefined || clock === undefined) return undefined;
  const { fromMs, untilMs, seenMs } = certificate;
  if (fromMs <= seenMs && seenMs <= untilMs) return undefined;
  const thereMs = seenMs + clock.offsetMs;
  return fromMs <= thereMs - clock.errorMs && thereMs + clock.errorMs <= untilMs;
}

/** Milliseconds by which the clock of the agent is off for certain; 0 when that is not known. */
function clockOffBy({ clock }: Circumstances): number {
  return clock === undefined ? 0 : Math.max(0, Math.abs(clock.offsetMs) - clock.errorMs);
}
