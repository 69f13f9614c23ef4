import { describe, expect, it } from 'vitest';
import type { AnchorLook, Circumstances } from '../../../agent/control/circumstances.ts';
import { describeCircumstances } from '../../../agent/control/circumstances.ts';
import { judgeBlame } from '../../../agent/control/judge-blame.ts';
import { CONTROL_LIMITS } from '../../../agent/control/limits.ts';
import type { Blame, ErrorCode, Layer } from '../../../probes/outcome.ts';

const reached = (anchor = 'https://anchor.example'): AnchorLook => ({ anchor, reached: true });
const lost = (layer: Layer = 'connect', code: ErrorCode = 'timeout'): AnchorLook => ({
  anchor: 'https://anchor.example',
  reached: false,
  layer,
  code,
});

const NOTHING = { ms: 0, ratio: 0 };
const CALM: Circumstances = {
  disturbances: [],
  lost: NOTHING,
  waitedRatio: 0,
  anchors: [reached(), reached()],
  linkUp: true,
};
const DEAD: Circumstances = {
  disturbances: [],
  lost: NOTHING,
  waitedRatio: 0,
  anchors: [lost(), lost('dns', 'timeout')],
  linkUp: false,
};
const HALF: Circumstances = {
  disturbances: [],
  lost: NOTHING,
  waitedRatio: 0,
  anchors: [reached(), lost()],
  linkUp: true,
};
const { blamedRatio, peerPatienceMs } = CONTROL_LIMITS;
const HOGGED: Circumstances = {
  ...CALM,
  disturbances: ['cpu_wait'],
  lost: { ms: peerPatienceMs.value, ratio: blamedRatio.value },
};
const offBy = (offsetMs: number, errorMs = 1): Circumstances => ({ ...CALM, clock: { offsetMs, errorMs } });

const { clockDoubtMs, clockWrongMs } = CONTROL_LIMITS;

const NOW_MS = Date.UTC(2026, 0, 10);
const HOUR_MS = 3_600_000;
/** A certificate that is valid for an hour around an instant, as seen now by a clock that is off by so much. */
const validAround = (aroundMs: number, offsetMs: number): Circumstances => ({
  ...offBy(offsetMs),
  certificate: { fromMs: aroundMs - HOUR_MS / 2, untilMs: aroundMs + HOUR_MS / 2, seenMs: NOW_MS },
});

type Row = readonly [
  what: string,
  failure: readonly [Layer, ErrorCode, Blame],
  circumstances: Circumstances,
  blame: Blame,
  rule: string,
];

