import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { browserOf, networkOf } from './probe-browser.ts';

/** Trustworthy by its name (W3C Secure Contexts), so that pages on it have workers, service workers and WebTransport. */
const HOST = 'video.localhost';

/** Every way in which a page can make its browser call somebody. `INSIDE` is host and port of what must not be reached. */
const SCRIPTS: readonly (readonly [trick: string, script: string])[] = [
  ['fetch', `await fetch('http://INSIDE/', { mode: 'no-cors' })`],
  ['fetch by POST', `await fetch('http://INSIDE/', { mode: 'no-cors', method: 'POST', body: 'a' })`],
  [
    'fetch kept alive',
    `fetch('http://INSIDE/', { mode: 'no-cors', keepalive: true }); location.href = '/empty'`,
  ],
  ['fetch with a preflight', `await fetch('http://INSIDE/', { method: 'PUT', headers: { 'x-a': '1' } })`],
  ['XMLHttpRequest', `const x = new XMLHttpRequest(); x.open('GET', 'http://INSIDE/'); x.send()`],
  ['a beacon', `navigator.sendBeacon('http://INSIDE/', 'a')`],
  ['server-sent events', `new EventSource('http://INSIDE/')`],
  ['a web socket', `new WebSocket('ws://INSIDE/')`],
  ['a secure web socket', `new WebSocket('wss://INSIDE/')`],
  ['an image', `new Image().src = 'http://INSIDE/a.png'`],
  ['a video', `add('<video src="http://INSIDE/a.mp4" autoplay muted></video>')`],
  ['a source of a video', `add('<video autoplay muted><source src="http://INSIDE/a.mp4"></video>')`],
  ['a poster', `add('<video poster="http://INSIDE/a.png"></video>')`],
  ['a track', `add('<video src="/a.mp4"><track default src="http://INSIDE/a.vtt"></video>')`],
  [
    'a script',
    `const s = document.createElement('script'); s.src = 'http://INSIDE/a.js'; document.body.append(s)`,
  ],
  ['a module', `await import('http://INSIDE/a.js')`],
  ['a style sheet', `add('<link rel="stylesheet" href="http://INSIDE/a.css">')`],
  ['a style of a style', `add('<style>@import "http://INSIDE/a.css";</style>')`],
  ['a background', `add('<div style="width:9px;height:9px;background:url(http://INSIDE/a.png)"></div>')`],
  [
    'a font',
    `add('<style>@font-face{font-family:f;src:url(http://INSIDE/f.woff)}</style><p style="font-family:f">a</p>')`,
  ],
  ['a picture of a drawing', `add('<svg><image href="http://INSIDE/a.png" width="9" height="9"/></svg>')`],
  ['a frame', `add('<iframe src="http://INSIDE/"></iframe>')`],
  ['an object', `add('<object data="http://INSIDE/a.html" type="text/html"></object>')`],
  ['an embedded one', `add('<embed src="http://INSIDE/a.html" type="text/html">')`],
  [
    'a frame of data that fetches',
    `add('<iframe src="data:text/html,<script>fetch(\\'http://INSIDE/\\',{mode:\\'no-cors\\'})<\\/script>"></iframe>')`,
  ],
  [
    'a frame of its own that fetches',
    `add('<iframe srcdoc="<script>fetch(\\'http://INSIDE/\\',{mode:\\'no-cors\\'})<\\/script>"></iframe>')`,
  ],
  [
    'a sandboxed frame with a web socket',
    `add('<iframe sandbox="allow-scripts" srcdoc="<script>new WebSocket(\\'ws://INSIDE/\\')<\\/script>"></iframe>')`,
  ],
  [
    'a form',
    `add('<iframe name="f"></iframe><form target="f" method="post" action="http://INSIDE/"></form>'); document.forms[0].submit()`,
  ],
  ['a new place', `location.href = 'http://INSIDE/'`],
  [
    'a refresh',
    `add('<meta http-equiv="refresh" content="0;url=http://INSIDE/">'); document.head.append(document.body.lastChild)`,
  ],
  ['a window', `window.open('http://INSIDE/')`],
  [
    'a ping of a link',
    `add('<a id="a" href="#b" ping="http://INSIDE/">a</a>'); document.getElementById('a').click()`,
  ],
  ['a prefetch', `add('<link rel="prefetch" href="http://INSIDE/a">')`],
  ['a preload', `add('<link rel="preload" as="image" href="http://INSIDE/a.png">')`],
  ['a module preload', `add('<link rel="modulepreload" href="http://INSIDE/a.js">')`],
  [
    'a preconnection',
    `const l = document.createElement('link'); l.rel = 'preconnect'; l.href = 'http://INSIDE/'; document.head.append(l)`,
  ],
  [
    'an icon',
    `add('<link rel="icon" href="http://INSIDE/i.png">'); document.head.append(document.body.lastChild)`,
  ],
  ['a worker that fetches', `worker("fetch('http://INSIDE/', { mode: 'no-cors' })")`],
  ['a worker that imports', `worker("importScripts('http://INSIDE/a.js')")`],
  ['a worker with a web socket', `worker("new WebSocket('ws://INSIDE/')")`],
  [
    'a worker of a worker',
    `worker("new Worker(URL.createObjectURL(new Blob([\`fetch('http://INSIDE/', { mode: 'no-cors' })\`])))")`,
  ],
  [
    'a shared worker',
    `new SharedWorker(URL.createObjectURL(new Blob(["fetch('http://INSIDE/', { mode: 'no-cors' })"])))`,
  ],
  ['a service worker', `await navigator.serviceWorker.register('/sw.js?INSIDE')`],
  ['a redirect', `await fetch('/redirect?http://INSIDE/', { mode: 'no-cors' })`],
  ['a redirect of a frame', `add('<iframe src="/redirect?http://INSIDE/"></iframe>')`],
  ['a redirect of a video', `add('<video autoplay muted src="/redirect?http://INSIDE/a.mp4"></video>')`],
  ['a redirect of a web socket', `new WebSocket('ws://' + location.host + '/redirect?http://INSIDE/')`],
  [
    'a redirect of a worker that fetches',
    `worker("fetch(origin + '/redirect?http://INSIDE/', { mode: 'no-cors' })")`,
  ],
  ['a STUN server', `rtc('stun:INSIDE')`],
  ['a TURN server', `rtc('turn:INSIDE?transport=udp')`],
  ['a TURN server over TCP', `rtc('turn:INSIDE?transport=tcp')`],
  ['a TURN server over TLS', `rtc('turns:INSIDE?transport=tcp')`],
  [
    'WebTransport of a frame',
    `add('<iframe></iframe>'); const { WebTransport: T } = frames[0]; await new T('https://INSIDE/').ready`,
  ],
  [
    'a TURN server of a frame',
    `add('<iframe></iframe>'); const RTCPeerConnection = frames[0].RTCPeerConnection; const p = new RTCPeerConnection({ iceServers: [{ urls: 'turn:INSIDE?transport=tcp', username: 'a', credential: 'b' }] }); p.createDataChannel('a'); await p.setLocalDescription(await p.createOffer())`,
  ],
  ['WebTransport', `await new WebTransport('https://INSIDE/').ready`],
];

