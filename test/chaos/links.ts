/** The ways between the parts: each agent to each collector, each collector to the store; all of them can fail. */
import { FrameProxy, type FrameTrouble } from './frame-proxy.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** The way of one agent to one collector: a proxy that knows no frames, and while frames are to be touched one that does behind it. */
export class Link {
  readonly tcp: TcpProxy;
  readonly #frames: FrameProxy;
  #collectorPort: number | undefined;
  readonly #troubles = new Set<FrameTrouble>();

  private constructor(tcp: TcpProxy, frames: FrameProxy) {
    this.tcp = tcp;
    this.#frames = frames;
  }

  static async start(random: () => number): Promise<Link> {
    return new Link(await TcpProxy.start({ random, resetsUpstream: true }), await FrameProxy.start(random));
  }

  /** Repeated frames and swapped pairs so far. */
  get touched(): { readonly duplicated: number; readonly reordered: number } {
    return this.#frames.done;
  }

  /** Where the collector listens now; undefined when it does not. */
  set collectorPort(port: number | undefined) {
    this.#collectorPort = port;
    this.#route();
  }

  /** Touches frames until the answer is called. The connection breaks at both ends of it: it changes its way. */
  touch(trouble: FrameTrouble): () => void {
    this.#troubles.add(trouble);
    this.#route();
    this.tcp.cut();
    return () => {
      this.#troubles.delete(trouble);
      this.#route();
      this.tcp.cut();
    };
  }

  async close(): Promise<void> {
    await this.tcp.close();
    await this.#frames.close();
  }

  #route(): void {
    const most = (key: keyof FrameTrouble) =>
      Math.max(0, ...[...this.#troubles].map((trouble) => trouble[key]));
    this.#frames.trouble = { duplicate: most('duplicate'), reorder: most('reorder') };
    this.#frames.upstreamPort = this.#collectorPort;
    const through = this.#troubles.size > 0 && this.#collectorPort !== undefined;
    this.tcp.upstreamPort = through ? this.#frames.port : this.#collectorPort;
  }
}