const TABLE: readonly Row[] = [
  ['a refusal with a living uplink', ['connect', 'refused', 'target'], CALM, 'target', 'as_seen'],
  ['a refusal while anchors are out of reach', ['connect', 'refused', 'target'], DEAD, 'target', 'as_seen'],
  ['a wrong status while anchors are out of reach', ['http', 'status', 'target'], DEAD, 'target', 'as_seen'],
  ['a wrong body at a hogged agent', ['content', 'bad_body', 'target'], HOGGED, 'target', 'as_seen'],
  ['a blackhole on the way to one target', ['connect', 'timeout', 'network'], CALM, 'network', 'as_seen'],
  ['a dead uplink, seen as a timeout', ['connect', 'timeout', 'network'], DEAD, 'agent', 'uplink_dead'],
  ['a dead uplink, seen by the kernel', ['connect', 'unreachable', 'network'], DEAD, 'agent', 'uplink_dead'],
  ['a dead uplink in mid-body', ['http', 'timeout', 'unknown'], DEAD, 'agent', 'uplink_dead'],
  ['a dead uplink, seen by the resolver', ['dns', 'server_failure', 'network'], DEAD, 'agent', 'uplink_dead'],
  ['a dead uplink under a player', ['player', 'start_timeout', 'target'], DEAD, 'agent', 'uplink_dead'],
  ['some anchors out of reach too', ['connect', 'timeout', 'unknown'], HALF, 'network', 'others_too'],
  [
    'two anchors out of reach though the collector answers',
    ['connect', 'timeout', 'network'],
    { ...DEAD, linkUp: true },
    'agent',
    'uplink_dead',
  ],
  [
    'the only anchor out of reach, and the collector',
    ['connect', 'timeout', 'network'],
    { disturbances: [], lost: NOTHING, waitedRatio: 0, anchors: [lost('dns', 'timeout')], linkUp: false },
    'agent',
    'uplink_dead',
  ],
  [
    'the only anchor out of reach though the collector answers',
    ['connect', 'timeout', 'network'],
    { disturbances: [], lost: NOTHING, waitedRatio: 0, anchors: [lost('dns', 'timeout')], linkUp: true },
    'unknown',
    'lone_anchor_down',
  ],
  [
    'no anchors and no collector',
    ['connect', 'timeout', 'network'],
    { disturbances: [], lost: NOTHING, waitedRatio: 0, anchors: [], linkUp: false },
    'unknown',
    'link_down',
  ],
  [
    'no anchors, and the collector answers',
    ['connect', 'timeout', 'network'],
    { disturbances: [], lost: NOTHING, waitedRatio: 0, anchors: [], linkUp: true },
    'network',
    'as_seen',
  ],
  [
    'a log-in page before everything',
    ['tls', 'cert_name', 'target'],
    {
      disturbances: [],
      lost: NOTHING,
      waitedRatio: 0,
      anchors: [lost('tls', 'cert_name'), lost('tls', 'cert_name')],
      linkUp: true,
    },
    'agent',
    'same_everywhere',
  ],
  [
    'a firewall that refuses everything',
    ['connect', 'refused', 'target'],
    {
      disturbances: [],
      lost: NOTHING,
      waitedRatio: 0,
      anchors: [lost('connect', 'refused'), lost('connect', 'refused')],
      linkUp: false,
    },
    'agent',
    'same_everywhere',
  ],
  [
    'a wrong name while one of two anchors has one too',
    ['tls', 'cert_name', 'target'],
    {
      disturbances: [],
      lost: NOTHING,
      waitedRatio: 0,
      anchors: [lost('tls', 'cert_name'), reached()],
      linkUp: true,
    },
    'target',
    'as_seen',
  ],
  [
    'SERVFAIL while other names resolve',
    ['dns', 'server_failure', 'unknown'],
    CALM,
    'target',
    'other_names_resolve',
  ],
  [
    'name servers of the target that are silent',
    ['dns', 'timeout', 'network'],
    CALM,
    'target',
    'other_names_resolve',
  ],
  [
    'SERVFAIL while only anchors without a name are reached',
    ['dns', 'server_failure', 'unknown'],
    { ...CALM, anchors: [reached('tcp://192.0.2.1:443'), reached('https://[2001:db8::1]/')] },
    'unknown',
    'as_seen',
  ],
  ['no such name', ['dns', 'not_found', 'target'], CALM, 'target', 'as_seen'],
  ['a timeout at a hogged agent', ['http', 'timeout', 'target'], HOGGED, 'agent', 'disturbed'],
  [
    'a timeout of a run that lost less than blamedRatio of its time',
    ['connect', 'timeout', 'network'],
    { ...HOGGED, lost: { ms: 50, ratio: blamedRatio.value - 0.01 } },
    'network',
    'as_seen',
  ],
  [
    'a timeout at a hogged agent that had asked in time',
    ['http', 'timeout', 'unknown'],
    { ...HOGGED, target: 'accepts', waitedRatio: 1 - blamedRatio.value },
    'target',
    'target_answers',
  ],
  [
    'a timeout at a hogged agent that asked too late',
    ['http', 'timeout', 'unknown'],
    { ...HOGGED, target: 'accepts', waitedRatio: 1 - blamedRatio.value - 0.01 },
    'agent',
    'disturbed',
  ],
  [
    'a timeout at a hogged agent that another try found again',
    ['connect', 'timeout', 'network'],
    { ...HOGGED, target: 'silent' },
    'network',
    'as_seen',
  ],
  [
    'a reset of a run that stood still for less than peerPatienceMs',
    ['http', 'reset', 'network'],
    { ...HOGGED, target: 'accepts', lost: { ms: peerPatienceMs.value - 1, ratio: 1 } },
    'target',
    'target_answers',
  ],
  ['a reset after the agent stood still', ['http', 'reset', 'target'], HOGGED, 'agent', 'disturbed'],
  ['a refusal at a hogged agent', ['connect', 'refused', 'target'], HOGGED, 'target', 'as_seen'],
  [
    'a frozen video without memory',
    ['player', 'frozen', 'target'],
    { ...CALM, disturbances: ['memory'], lost: { ms: 500, ratio: 0.5 } },
    'agent',
    'disturbed',
  ],
  ['no browser', ['agent', 'browser_missing', 'agent'], CALM, 'agent', 'own_fault'],
  ['an interface that is down', ['connect', 'unreachable', 'agent'], HALF, 'agent', 'own_fault'],
  ['an expired certificate', ['tls', 'cert_expired', 'target'], CALM, 'target', 'as_seen'],
  [
    'an expired certificate by a good clock',
    ['tls', 'cert_expired', 'target'],
    offBy(300),
    'target',
    'as_seen',
  ],
  [
    'an expired certificate by a clock past clockWrongMs',
    ['tls', 'cert_expired', 'target'],
    offBy(-clockWrongMs.value - 10),
    'agent',
    'clock_wrong',
  ],
  [
    'an expired certificate by a clock past clockDoubtMs',
    ['tls', 'cert_expired', 'target'],
    offBy(clockDoubtMs.value + 10),
    'unknown',
    'clock_doubtful',
  ],
  [
    'an expired certificate by a clock of which little is known',
    ['tls', 'cert_expired', 'target'],
    offBy(clockDoubtMs.value, 10_000),
    'target',
    'as_seen',
  ],
  [
    'a certificate that is valid by the clock of the collector, however little the own one is off',
    ['tls', 'cert_expired', 'target'],
    validAround(NOW_MS - HOUR_MS, -HOUR_MS),
    'agent',
    'clock_wrong',
  ],
  [
    'a certificate that has expired by both clocks, however wrong the own one is',
    ['tls', 'cert_expired', 'target'],
    validAround(NOW_MS - HOUR_MS, -10 * clockWrongMs.value),
    'target',
    'certificate_expired',
  ],
  [
    'a valid certificate under an authority that has expired',
    ['tls', 'cert_expired', 'target'],
    validAround(NOW_MS, 300),
    'target',
    'as_seen',
  ],
  [
    'a server that accepts and shakes no hands',
    ['tls', 'timeout', 'unknown'],
    { ...CALM, target: 'accepts' },
    'target',
    'target_answers',
  ],
  [
    'a server that accepts and answers nothing while an anchor is down',
    ['http', 'timeout', 'unknown'],
    { ...HALF, target: 'accepts' },
    'target',
    'target_answers',
  ],
  [
    'a server that accepts while all anchors are down',
    ['http', 'timeout', 'unknown'],
    { ...DEAD, target: 'accepts' },
    'target',
    'target_answers',
  ],
  [
    'a reset by a server that accepts again',
    ['http', 'reset', 'network'],
    { ...CALM, target: 'accepts' },
    'target',
    'target_answers',
  ],
  [
    'a reset by a server that is gone then',
    ['http', 'reset', 'network'],
    { ...CALM, target: 'refuses' },
    'target',
    'target_answers',
  ],
  [
    'a reset after which nobody answers any more',
    ['http', 'reset', 'network'],
    { ...CALM, target: 'silent' },
    'network',
    'as_seen',
  ],
  [
    'an upload whose packets the kernel knows to be lost',
    ['upload_chunk', 'timeout', 'network'],
    { ...CALM, target: 'accepts' },
    'network',
    'as_seen',
  ],
  [
    'a way that was lost in mid-body',
    ['http', 'timeout', 'unknown'],
    { ...CALM, target: 'silent' },
    'network',
    'target_silent',
  ],
  [
    'a dead uplink in mid-body, by the target too',
    ['http', 'timeout', 'unknown'],
    { ...DEAD, target: 'silent' },
    'agent',
    'uplink_dead',
  ],
  [
    'a silent server at a hogged agent',
    ['http', 'timeout', 'unknown'],
    { ...HOGGED, target: 'accepts' },
    'agent',
    'disturbed',
  ],
  [
    'a timeout by a wrong clock',
    ['http', 'timeout', 'target'],
    offBy(10 * clockWrongMs.value),
    'target',
    'as_seen',
  ],
];

