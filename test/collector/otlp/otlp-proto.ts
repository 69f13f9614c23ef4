/**
 * What OTLP receivers parse, by the names and numbers of the official protocol (opentelemetry-proto 1.x): the messages that
 * we send, whole, so that a name which is not theirs is refused here as it would be lost there.
 */
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto3";
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message LogRecord {
  fixed64 time_unix_nano = 1; fixed64 observed_time_unix_nano = 11; int32 severity_number = 2; string severity_text = 3;
  AnyValue body = 5; repeated KeyValue attributes = 6; uint32 dropped_attributes_count = 7; fixed32 flags = 8;
  bytes trace_id = 9; bytes span_id = 10; string event_name = 12;
}
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
message ScopeMetrics { InstrumentationScope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
message Metric { string name = 1; string description = 2; string unit = 3; oneof data { Gauge gauge = 5; Sum sum = 7; } repeated KeyValue metadata = 12; }
message Gauge { repeated NumberDataPoint data_points = 1; }
message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message NumberDataPoint {
  repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; } uint32 flags = 8;
}
`;

const { root } = protobuf.parse(PROTO);

/** The request as a receiver has it: through the wire form and back. Throws on a field that the protocol does not have. */
export function parseOtlp(message: string, json: unknown): Record<string, never> {
  const type = root.lookupType(message);
  refuseStrangers(type, json, message);
  const bytes = type.encode(type.fromObject(json as Record<string, unknown>)).finish();
  return type.toObject(type.decode(bytes), { longs: String, arrays: true }) as Record<string, never>;
}

function refuseStrangers(type: protobuf.Type, value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) throw new Error(`${where} is no message`);
  for (const [name, part] of Object.entries(value)) {
    const field = type.fields[name]?.resolve();
    if (!field) throw new Error(`${where} has no ${name}`);
    if (field.repeated !== Array.isArray(part)) throw new Error(`${where}.${name}: repeated or not`);
    if (/64$/.test(field.type) && typeof part !== 'string')
      throw new Error(`${where}.${name}: 64 bits are text`);
    if (!(field.resolvedType instanceof protobuf.Type)) continue;
    for (const one of Array.isArray(part) ? part : [part])
      refuseStrangers(field.resolvedType, one, `${where}.${name}`);
  }
}
