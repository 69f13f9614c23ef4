/**
 * OTLP in its JSON form: the proto3 mapping with lowerCamelCase names; 64-bit integers are texts.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly doubleValue: number };

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

export interface Resource {
  readonly attributes: readonly KeyValue[];
}

interface Scope {
  readonly name: string;
  readonly version: string;
}

export interface LogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  /** 9 INFO, 13 WARN, 17 ERROR. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: AnyValue;
  readonly attributes: readonly KeyValue[];
}

export interface NumberDataPoint {
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asInt?: string;
  readonly asDouble?: number;
}

export interface Metric {
  readonly name: string;
  readonly description: string;
  /** UCUM. */
  readonly unit: string;
  readonly gauge?: { readonly dataPoints: readonly NumberDataPoint[] };
  /** `aggregationTemporality`: 1 is delta. */
  readonly sum?: {
    readonly dataPoints: readonly NumberDataPoint[];
    readonly aggregationTemporality: 1;
    readonly isMonotonic: boolean;
  };
}

export interface LogsRequest {
  readonly resourceLogs: readonly {
    readonly resource: Resource;
    readonly scopeLogs: readonly { readonly scope: Scope; readonly logRecords: readonly LogRecord[] }[];
  }[];
}

export interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: Resource;
    readonly scopeMetrics: readonly { readonly scope: Scope; readonly metrics: readonly Metric[] }[];
  }[];
}

/** Who sends: the collector, by the names of OpenTelemetry's semantic conventions for services. */
export interface Sender {
  /** Of the collector; the same after a restart. */
  readonly name: string;
  /** Of Outrider. */
  readonly version: string;
}

export function logsRequest(sender: Sender, logRecords: readonly LogRecord[]): LogsRequest {
  return {
    resourceLogs: [{ resource: resourceOf(sender), scopeLogs: [{ scope: scopeOf(sender), logRecords }] }],
  };
}

export function metricsRequest(sender: Sender, metrics: readonly Metric[]): MetricsRequest {
  return {
    resourceMetrics: [{ resource: resourceOf(sender), scopeMetrics: [{ scope: scopeOf(sender), metrics }] }],
  };
}

const scopeOf = ({ version }: Sender): Scope => ({ name: 'outrider', version });

const resourceOf = ({ name, version }: Sender): Resource => ({
  attributes: attributesOf({
    'service.name': 'outrider-collector',
    'service.instance.id': name,
    'service.version': version,
  }),
});

/** What is null or empty is left out. */
export function attributesOf(
  values: Readonly<Record<string, string | number | boolean | null | undefined>>,
): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null || value === undefined || value === '' ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: string | number | boolean): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return { doubleValue: value };
}

/** Unix milliseconds as nanoseconds; whole ones, as text. */
export const nanos = (ms: number): string => `${Math.floor(ms)}000000`;
