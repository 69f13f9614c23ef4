/** Whether goodput, sending and commit are what the server saw, on links of known width, with and without TLS. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, type Progress, type Row, row } from './benchmark.ts';
import type { LinkStage } from './support/link-stage.ts';
import type { Transport } from './support/truth-server.ts';

/** Sizes that take one to three seconds: long beside what the shaper lets through at once. */
const LINKS = [
  { mbit: 2, bytes: 750_000 },
  { mbit: 10, bytes: 2_500_000 },
  { mbit: 50, bytes: 8_000_000 },
] as const;
const TRANSPORTS: readonly Transport[] = ['plain', 'tls'];
const COMMITS_MS = [0, 250, 2000];
const TIMEOUT_MS = 30_000;
/** What is promised: of goodput in percent; of sending in milliseconds and percent; of the commit in milliseconds. */
const PROMISED = { goodputPercent: 2, sendMs: 15, sendPercent: 1, commitMs: 15 } as const;

interface Condition {
  readonly mbit: number;
  readonly bytes: number;
  readonly transport: Transport;
  readonly commitMs: number;
}

/** One upload by the probe and one by curl, beside what the server saw of the first. */
interface Comparison extends Condition {
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

export async function truthRows(
  stage: LinkStage,
  rounds: number,
  { print, progress }: { readonly print: Progress; readonly progress: Progress },
): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-bench-upload-'));
  const comparisons: Comparison[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const { bytes, mbit } of LINKS) {
        progress(`truth, round ${round} of ${rounds}: ${mbit} Mbit/s`);
        stage.link.shape('client', mbit * 1e6);
        const file = join(directory, String(bytes));
        writeFileSync(file, randomBytes(bytes));
        for (const transport of TRANSPORTS)
          for (const commitMs of COMMITS_MS)
            comparisons.push(await compare(stage, { mbit, bytes, transport, commitMs }, file));
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  print(comparisonTable(comparisons));
  return comparisonRows(comparisons);
}

async function compare(stage: LinkStage, condition: Condition, file: string): Promise<Comparison> {
  const { bytes, commitMs, transport } = condition;
  await stage.server.treat({ commitMs });
  const url = `${stage.server.urls[transport]}/put/`;
  const params = { protocol: 'put', sizeBytes: bytes };
  const { attributes, metrics } = await stage.sender.measure({
    type: 'upload',
    url,
    params,
    timeoutMs: TIMEOUT_MS,
  });
  const [body] = await stage.server.received();
  if (body?.bytes !== bytes) throw new Error(`the server saw ${body?.bytes ?? 'no'} bytes of ${bytes}`);
  return {
    ...condition,
    trueSendMs: body.lastMs - body.firstMs,
    sendMs: metrics.upload_send_ms ?? Number.NaN,
    commitSaidMs: metrics.upload_commit_ms ?? Number.NaN,
    goodputBps: metrics.upload_goodput_bps ?? Number.NaN,
    appSendMs: metrics.upload_app_send_ms,
    curlBps: await stage.curl(`${url}curl`, file),
    clock: attributes.send_clock ?? '',
  };
}

const trueBps = ({ bytes, trueSendMs }: Comparison): number => (bytes * 8000) / trueSendMs;
const percentOff = (said: number, truth: number): number => (said / truth - 1) * 100;

/** Every row is the worst of its conditions. */
function comparisonRows(all: readonly Comparison[]): Row[] {
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

function comparisonTable(all: readonly Comparison[]): string {
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