describe('judgeBlame', () => {
  it.each(TABLE)('of %s', (_what, [layer, code, seen], circumstances, blame, rule) => {
    expect(judgeBlame({ layer, code, blame: seen }, circumstances)).toEqual({ blame, rule });
  });

  it('never puts the fault of the agent on others, whatever the circumstances', () => {
    for (const [, , circumstances] of TABLE)
      expect(judgeBlame({ layer: 'agent', code: 'overloaded', blame: 'agent' }, circumstances).blame).toBe(
        'agent',
      );
  });

  it('needs two witnesses before it takes the blame for a way out', () => {
    for (const linkUp of [true, false])
      for (const anchors of [[], [lost()], [lost(), lost()]]) {
        const { blame } = judgeBlame(
          { layer: 'connect', code: 'timeout', blame: 'network' },
          { disturbances: [], lost: NOTHING, waitedRatio: 0, anchors, linkUp },
        );
        const witnesses = anchors.length + (linkUp ? 0 : 1);
        expect(blame === 'agent').toBe(anchors.length > 0 && witnesses > 1);
      }
  });
});

describe('describeCircumstances', () => {
  it('says how many anchors were reached and whether the collector answers', () => {
    expect(describeCircumstances(HALF)).toBe('anchors 1/2, link up');
    expect(describeCircumstances({ anchors: [], linkUp: false })).toBe('no anchors, link down');
  });
});
