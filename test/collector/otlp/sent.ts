/** What a receiver was sent, with attributes as plain values. */
import type { Receiver } from './receiver.ts';

type Attributes = Readonly<Record<string, unknown>>;

interface Attribute {
  readonly key: string;
  readonly value: Attributes;
}

interface Raw {
  readonly attributes: readonly Attribute[];
}

export interface SentLog {
  readonly attributes: Attributes;
  readonly severityText: string;
  readonly severityNumber: number;
  readonly eventName: string;
  readonly body: unknown;
  readonly timeUnixNano: string;
}

interface SentPoint {
  readonly attributes: Attributes;
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly asInt?: string;
  readonly asDouble?: number;
}

interface Points {
  readonly dataPoints: readonly (Raw & Record<'startTimeUnixNano' | 'timeUnixNano', string>)[];
}

export interface SentMetric {
  readonly name: string;
  readonly unit: string;
  readonly gauge?: Points;
  readonly sum?: Points & { readonly aggregationTemporality: number; readonly isMonotonic: boolean };
}

export function logsOf(receiver: Receiver): SentLog[] {
  return messages<{ resourceLogs: { scopeLogs: { logRecords: (Raw & SentLog)[] }[] }[] }>(receiver, 'logs')
    .flatMap(({ resourceLogs }) => resourceLogs)
    .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
    .map((record) => ({ ...record, attributes: plain(record) }));
}

export function metricsOf(receiver: Receiver): SentMetric[] {
  return messages<{ resourceMetrics: { scopeMetrics: { metrics: SentMetric[] }[] }[] }>(receiver, 'metrics')
    .flatMap(({ resourceMetrics }) => resourceMetrics)
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
}

/** Of all metrics of this name, in the order in which they came. */
export function pointsOf(receiver: Receiver, name: string): SentPoint[] {
  const ms = (nanos: string): number => Number(nanos.slice(0, -6));
  return metricsOf(receiver)
    .filter((metric) => metric.name === name)
    .flatMap(({ gauge, sum }) => (gauge ?? sum)?.dataPoints ?? [])
    .map((point) => ({
      ...point,
      ...{ attributes: plain(point), startMs: ms(point.startTimeUnixNano), endMs: ms(point.timeUnixNano) },
    }));
}

const messages = <T>({ received }: Receiver, signal: string): T[] =>
  received.filter(({ path }) => path === `/v1/${signal}`).map(({ message }) => message as T);

const plain = ({ attributes }: Raw): Attributes =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
