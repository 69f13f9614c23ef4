/**
 * The faults of the benchmark of blame, and what an agent must say of each: whose fault it looks like by the design. What an agent or its
 * uplink did is the agent’s; what a target answers, or fails to answer on a way that carries, is the target’s; a way that does not is the
 * network’s.
 */
import type { Blame, ErrorCode, Layer } from '../../../probes/outcome.ts';
import { PLACES } from './blame-places.ts';

/** What stands still, is cut or is taken away while the checks of a fault run; `calm`: nothing, the target is the fault. */
export const SCENES = [
  'calm',
  'anchor_dead',
  'link_dead',
  'resolver_dead',
  'interface_down',
  'uplink_silent',
  'cut_off',
  'frozen',
  'hogged',
  'files_out',
  'memory_out',
  'clock_ahead',
  'clock_behind',
  'browser_broken',
  'browser',
] as const;
export type Scene = (typeof SCENES)[number];

/** Whose a result is: `none` for one that is well and undisturbed. */
export type Given = Blame | 'none';

export interface Right {
  readonly blame: Given;
  /** Any where absent: of an agent that stands still anything may be late, and of a run that is well there is none. */
  readonly layer?: Layer;
  /** Any where absent. */
  readonly codes?: readonly ErrorCode[];
  /** Every result of it says that the agent disturbed it, unless there is no run at all. */
  readonly isDisturbed?: true;
  /** There are slots without a run, for this reason. */
  readonly missed?: 'agent_down';
}

export interface BlameFault {
  /** As the probe and its target are called; unique. */
  readonly name: string;
  readonly scene: Scene;
  readonly url: string;
  readonly type?: 'video-start';
  readonly params?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
  readonly right: Right;
}

const { target, blackhole, unreachable } = PLACES;
const WEB = `http://${target}`;
const WELL = `${WEB}/well`;

const at = (
  layer: Layer,
  codes: ErrorCode | readonly ErrorCode[],
  blame: Blame,
): Pick<BlameFault, 'right'> => ({
  right: { blame, layer, codes: [codes].flat() },
});
const well = { right: { blame: 'none' } } as const;
const own = (layer: Layer, codes: ErrorCode | readonly ErrorCode[]) => at(layer, codes, 'agent');

const CALM: readonly Omit<BlameFault, 'scene'>[] = [
  { name: 'nothing', url: WELL, ...well },
  { name: 'dns-servfail', url: 'http://servfail.test/', ...at('dns', 'server_failure', 'target') },
  { name: 'dns-refused', url: 'http://refused.test/', ...at('dns', 'server_failure', 'target') },
  { name: 'dns-nxdomain', url: 'http://nxdomain.test/', ...at('dns', 'not_found', 'target') },
  { name: 'dns-silent', url: 'http://silent.test/', ...at('dns', 'timeout', 'target') },
  {
    name: 'dns-garbage',
    url: 'http://garbage.test/',
    // The resolver passes over what is no answer to its question, as it must, and waits.
    ...at('dns', ['server_failure', 'timeout'], 'target'),
  },
  { name: 'refused', url: `${WEB}:84/`, ...at('connect', 'refused', 'target') },
  { name: 'blackhole', url: `http://${blackhole}/`, ...at('connect', 'timeout', 'network') },
  { name: 'no-route', url: `http://${unreachable}/`, ...at('connect', 'unreachable', 'network') },
  { name: 'reset-after-accept', url: `${WEB}:81/`, right: { blame: 'target', codes: ['reset'] } },
  { name: 'closed-after-accept', url: `${WEB}:82/`, ...at('http', 'reset', 'target') },
  { name: 'reset-in-body', url: `${WEB}/cut`, ...at('http', 'reset', 'target') },
  { name: 'tls-expired', url: 'https://tls.test:444/', ...at('tls', 'cert_expired', 'target') },
  { name: 'tls-wrong-name', url: 'https://tls.test:445/', ...at('tls', 'cert_name', 'target') },
  { name: 'tls-self-signed', url: 'https://tls.test:446/', ...at('tls', 'cert_self_signed', 'target') },
  { name: 'tls-untrusted', url: 'https://tls.test:447/', ...at('tls', 'cert_untrusted', 'target') },
  { name: 'tls-silent', url: 'https://tls.test:448/', ...at('tls', 'timeout', 'target') },
  { name: 'status-500', url: `${WEB}/500`, ...at('http', 'status', 'target') },
  { name: 'status-503', url: `${WEB}/503`, ...at('http', 'status', 'target') },
  {
    name: 'wrong-body',
    url: WELL,
    params: { expect: { body: ['something else'] } },
    ...at('content', 'unexpected', 'target'),
  },
  { name: 'truncated', url: `${WEB}/short`, ...at('http', 'truncated', 'target') },
  { name: 'redirect-loop', url: `${WEB}/loop`, right: { blame: 'target', layer: 'http' } },
  { name: 'not-http', url: `${WEB}:83/`, ...at('http', 'bad_response', 'target') },
  { name: 'slow-head', url: `${WEB}/never`, ...at('http', 'timeout', 'target') },
  { name: 'stalled-body', url: `${WEB}/stall`, ...at('http', 'timeout', 'target') },
];

