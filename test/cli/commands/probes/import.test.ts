import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parseSpec } from '../../../../cli/support/spec-file.ts';
import { type Finished, outrider } from '../../../support/outrider.ts';

vi.setConfig({ testTimeout: 120_000 });

const scratch = mkdtempSync(join(tmpdir(), 'outrider-import-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function imported(text: string, ...args: string[]): Promise<Finished & { spec: unknown }> {
  const path = join(scratch, 'source');
  writeFileSync(path, text);
  const finished = await outrider('probes', 'import', path, ...args);
  return { ...finished, spec: parseSpec(finished.stdout) };
}

const BLACKBOX = `modules:
  http_2xx:
    prober: http
    timeout: 5s
    http:
      valid_status_codes: [200, 204]
      headers: { Authorization: Bearer abc, Accept: text/html }
      fail_if_body_not_matches_regexp: [welcome]
      fail_if_ssl: true
  secure: { prober: tcp, tcp: { tls: true } }
  icmp: { prober: icmp }
  mail: { prober: smtp }
`;

const CLOUDPROBER = `# of the shop
probe {
  name: "Shop front"
  type: HTTP
  targets { host_names: "shop.example.net,www.example.net" }
  interval_msec: 5000
  timeout: "1s"
  http_probe { protocol: HTTPS, relative_url: "/health" keep_alive: true }
}
probe < name: 'gateway' type: PING targets { host_names: "gw.example.net" } >
probe { name: "names" type: DNS targets { host_names: "10.0.0.10" } dns_probe { resolved_domain: "example.net." } }
probe { name: "own" type: EXTERNAL targets { dummy_targets {} } }
`;

const entry = (method: string, url: string, status: number) => ({
  request: {
    method,
    url,
    headers: [
      { name: 'Accept', value: '*/*' },
      { name: 'Cookie', value: 'id=hunter2' },
    ],
  },
  response: { status },
});

describe('probes import', () => {
  it('of a URL makes a probe that suits its end', async () => {
    const { code, stdout } = await outrider('probes', 'import', 'https://cdn.example.net/v.m3u8');
    expect(code).toBe(0);
    expect(parseSpec(stdout)).toMatchObject({
      spec: {
        targets: [{ name: 'cdn.example.net', url: 'https://cdn.example.net/v.m3u8' }],
        probes: [{ name: 'cdn.example.net-playback', type: 'playback' }],
      },
    });
  });

  it('never takes over a password, and ends with 2 where anything was left out', async () => {
    const { code, stderr, stdout } = await outrider('probes', 'import', 'https://me:hunter2@example.net/');
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('of blackbox.yml makes a probe of each module, and says what it could not take over', async () => {
    const { code, spec, stderr, stdout } = await imported(BLACKBOX, '--address', 'www.example.net:443');
    expect(code).toBe(2);
    expect(spec).toMatchObject({
      spec: {
        probes: [
          {
            name: 'http_2xx',
            type: 'http',
            timeout: '5s',
            params: { expect: { status: [200, 204], body: ['welcome'] }, headers: { Accept: 'text/html' } },
          },
          { name: 'secure', type: 'tls' },
          { name: 'icmp', type: 'ping' },
        ],
      },
    });
    expect(stdout).not.toContain('abc');
    expect(stderr).toContain('left out: http_2xx: http.fail_if_ssl is not taken over');
    expect(stderr).toContain('left out: mail: there is nothing like the prober smtp');
  });

  it('of blackbox.yml gives modules their own addresses, and asks the servers of a DNS module', async () => {
    const text = `modules:
  front: { prober: http }
  soa: { prober: dns, dns: { query_name: example.net., query_type: SOA } }
  other: { prober: icmp }
`;
    const addresses = ['front=https://www.example.net/', 'soa=9.9.9.9', 'soa=dns.example.net:53'];
    const { spec, stderr } = await imported(text, ...addresses.flatMap((one) => ['--address', one]));
    expect(spec).toMatchObject({
      spec: {
        targets: [{ url: 'https://www.example.net/' }, { url: 'dns://example.net' }],
        probes: [
          { name: 'front', targets: ['www.example.net'] },
          { name: 'soa', type: 'dns', params: { type: 'SOA', server: '9.9.9.9' } },
          { name: 'soa-2', params: { type: 'SOA', server: 'udp://dns.example.net:53' } },
        ],
      },
    });
    expect(stderr).toContain('other: no --address is its own');
  });

  it.each([
    [
      'blackbox.yml',
      `modules:
  a: { prober: http, http: { headers: { X-Team: video, X-Who: Bearer hunter2hunter2 }, body: '{"password":"hunter2"}' } }
`,
      ['--address', 'https://example.net/?token=hunter2&page=2'],
    ],
    [
      'a HAR',
      JSON.stringify({
        log: {
          entries: [
            entry('GET', 'https://me:hunter2@www.example.net/v.mp4?sig=hunter2&page=2', 200),
            entry('GET', 'https://www.example.net/eyJhbGciOiJI.eyJzdWIiOiIx.hunter2/x', 200),
          ],
        },
      }),
      [],
    ],
    [
      'Cloudprober',
      'probe { name: "a" type: HTTP targets { host_names: "example.net" } http_probe { relative_url: "/?api_key=hunter2&page=2" } }',
      [],
    ],
  ])('of %s takes over no secret, and keeps what is beside it', async (_what, text, args) => {
    const { code, spec, stderr, stdout } = await imported(text, ...args);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(stdout).toContain('page=2');
    expect(stderr).toContain('seal it (outrider secrets seal)');
    expect(spec).toHaveProperty('spec');
  });

  it('of a HAR plays what plays, and leaves its parts to that', async () => {
    const entries = [
      entry('GET', 'https://cdn.example.net/v/master.m3u8', 200),
      entry('GET', 'https://cdn.example.net/v/1.ts', 200),
      entry('GET', 'https://cdn.example.net/v/2.ts', 200),
      entry('GET', 'https://www.example.net/', 200),
    ];
    const { spec, stderr, stdout } = await imported(JSON.stringify({ log: { entries } }));
    expect(spec).toMatchObject({
      spec: {
        probes: [
          { type: 'playback', every: '30s' },
          { name: 'www.example.net', type: 'http' },
        ],
      },
    });
    expect(stderr).toContain('2 requests for parts of media');
    expect(stdout).toContain('targets: [www.example.net]');
    expect(stdout).not.toContain('{}');
  });

  it('of a configuration of Cloudprober reads its text format', async () => {
    const { code, spec, stderr } = await imported(CLOUDPROBER);
    expect(code).toBe(2);
    expect(spec).toMatchObject({
      spec: {
        targets: [
          { url: 'https://shop.example.net/health' },
          { url: 'https://www.example.net/health' },
          { url: 'icmp://gw.example.net' },
          { url: 'dns://example.net' },
        ],
        probes: [
          { name: 'shop-front', type: 'http', every: '5s', timeout: '1s' },
          { name: 'gateway', type: 'ping', every: '2s' },
          { name: 'names', type: 'dns', params: { server: '10.0.0.10' } },
        ],
      },
    });
    expect(stderr).toContain('http_probe.keep_alive is not taken over');
    expect(stderr).toContain('own: there is nothing like the type EXTERNAL');
  });

  it('of a HAR takes what only reads, once an address, without its cookies', async () => {
    const entries = [
      entry('GET', 'https://www.example.net/?a=1', 200),
      entry('GET', 'https://www.example.net/?a=2', 200),
      entry('POST', 'https://www.example.net/like', 200),
      entry('GET', 'https://cdn.example.net/seg.m4s', 206),
    ];
    const { code, spec, stdout } = await imported(JSON.stringify({ log: { entries } }));
    expect(code).toBe(2);
    expect(spec).toMatchObject({
      spec: { probes: [{ name: 'www.example.net' }, { params: { expect: [206] } }] },
    });
    expect(stdout).not.toContain('hunter2');
  });

  it('of a file of probes says that it is one already', async () => {
    const { code, stderr } = await imported('version: 1\ntargets: []\n');
    expect([code, stderr]).toEqual([65, expect.stringContaining('outrider probes diff -f')]);
  });

  it.each([
    ['a text that is nothing of these', 'hello'],
    ['a message that is not closed', 'probe { name: "a"'],
    ['no module', 'modules: 5'],
  ])('of %s ends with 65 and says how to name the format', async (_what, text) => {
    const { code, stderr } = await imported(text);
    expect([code, stderr]).toEqual([65, expect.stringMatching(/--format blackbox\|cloudprober\|har\|url/)]);
  });
});