/** What nothing in the browser lets us hold: a GET whose answer nobody sees, and a handshake of QUIC. */
const OPEN_ENDS: typeof SCRIPTS = [
  [
    'speculation that fetches',
    `speculate({ prefetch: [{ source: 'list', urls: ['http://INSIDE/'], eagerness: 'immediate' }] })`,
  ],
  [
    'speculation that opens',
    `speculate({ prerender: [{ source: 'list', urls: ['http://INSIDE/'], eagerness: 'immediate' }] })`,
  ],
  ['WebTransport of a worker', `worker("new WebTransport('https://INSIDE/')")`],
];

/** Ways of writing loopback that a page may try instead. */
const PLACES = ['localhost', '2130706433', '0x7f.1', '0.0.0.0', '[::ffff:127.0.0.1]', 'anything.localhost'];

const HELPERS = `
  const speculate = (rules) => {
    const script = document.createElement('script');
    script.type = 'speculationrules';
    script.textContent = JSON.stringify(rules);
    document.head.append(script);
  };
  const add = (markup) => document.body.insertAdjacentHTML('beforeend', markup);
  const worker = (code) => new Worker(URL.createObjectURL(new Blob(['const origin = "' + location.origin + '";' + code])));
  const rtc = (urls) => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls, username: 'a', credential: 'b' }] });
    peer.createDataChannel('a');
    return peer.createOffer().then((offer) => peer.setLocalDescription(offer));
  };
`;

