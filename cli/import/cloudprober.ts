/** A configuration of Cloudprober in text format: its HTTP, TCP, DNS and PING probes with targets by host name. */
import { type Imported, type ImportedProbe, type ImportedTarget, nameOf, serverOf } from './imported.ts';
import { type ProtoMessage, type ProtoValue, parseTextProto } from './text-proto.ts';

const TYPES: Readonly<Record<string, string>> = { HTTP: 'http', TCP: 'tcp', DNS: 'dns', PING: 'ping' };

/** Fields of a probe that are taken over, or do nothing here. */
const TAKEN = ['name', 'type', 'targets', 'interval', 'interval_msec', 'timeout', 'timeout_msec'];
const TAKEN_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  http_probe: ['protocol', 'relative_url', 'port', 'method', 'scheme', 'body'],
  tcp_probe: ['port'],
  dns_probe: ['resolved_domain', 'query_type'],
  ping_probe: [],
};

const first = (message: ProtoMessage, field: string): ProtoValue | undefined => message[field]?.[0];
const textOf = (message: ProtoMessage, field: string): string | undefined => {
  const value = first(message, field);
  return value === undefined || typeof value === 'object' ? undefined : String(value);
};
const messageOf = (message: ProtoMessage, field: string): ProtoMessage => {
  const value = first(message, field);
  return typeof value === 'object' ? value : {};
};

/** Undefined where no probe is in it. Throws an `Error` where it is not in text format. */
export function importCloudprober(text: string): Imported | undefined {
  const config = parseTextProto(text);
  const found = (config.probe ?? []).filter((probe) => typeof probe === 'object');
  if (found.length === 0) return undefined;
  const targets: ImportedTarget[] = [];
  const probes: ImportedProbe[] = [];
  const left: string[] = [];
  const names = new Set<string>();
  const targetNames = new Set<string>();
  for (const probe of found) {
    const label = textOf(probe, 'name') ?? 'a probe without a name';
    const kind = textOf(probe, 'type') ?? '';
    const type = TYPES[kind];
    const hosts = (textOf(messageOf(probe, 'targets'), 'host_names') ?? '')
      .split(',')
      .map((one) => one.trim());
    if (type === undefined) {
      left.push(`${label}: there is nothing like the type ${kind}`);
      continue;
    }
    if (hosts.every((host) => host === '')) {
      left.push(`${label}: only targets by host_names are taken over`);
      continue;
    }
    const own = messageOf(probe, `${kind.toLowerCase()}_probe`);
    leftOf(label, kind, probe, own, left);
    const made = hosts.filter((host) => host !== '').map((host) => urlOf(type, host, own));
    const named = made.map((url) => {
      const known = targets.find((target) => target.url === url);
      if (known) return known.name;
      const name = nameOf(url, targetNames);
      targets.push({ name, url });
      return name;
    });
    const timeout = timeOf(probe, 'timeout');
    const base = paramsOf(type, own);
    // Its hosts are the servers that are asked: each is a probe here.
    const each = type === 'dns' ? hosts.map((server) => ({ ...base, server: serverOf(server) })) : [base];
    for (const params of each)
      probes.push({
        ...{ name: nameOf(label, names), type, every: timeOf(probe, 'interval') ?? '2s' },
        targets: [...new Set(named)],
        ...(timeout === undefined ? {} : { timeout }),
        ...(Object.keys(params).length > 0 ? { params } : {}),
      });
  }
  for (const field of Object.keys(config))
    if (field !== 'probe') left.push(`${field}: only probes are taken over`);
  return { targets, probes, left };
}

function leftOf(label: string, kind: string, probe: ProtoMessage, own: ProtoMessage, left: string[]): void {
  const field = `${kind.toLowerCase()}_probe`;
  for (const name of Object.keys(probe))
    if (!TAKEN.includes(name) && name !== field) left.push(`${label}: ${name} is not taken over`);
  for (const name of Object.keys(own))
    if (!TAKEN_OF_TYPE[field]?.includes(name)) left.push(`${label}: ${field}.${name} is not taken over`);
}

/** `interval: "5s"`, or `interval_msec: 5000` of before. */
function timeOf(probe: ProtoMessage, field: string): string | undefined {
  const ms = textOf(probe, `${field}_msec`);
  return ms === undefined
    ? textOf(probe, field)
    : Number(ms) % 1000 === 0
      ? `${Number(ms) / 1000}s`
      : `${ms}ms`;
}

function urlOf(type: string, host: string, own: ProtoMessage): string {
  const port = textOf(own, 'port');
  const colon = port === undefined ? '' : `:${port}`;
  if (type === 'http') {
    const scheme = (textOf(own, 'scheme') ?? textOf(own, 'protocol') ?? 'http').toLowerCase();
    const path = textOf(own, 'relative_url') ?? '/';
    return `${scheme}://${host}${colon}${path.startsWith('/') ? path : `/${path}`}`;
  }
  if (type === 'tcp') return `tcp://${host}${colon}`;
  if (type === 'dns') return `dns://${textOf(own, 'resolved_domain') ?? 'www.google.com'}`.replace(/\.$/, '');
  return `icmp://${host}`;
}

function paramsOf(type: string, own: ProtoMessage): Record<string, unknown> {
  const method = textOf(own, 'method');
  const body = textOf(own, 'body');
  const query = textOf(own, 'query_type');
  if (type === 'http')
    return { ...(method && method !== 'GET' ? { method } : {}), ...(body === undefined ? {} : { body }) };
  return type === 'dns' && query ? { type: query } : {};
}
