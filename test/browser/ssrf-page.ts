/** A page in the browser of an agent that is told to call what the agent must not reach, which counts who comes. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { browserOf, networkOf } from './probe-browser.ts';
import { HELPERS } from './ssrf-scripts.ts';

/** Trustworthy by its name (W3C Secure Contexts), so that pages on it have workers, service workers and WebTransport. */
export const HOST = 'video.localhost';

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

/** Reached rightly, at another address of loopback. */
function makeEdge(): HttpServer {
  const sockets = new WebSocketServer({ noServer: true });
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
  return edge;
}

export class PageTricks {
  readonly #inside = new Inside();
  readonly #edge = makeEdge();
  #browser: WarmBrowser | undefined;

  /** Throws where there is no browser. */
  static async open(): Promise<PageTricks> {
    const tricks = new PageTricks();
    await tricks.#inside.open();
    tricks.#edge.listen(0, '127.0.0.2');
    await once(tricks.#edge, 'listening');
    const { port } = tricks.#edge.address() as AddressInfo;
    const network = networkOf({ allow: ['127.0.0.2/32'], deny: [] }, { [`${HOST}:80`]: `127.0.0.2:${port}` });
    try {
      tricks.#browser = await browserOf({ network });
    } catch (error) {
      await tricks.close();
      throw error;
    }
    return tricks;
  }

  get browser(): WarmBrowser {
    if (!this.#browser) throw new Error('there is no browser');
    return this.#browser;
  }

  /** Runs the script in a page of the edge, and says who came within the time that a call takes to arrive. */
  async contactsOf(script: string, place = '127.0.0.1'): Promise<readonly string[]> {
    this.#inside.contacts = [];
    const told = script.replaceAll('INSIDE', `${place}:${this.#inside.port}`);
    const source = `(async () => { ${HELPERS} ${told} })().catch(() => {})`;
    await this.browser.withTab(AbortSignal.timeout(20_000), async ({ page }) => {
      await page.goto(`http://${HOST}/`);
      await page.evaluate(`void ${source}`).catch(() => undefined);
      await page.waitForTimeout(400);
    });
    // The run ends at the first refusal; what was under way then would arrive now.
    await sleep(300);
    return this.#inside.contacts;
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    this.#edge.closeAllConnections();
    this.#edge.close();
    await this.#inside.close();
  }
}
