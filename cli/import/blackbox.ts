/** `blackbox.yml` of Prometheus' blackbox_exporter: each module becomes a probe; its targets stand in Prometheus, and are asked for. */
import { z } from 'zod';
import { type Imported, type ImportedProbe, type ImportedTarget, nameOf, serverOf } from './imported.ts';

const patterns = z.array(z.string()).optional();
const httpSchema = z.looseObject({
  method: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  valid_status_codes: z.array(z.number()).nullish(),
  follow_redirects: z.boolean().optional(),
  preferred_ip_protocol: z.enum(['ip4', 'ip6']).optional(),
  ip_protocol_fallback: z.boolean().optional(),
  fail_if_body_matches_regexp: patterns,
  fail_if_body_not_matches_regexp: patterns,
});
const moduleSchema = z.looseObject({
  prober: z.string(),
  timeout: z.string().optional(),
  http: httpSchema.optional(),
  tcp: z.looseObject({ tls: z.boolean().optional() }).optional(),
  dns: z.looseObject({ query_name: z.string().optional(), query_type: z.string().optional() }).optional(),
});
const blackboxSchema = z.looseObject({ modules: z.record(z.string(), moduleSchema) });

type Module = z.infer<typeof moduleSchema>;

const TAKEN: Readonly<Record<string, readonly string[]>> = {
  http: Object.keys(httpSchema.shape),
  tcp: ['tls'],
  dns: ['query_name', 'query_type'],
  icmp: [],
};

/** Where a module's targets are put in. */
const PLACES: Readonly<Record<string, string>> = {
  http: 'https://example.com/',
  tcp: 'tcp://example.com:443',
  dns: 'dns://example.com',
  icmp: 'icmp://example.com',
};

/** Undefined where it is no such file. `addresses`: what Prometheus gives it to probe; a place holder for each module otherwise. */
export function importBlackbox(raw: unknown, addresses: readonly string[]): Imported | undefined {
  const parsed = blackboxSchema.safeParse(raw);
  if (!parsed.success) return undefined;
  const targets: ImportedTarget[] = [];
  const probes: ImportedProbe[] = [];
  const left: string[] = [];
  const names = new Set<string>();
  const targetNames = new Set<string>();
  for (const [key, module] of Object.entries(parsed.data.modules)) {
    const { prober } = module;
    if (PLACES[prober] === undefined) {
      left.push(`${key}: there is nothing like the prober ${prober}`);
      continue;
    }
    const own = addressesOf(key, addresses, parsed.data.modules);
    if (addresses.length > 0 && own.length === 0) {
      left.push(`${key}: no --address is its own; --address ${key}=HOST gives it one`);
      continue;
    }
    const question = prober === 'dns' ? module.dns?.query_name?.replace(/\.$/, '') : undefined;
    if (own.length === 0)
      left.push(
        `${key}: its targets stand in Prometheus; put them in place of ${PLACES[prober]}, or name them with --address`,
      );
    const places = own.length > 0 ? own : [PLACES[prober] as string];
    const urls = question ? [`dns://${question}`] : places.map((one) => urlOf(prober, one, module));
    const targetsOfIt = urls.map((url) => {
      const known = targets.find((target) => target.url === url);
      if (known) return known.name;
      const name = nameOf(url, targetNames);
      targets.push({ name, url });
      return name;
    });
    const config = (module as Record<string, unknown>)[prober];
    for (const option of Object.keys(typeof config === 'object' && config ? config : {}))
      if (!TAKEN[prober]?.includes(option)) left.push(`${key}: ${prober}.${option} is not taken over`);
    // What blackbox_exporter is given to probe by DNS are the servers: each is a probe here.
    const servers = question && own.length > 0 ? own.map((one) => ({ server: serverOf(one) })) : [{}];
    for (const server of servers) {
      const params = { ...paramsOf(module), ...server };
      probes.push({
        ...{ name: nameOf(key, names), type: typeOf(module), targets: targetsOfIt, every: '30s' },
        ...(module.timeout === undefined ? {} : { timeout: module.timeout }),
        ...(Object.keys(params).length > 0 ? { params } : {}),
      });
    }
  }
  return { targets, probes, left };
}

const typeOf = ({ prober, tcp }: Module): string =>
  prober === 'icmp' ? 'ping' : prober === 'tcp' && tcp?.tls ? 'tls' : prober;

function urlOf(prober: string, address: string, module: Module): string {
  if (/^[a-z]+:\/\//.test(address))
    return prober === 'tcp' && module.tcp?.tls ? address.replace(/^tcp:/, 'tls:') : address;
  if (prober === 'http') return `http://${address}`;
  return `${prober === 'tcp' && module.tcp?.tls ? 'tls' : prober}://${address}`;
}

/** `--address MODULE=ADDRESS` is for that module alone, any other for all of them. */
function addressesOf(key: string, addresses: readonly string[], modules: object): string[] {
  return addresses.flatMap((text) => {
    const [, module, address = ''] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
    if (module === undefined || !Object.hasOwn(modules, module)) return [text];
    return module === key ? [address] : [];
  });
}

function paramsOf({ dns, http, prober }: Module): Record<string, unknown> {
  if (prober === 'dns') return dns?.query_type ? { type: dns.query_type } : {};
  if (prober !== 'http' || !http) return {};
  const status = http.valid_status_codes?.length ? { status: http.valid_status_codes } : {};
  const body = http.fail_if_body_not_matches_regexp?.length
    ? { body: http.fail_if_body_not_matches_regexp }
    : {};
  const lacks = http.fail_if_body_matches_regexp?.length
    ? { bodyLacks: http.fail_if_body_matches_regexp }
    : {};
  const expect = { ...status, ...body, ...lacks };
  return {
    ...(http.method && http.method !== 'GET' ? { method: http.method } : {}),
    ...(http.headers ? { headers: http.headers } : {}),
    ...(http.body === undefined ? {} : { body: http.body }),
    ...(http.follow_redirects === false ? { followRedirects: 0 } : {}),
    ...(http.preferred_ip_protocol && http.ip_protocol_fallback === false
      ? { family: http.preferred_ip_protocol === 'ip4' ? 4 : 6 }
      : {}),
    ...(Object.keys(expect).length > 0 ? { expect } : {}),
  };
}