/** Counts who comes to loopback, by TCP and by UDP. */
class Inside {
  contacts: string[] = [];
  port = 0;
  readonly #sockets = new Set<Socket>();
  readonly #udp: UdpSocket = createSocket('udp4');
  readonly #server: Server = createServer((socket) => {
    this.#sockets.add(socket);
    this.contacts.push('tcp');
    socket
      .on('error', () => undefined)
      .once('data', (data) => this.contacts.push(data.toString('latin1', 0, 40)));
  });

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    this.#udp.on('message', () => this.contacts.push('udp'));
    this.#udp.bind(this.port, '127.0.0.1');
    await once(this.#udp, 'listening');
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#udp.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const inside = new Inside();
const sockets = new WebSocketServer({ noServer: true });
/** Reached rightly, at another address of loopback. */
const edge = createHttpServer((request, response) => {
  const [path, query = ''] = (request.url ?? '').split('?');
  if (path === '/redirect')
    response.writeHead(302, { location: query, 'access-control-allow-origin': '*' }).end();
  else if (path === '/sw.js') {
    response
      .writeHead(200, { 'content-type': 'text/javascript' })
      .end(`fetch('http://${query}/', { mode: 'no-cors' })`);
  } else
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>a</title><body>');
});
edge.on('upgrade', (request, socket, head) => {
  if (request.url === '/socket') sockets.handleUpgrade(request, socket, head, () => undefined);
  else socket.end(`HTTP/1.1 302 Found\r\nLocation: ${request.url?.split('?')[1]}\r\n\r\n`);
});
let browser: WarmBrowser;

beforeAll(async () => {
  await inside.open();
  edge.listen(0, '127.0.0.2');
  await once(edge, 'listening');
  const network = networkOf(
    { allow: ['127.0.0.2/32'], deny: [] },
    { [`${HOST}:80`]: `127.0.0.2:${(edge.address() as AddressInfo).port}` },
  );
  browser = await browserOf({ network });
});

afterAll(async () => {
  await browser.close();
  edge.closeAllConnections();
  edge.close();
  await inside.close();
});

beforeEach(() => {
  inside.contacts = [];
});

/** Runs the script in a page of the edge, and waits long enough for a call to arrive. */
async function tryInPage(script: string, place: string): Promise<void> {
  const source = `(async () => { ${HELPERS} ${script.replaceAll('INSIDE', `${place}:${inside.port}`)} })().catch(() => {})`;
  await browser.withTab(AbortSignal.timeout(20_000), async ({ page }) => {
    await page.goto(`http://${HOST}/`);
    await page.evaluate(`void ${source}`).catch(() => undefined);
    await page.waitForTimeout(400);
  });
}

describe('a page that is told to call what this agent must not reach', () => {
  it.each(SCRIPTS)('does not by %s', async (_trick, script) => {
    await tryInPage(script, '127.0.0.1');
    // The run ends at the first refusal; what was under way then would arrive now.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(inside.contacts).toEqual([]);
  });

  it.fails.each(OPEN_ENDS)('still does by %s', async (_trick, script) => {
    await tryInPage(script, '127.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(inside.contacts).toEqual([]);
  });

  it('may use a web socket to what it may reach', async () => {
    const opened = await browser.withTab(AbortSignal.timeout(20_000), async ({ page }) => {
      await page.goto(`http://${HOST}/`);
      return page.evaluate(
        () =>
          new Promise((resolve) => {
            const socket = new WebSocket(`ws://${location.host}/socket`);
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('error');
          }),
      );
    });
    expect(opened).toBe('open');
  });

  it.each(PLACES)('does not by a web socket to %s', async (place) => {
    await tryInPage(`new WebSocket('ws://INSIDE/')`, place);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(inside.contacts).toEqual([]);
  });
});
