// @ts-check
/** Figures put into words: names of metrics, what differs from another time, whether that is more than noise. Pure. */
import { duration, NOTHING, percent, withUnit } from './format.js';
import { fields, finite, plain } from './plain.js';
import { COMPARISONS } from './range.js';

/** What people call the metrics that types of probes are judged by. @type {Record<string, string>} */
const METRIC_NAMES = {
  run_ms: 'Whole run',
  dns_ms: 'Name resolution',
  connect_ms: 'Connecting',
  tls_ms: 'TLS',
  ttfb_ms: 'Time to first byte',
  transfer_ms: 'Transfer',
  first_frame_ms: 'First frame',
  video_startup_ms: 'Video start-up',
  swipe_first_frame_ms: 'Swipe to first frame',
  upload_total_ms: 'Upload',
  upload_goodput_bps: 'Upload speed',
  publish_playable_ms: 'Publish to playable',
  dns_query_ms: 'DNS query',
  tcp_total_ms: 'TCP connect',
  tls_total_ms: 'TLS handshake',
  ping_ms: 'Ping',
  grpc_call_ms: 'gRPC call',
  ws_upgrade_ms: 'WebSocket upgrade',
  own_ms: 'Own measurement',
  failure_ratio: 'Failures',
  silence: 'Silence',
  error_budget: 'Error budget',
};

/** @param {unknown} metric */
export const metricName = (metric) => METRIC_NAMES[plain(metric)] ?? plain(metric);

/** The unit of a metric is the last word of its name; empty for what is none of the dictionary. @param {string} metric */
export const unitOf = (metric) => /_(ms|bps|ratio|bytes|count|px|s)$/.exec(metric)?.[1] ?? '';

/** The end of a metric's distribution that users suffer from. @param {string} metric */
export const tailOf = (metric) => (unitOf(metric) === 'bps' ? 'p5' : 'p95');

/** `a week before`. @param {string} vs of the address */
export const vsText = (vs) => COMPARISONS.find(([known]) => known === vs)?.[1] ?? `${vs} before`;

/** Sign and words of a verdict. @type {Record<string, readonly [sign: string, text: string]>} */
const VERDICTS = {
  worse: ['▲', 'worse'],
  better: ['▼', 'better'],
  changed: ['◆', 'changed'],
  noise: ['≈', 'no more than noise'],
  few: ['…', 'too few runs to tell'],
};

/**
 * What a figure differs by from another time: `88 ms more (27 %) than a week before: worse`; empty without a comparison.
 * @param {unknown} row of `/api/v1/latency?vs=…`
 * @param {string} name of the quantile, or `success_ratio`
 * @param {string} unit
 * @param {string | null} vs
 * @returns {{ verdict: string, sign: string, text: string } | null}
 */
export function difference(row, name, unit, vs) {
  if (vs === null) return null;
  const { diff, vs: before } = fields(row);
  const { ratio, value, verdict } = fields(fields(diff)[name]);
  const then = finite(fields(before)[name]);
  const [by, share] = [finite(value), finite(ratio)];
  if (then === null || by === null) return { verdict: 'few', sign: '…', text: `nothing ${vsText(vs)}` };
  const [sign, word] = VERDICTS[plain(verdict)] ?? ['', plain(verdict)];
  const amount = unit === 'ratio' ? `${points(by)} points` : withUnit(Math.abs(by), unit);
  const part = share === null || unit === 'ratio' ? '' : ` (${shareText(share)})`;
  const isSame = by === 0 || (unit === 'ratio' && points(by) === '0');
  const text = isSame
    ? `as ${vsText(vs)}`
    : `${amount}${part} ${by > 0 ? 'more' : 'less'} than ${vsText(vs)}: ${word}`;
  return { verdict: plain(verdict), sign, text };
}

/** Past double, how many times as much is easier to grasp. @param {number} share */
const shareText = (share) => (share < 1 ? `${percent(Math.abs(share))} %` : `${(1 + share).toFixed(1)}×`);

/** Percentage points, to a tenth. @param {number} ratio */
const points = (ratio) => (Math.round(Math.abs(ratio) * 1000) / 10).toString();

/** Why a slot was missed, in words. @type {Record<string, string>} */
const REASONS = {
  agent_down: 'agent down',
  overrun: 'could not start in time',
  shed: 'too little memory or CPU',
  capped: 'capped by the owner',
  clock: 'clock was set',
  lost: 'lost at the agent',
};

/** @param {string} reason */
export const reasonText = (reason) => REASONS[reason] ?? reason.replaceAll('_', ' ');

/**
 * How a run ended, with a sign: `✓ ok`, `✕ http/status`, `– missed: overrun`.
 * @param {Record<string, unknown>} run
 * @returns {{ state: 'ok' | 'fail' | 'missed', sign: string, text: string }}
 */
export function outcomeOf({ code, layer, missed_reason, outcome }) {
  if (outcome === 'ok') return { state: 'ok', sign: '✓', text: 'ok' };
  if (outcome === 'missed')
    return { state: 'missed', sign: '–', text: `missed: ${reasonText(plain(missed_reason))}` };
  return {
    state: 'fail',
    sign: '✕',
    text: [plain(layer), plain(code)].filter(Boolean).join('/') || 'failed',
  };
}

/**
 * How long ago, or a dash.
 * @param {unknown} at ISO text
 * @param {number} nowMs
 */
export function ago(at, nowMs) {
  const ms = Date.parse(plain(at));
  if (!Number.isFinite(ms)) return NOTHING;
  return nowMs - ms < 1000 ? 'now' : `${duration(nowMs - ms)} ago`;
}

/** Bytes as people read them. @param {unknown} bytes */
export function bytesText(bytes) {
  const value = finite(bytes);
  if (value === null) return NOTHING;
  const units = ['B', 'kB', 'MB', 'GB'];
  const step = value < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(value) / 3));
  const amount = value / 1000 ** step;
  return `${amount >= 100 || step === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[step]}`;
}