/** Of the same kind in each: what is well stays well, and what is at fault by itself stays so. */
const OF_SCENES: Readonly<Record<Exclude<Scene, 'calm'>, readonly Omit<BlameFault, 'scene'>[]>> = {
  anchor_dead: [
    { name: 'anchor-dead', url: WELL, ...well },
    { name: 'anchor-dead-500', url: `${WEB}/500`, ...at('http', 'status', 'target') },
    { name: 'anchor-dead-slow', url: `${WEB}/never`, ...at('http', 'timeout', 'target') },
    { name: 'anchor-dead-blackhole', url: `http://${blackhole}/`, ...at('connect', 'timeout', 'network') },
  ],
  link_dead: [
    { name: 'link-dead', url: WELL, ...well },
    { name: 'link-dead-refused', url: `${WEB}:84/`, ...at('connect', 'refused', 'target') },
    { name: 'link-dead-blackhole', url: `http://${blackhole}/`, ...at('connect', 'timeout', 'network') },
  ],
  resolver_dead: [
    { name: 'resolver-dead', url: 'http://fine.test/well', ...at('dns', 'timeout', 'network') },
  ],
  interface_down: [
    { name: 'interface-down', url: WELL, ...own('connect', 'unreachable') },
    {
      name: 'interface-down-dns',
      url: 'http://fine.test/well',
      ...own('dns', ['server_failure', 'timeout']),
    },
  ],
  uplink_silent: [
    { name: 'uplink-silent', url: WELL, ...own('connect', 'timeout') },
    { name: 'uplink-silent-dns', url: 'http://fine.test/well', ...own('dns', 'timeout') },
  ],
  cut_off: [
    { name: 'cut-off', url: WELL, ...own('connect', 'timeout') },
    { name: 'cut-off-dns', url: 'http://fine.test/well', ...own('dns', 'timeout') },
  ],
  frozen: [
    {
      name: 'frozen-agent',
      url: `${WEB}/late`,
      timeoutMs: 700,
      right: { blame: 'agent', isDisturbed: true },
    },
  ],
  hogged: [
    {
      name: 'cpu-hog',
      url: `${WEB}/late`,
      timeoutMs: 700,
      right: { blame: 'agent', isDisturbed: true },
    },
  ],
  files_out: [
    { name: 'files-out', url: WELL, ...own('agent', 'overloaded') },
    { name: 'files-out-dns', url: 'http://fine.test/well', right: { blame: 'agent' } },
  ],
  memory_out: [
    {
      name: 'memory-out',
      // Has to be held whole.
      url: `${WEB}/large`,
      params: { expect: { body: ['a$'] } },
      right: { blame: 'agent', missed: 'agent_down' },
    },
  ],
  clock_ahead: [
    { name: 'clock-ahead', url: 'https://tls.test:449/', ...own('tls', 'cert_expired') },
    { name: 'clock-ahead-expired', url: 'https://tls.test:444/', ...at('tls', 'cert_expired', 'target') },
    { name: 'clock-ahead-well', url: WELL, ...well },
  ],
  clock_behind: [
    { name: 'clock-behind', url: 'https://tls.test:443/', ...own('tls', 'cert_expired') },
    { name: 'clock-behind-500', url: `${WEB}/500`, ...at('http', 'status', 'target') },
  ],
  browser_broken: [
    {
      name: 'browser-broken',
      type: 'video-start',
      url: `${WEB}/hevc.mp4`,
      timeoutMs: 20_000,
      ...own('agent', ['browser_launch', 'browser_missing']),
    },
  ],
  browser: [
    {
      name: 'no-decoder',
      type: 'video-start',
      url: `${WEB}/hevc.mp4`,
      timeoutMs: 20_000,
      right: { blame: 'agent', codes: ['codec_unsupported'] },
    },
  ],
};

export const FAULTS: readonly BlameFault[] = [
  ...CALM.map((fault) => ({ ...fault, scene: 'calm' as const })),
  ...SCENES.flatMap((scene) =>
    scene === 'calm' ? [] : OF_SCENES[scene].map((fault) => ({ ...fault, scene })),
  ),
];
