/** Every way in which a page can make its browser call somebody, as scripts that run in it. */

/** `INSIDE` is host and port of what must not be reached. */
export const SCRIPTS: readonly (readonly [trick: string, script: string])[] = [
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

/**
 * What nothing in the browser lets us hold: a GET whose answer nobody sees, and a handshake of QUIC. Chromium has no switch for either:
 * features of this name are gone, holding preloading back is void while a debugger is attached, as ours is, and WebTransport heeds
 * `--disable-quic` as little as `--quic-version`. A proxy for everything would hold them, and stand in every measurement.
 */
export const OPEN_ENDS: typeof SCRIPTS = [
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
export const PLACES = [
  'localhost',
  '2130706433',
  '0x7f.1',
  '0.0.0.0',
  '[::ffff:127.0.0.1]',
  'anything.localhost',
];

/** What the scripts use. */
export const HELPERS = `
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
