/** What was said of uploads beside what the server saw of them: rows, and a table of every one. */
import { atMost, type Row, row } from '../benchmark.ts';
import type { Transport } from './truth-server.ts';

/** What is promised: of goodput in percent; of sending in milliseconds and percent; of the commit in milliseconds. */
const PROMISED = { goodputPercent: 2, sendMs: 15, sendPercent: 1, commitMs: 15 } as const;

export interface Condition {
  readonly mbit: number;
  readonly bytes: number;
  readonly transport: Transport;
  readonly commitMs: number;
}

/** One upload by the probe and one by curl, beside what the server saw of the first. */
export interface Comparison extends Condition {
  /** From the first to the last byte at the server’s kernel. */
  readonly trueSendMs: number;
  readonly sendMs: number;
  readonly commitSaidMs: number;
  readonly goodputBps: number;
  /** Until the process was rid of the bytes, as naive clients say; undefined where the probe does not tell. */
  readonly appSendMs: number | undefined;
  readonly curlBps: number;
  readonly clock: string;
}

const trueBps = ({ bytes, trueSendMs }: Comparison): number => (bytes * 8000) / trueSendMs;
const percentOff = (said: number, truth: number): number => (said / truth - 1) * 100;

/** Every row is the worst of its conditions. */
export function comparisonRows(all: readonly Comparison[]): Row[] {
  const worst = (of: readonly Comparison[], error: (one: Comparison) => number): number =>
    Math.max(...of.map((one) => Math.abs(error(one))));
  const ways = [...Map.groupBy(all, ({ mbit, transport }) => `${mbit}mbit_${transport}`)];
  return [
    ...ways.map(([way, of]) =>
      row(
        `goodput_error_${way}`,
        worst(of, (one) => percentOff(one.goodputBps, trueBps(one))),
        '%',
        {
          peer: {
            name: 'curl, speed_upload',
            value: worst(of, (one) => percentOff(one.curlBps, trueBps(one))),
          },
          goal: atMost(PROMISED.goodputPercent),
        },
      ),
    ),
    ...naiveRows(ways),
    ...ways.map(([way, of]) => {
      const shortest = Math.min(...of.map(({ trueSendMs }) => trueSendMs));
      const goal = atMost(PROMISED.sendMs + Math.round((shortest * PROMISED.sendPercent) / 100));
      return row(
        `send_error_${way}`,
        worst(of, (one) => one.sendMs - one.trueSendMs),
        'ms',
        { goal },
      );
    }),
    ...[...Map.groupBy(all, ({ commitMs, transport }) => `${commitMs}ms_${transport}`)].map(([way, of]) =>
      row(
        `commit_error_${way}`,
        worst(of, (one) => one.commitSaidMs - one.commitMs),
        'ms',
        { goal: atMost(PROMISED.commitMs) },
      ),
    ),
  ];
}

/** What would be said if an upload were over when our process is rid of it. */
function naiveRows(ways: readonly (readonly [string, readonly Comparison[]])[]): Row[] {
  return ways.flatMap(([way, of]) => {
    const errors = of.flatMap((one) =>
      one.appSendMs ? [percentOff((one.bytes * 8000) / one.appSendMs, trueBps(one))] : [],
    );
    return errors.length === 0 ? [] : [row(`goodput_error_${way}_app_level`, Math.max(...errors), '%')];
  });
}

export function comparisonTable(all: readonly Comparison[]): string {
  const mbit = (bps: number): string => (bps / 1e6).toFixed(2);
  const head = [
    ...['link', 'commit ms', 'clock', 'true Mbit/s', 'said', 'app', 'curl'],
    ...['true send ms', 'said', 'app', 'commit said ms'],
  ];
  const lines = all.map((one) => [
    `${one.mbit} ${one.transport}`,
    String(one.commitMs),
    one.clock,
    mbit(trueBps(one)),
    mbit(one.goodputBps),
    one.appSendMs ? mbit((one.bytes * 8000) / one.appSendMs) : '-',
    mbit(one.curlBps),
    one.trueSendMs.toFixed(1),
    one.sendMs.toFixed(1),
    one.appSendMs?.toFixed(1) ?? '-',
    one.commitSaidMs.toFixed(1),
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...lines].map((line) => (line[at] ?? '').length)));
  return [head, ...lines]
    .map((line) => line.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  '))
    .join('\n');
}
