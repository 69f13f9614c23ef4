/**
 * What an agent must not be talked into: every way of writing a place that is not public, asked of every probe. What a page of the
 * browser can try is in test/browser/ssrf.test.ts.
 */
import { PROBES } from '../../probes/registry.ts';

export const HOSTS: readonly (readonly [trick: string, host: string])[] = [
  ['loopback', '127.0.0.1'],
  ['a trailing dot', '127.0.0.1.'],
  ['two parts', '127.1'],
  ['three parts', '127.0.1'],
  ['the end of the block', '127.255.255.254'],
  ['octal', '0177.0.0.1'],
  ['octal with zeros', '00000177.1'],
  ['hexadecimal', '0x7f.0.0.1'],
  ['one hexadecimal number', '0x7f000001'],
  ['mixed', '0x7F.1'],
  ['one decimal number', '2130706433'],
  ['one octal number', '017700000001'],
  ['nought', '0'],
  ['unspecified', '0.0.0.0'],
  ['wide digits', '１２７.０.０.１'],
  ['circled digits', '①②⑦.0.0.1'],
  ['dots of another script', '127。0。0。1'],
  ['percent-encoded', '%31%32%37.0.0.1'],
  ['localhost', 'localhost'],
  ['localhost in capitals', 'LOCALHOST'],
  ['localhost with a dot', 'localhost.'],
  ['below localhost', 'anything.localhost'],
  ['localhost in wide letters', 'ｌocalhost'],
  ['IPv6 loopback', '[::1]'],
  ['IPv6 loopback at length', '[0:0:0:0:0:0:0:1]'],
  ['IPv6 unspecified', '[::]'],
  ['IPv4-mapped', '[::ffff:127.0.0.1]'],
  ['IPv4-mapped in hexadecimal', '[::ffff:7f00:1]'],
  ['IPv4-compatible', '[::127.0.0.1]'],
  ['IPv4-translated', '[::ffff:0:127.0.0.1]'],
  ['NAT64', '[64:ff9b::127.0.0.1]'],
  ['NAT64 of a local prefix', '[64:ff9b:1::7f00:1]'],
  ['6to4', '[2002:7f00:1::]'],
  ['Teredo', '[2001:0:4136:e378:8000:63bf:80ff:fffe]'],
  ['link-local', '[fe80::1]'],
  ['site-local', '[fec0::1]'],
  ['unique local', '[fc00::1]'],
  ['multicast', '[ff02::1]'],
  ['private 10', '10.0.0.1'],
  ['private 172', '172.16.0.1'],
  ['private 192', '192.168.0.1'],
  ['IPv4 multicast', '224.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['metadata of AWS', '169.254.169.254'],
  ['metadata of AWS in hexadecimal', '0xa9fea9fe'],
  ['metadata of AWS in decimal', '2852039166'],
  ['metadata of AWS, mapped', '[::ffff:169.254.169.254]'],
  ['metadata of AWS over IPv6', '[fd00:ec2::254]'],
  ['credentials of ECS', '169.254.170.2'],
  ['metadata of Alibaba', '100.100.100.200'],
  ['metadata of Oracle', '192.0.0.192'],
  ['wire server of Azure', '168.63.129.16'],
  ['metadata of Google', 'metadata.google.internal'],
  ['userinfo before the host', 'example.com@127.0.0.1'],
  ['userinfo with a password', 'user:secret@127.0.0.1'],
  ['a name for loopback', 'inside.test'],
  ['the same in capitals with a dot', 'INSIDE.test.'],
  ['a name that looks like an address', '127.0.0.1.nip.test'],
  ['an alias of a private name', 'alias.test'],
  ['one good and one bad address', 'mixed.test'],
  ['a name for IPv6 loopback', 'six.test'],
  ['a name for a mapped address', 'mapped.test'],
  ['a name for a NAT64 address', 'nat64.test'],
  ['a name for the unspecified address', 'zero.test'],
];

/** How a probe is sent to a host: `PORT` stands for the port that must not be reached. */
export interface Attempt {
  readonly url: (host: string) => string;
  readonly params?: (host: string) => Record<string, unknown>;
}

const dnsOver = (scheme: string, path = ''): Attempt => ({
  url: () => 'dns://public.example',
  params: (host) => ({ server: `${scheme}://${host}:PORT${path}` }),
});

/** Each kind of light probe, by every way that it has of reaching somebody. */
export const ATTEMPTS: Readonly<Record<string, Readonly<Record<string, Attempt>>>> = {
  http: {
    http: { url: (host) => `http://${host}:PORT/` },
    https: { url: (host) => `https://${host}:PORT/` },
    happy: { url: (host) => `http://${host}:PORT/`, params: () => ({ family: 'happy' }) },
  },
  dns: {
    udp: dnsOver('udp'),
    tcp: dnsOver('tcp'),
    tls: dnsOver('tls'),
    https: dnsOver('https', '/dns-query'),
  },
  playback: {
    mp4: { url: (host) => `http://${host}:PORT/clip.mp4` },
    hls: { url: (host) => `http://${host}:PORT/master.m3u8` },
  },
  upload: {
    tus: { url: (host) => `http://${host}:PORT/files/` },
    put: { url: (host) => `http://${host}:PORT/upload/`, params: () => ({ protocol: 'put' }) },
  },
  publish: {
    tus: {
      url: (host) => `http://${host}:PORT/files/`,
      params: () => ({ status: { request: { url: '/status/{id}' } } }),
    },
  },
  tcp: { tcp: { url: (host) => `tcp://${host}:PORT` } },
  tls: { tls: { url: (host) => `tls://${host}:PORT` } },
  ping: { icmp: { url: (host) => `icmp://${host}` }, tcp: { url: (host) => `tcp://${host}:PORT` } },
  websocket: { ws: { url: (host) => `ws://${host}:PORT/` }, wss: { url: (host) => `wss://${host}:PORT/` } },
  grpc: { grpc: { url: (host) => `grpc://${host}:PORT` }, grpcs: { url: (host) => `grpcs://${host}:PORT` } },
};

/** Their programs are the owner's own, and reach what the owner lets them. */
const OWNERS = ['own', 'exec'];

/** Every type of light probe that goes where it is told. */
export const TYPES: readonly string[] = Object.values(PROBES)
  .filter(({ lane, type }) => lane === 'light' && !OWNERS.includes(type))
  .map(({ type }) => type);

/** Answers of a service that is reached rightly, and leads elsewhere. `INSIDE` stands for the place that is not to be reached. */
export type Lead = readonly [what: string, type: string, path: string, params: object, answer: Answer];

export const ANSWERS: readonly Lead[] = [
  ['a redirect', 'http', '/', {}, { status: 302, headers: { location: 'INSIDE/' } }],
  [
    'a redirect that keeps the method',
    'http',
    '/',
    { method: 'POST', body: 'a' },
    { status: 307, headers: { location: 'INSIDE/' } },
  ],
  ['a redirect to a file', 'http', '/', {}, { status: 302, headers: { location: 'file:///etc/passwd' } }],
  ['a redirect to data', 'http', '/', {}, { status: 302, headers: { location: 'data:text/plain,a' } }],
  ['a redirect of a video', 'playback', '/a.mp4', {}, { status: 302, headers: { location: 'INSIDE/a.mp4' } }],
  [
    'a playlist of a variant',
    'playback',
    '/a.m3u8',
    {},
    playlist('#EXT-X-STREAM-INF:BANDWIDTH=1', 'INSIDE/b.m3u8'),
  ],
  [
    'a playlist of a segment',
    'playback',
    '/a.m3u8',
    {},
    playlist('#EXT-X-TARGETDURATION:2\n#EXTINF:2,', 'INSIDE/1.ts\n#EXT-X-ENDLIST'),
  ],
  [
    'a playlist of an initialisation segment',
    'playback',
    '/a.m3u8',
    {},
    playlist('#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="INSIDE/i.mp4"\n#EXTINF:2,', '1.m4s\n#EXT-X-ENDLIST'),
  ],
  ['a manifest of DASH', 'playback', '/a.mpd', {}, mpd()],
  [
    'the place of an upload',
    'upload',
    '/files/',
    {},
    { status: 201, headers: { location: 'INSIDE/files/1', 'tus-resumable': '1.0.0' } },
  ],
  [
    'a redirect of an upload',
    'upload',
    '/a',
    { protocol: 'put' },
    { status: 307, headers: { location: 'INSIDE/a' } },
  ],
  [
    'the status of an upload',
    'upload',
    '/a',
    { protocol: 'put', awaitPlayable: true, pollMs: 100 },
    { status: 201, body: JSON.stringify({ id: '1', status_url: 'INSIDE/s', play_url: 'INSIDE/p' }) },
  ],
  [
    'the place that a publication plays at',
    'publish',
    '/a',
    { upload: { protocol: 'put' }, status: { request: { url: '/s' } }, pollMs: 100 },
    { status: 200, body: JSON.stringify({ id: '1', state: 'ready', play_url: 'INSIDE/p' }) },
  ],
  ['a redirect of an upgrade', 'websocket', '/', {}, { status: 302, headers: { location: 'INSIDE/' } }],
];

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function playlist(tags: string, uri: string): Answer {
  const headers = { 'content-type': 'application/vnd.apple.mpegurl' };
  return { status: 200, headers, body: `#EXTM3U\n#EXT-X-VERSION:7\n${tags}\n${uri}\n` };
}

function mpd(): Answer {
  const body = `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S"
    profiles="urn:mpeg:dash:profile:isoff-live:2011"><BaseURL>INSIDE/</BaseURL><Period><AdaptationSet mimeType="video/mp4">
    <SegmentTemplate timescale="1000" duration="1000" initialization="i.mp4" media="$Number$.m4s"/>
    <Representation id="1" bandwidth="1000" codecs="avc1.4d401f"/></AdaptationSet></Period></MPD>`;
  return { status: 200, headers: { 'content-type': 'application/dash+xml' }, body };
}

/** Ways of writing the place that such an answer leads to. */
export const PLACES = [
  '127.0.0.1',
  'localhost',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '2130706433',
  'inside.test',
  'alias.test',
];
