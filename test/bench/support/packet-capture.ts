/** Packets on loopback with the times that the kernel gave them: captured by dumpcap, taken apart by tshark. Root, as a rule. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { FlowKind } from './jittery-messages.ts';
import { PACKET_FIELDS, type Packet, packetsOf } from './packets.ts';

const READY_MS = 10_000;
/** The kernel hands packets over in blocks: those of the last moment would be lost with the process. */
const HANDED_OVER_MS = 500;
/** Half a minute at 200 runs a second is 150,000 packets. */
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;

/** What dissects the packets of a port. */
const DISSECTORS: Readonly<Record<FlowKind, string>> = {
  http1: 'http',
  http2: 'http2',
  https1: 'tls',
  https2: 'tls',
};

export interface CapturedPorts {
  readonly tcp: Readonly<Record<FlowKind, number>>;
  /** Of the name server. */
  readonly udp?: number;
}

export class PacketCapture {
  readonly #child: ReturnType<typeof spawn>;
  readonly #file: string;
  readonly #ports: CapturedPorts;

  private constructor(child: ReturnType<typeof spawn>, file: string, ports: CapturedPorts) {
    this.#child = child;
    this.#file = file;
    this.#ports = ports;
  }

  /** What is missing on this machine, as a sentence; undefined where packets can be captured. */
  static missing(): string | undefined {
    for (const tool of ['dumpcap', 'tshark'])
      if (spawnSync(tool, ['--version']).error) return `there is no ${tool}: install tshark`;
    if (process.platform !== 'linux') return 'the loopback is captured as Linux names it';
    if (process.getuid?.() !== 0) return 'packets are for root to see: run it as root';
    return undefined;
  }

  /** Resolves when packets of these ports are written to `file`. */
  static async start(file: string, ports: CapturedPorts): Promise<PacketCapture> {
    const child = spawn('dumpcap', ['-i', 'lo', '-B', '32', '-f', filterOf(ports), '-w', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const capture = new PacketCapture(child, file, ports);
    let said = '';
    const overdue = AbortSignal.timeout(READY_MS);
    try {
      while (!/^File: /m.test(said)) {
        const read = once(child.stderr as NodeJS.EventEmitter, 'data', { signal: overdue });
        const ended = once(child, 'exit', { signal: overdue }).then(() => undefined);
        const data = await Promise.race([read, ended]);
        if (data === undefined) break;
        said += String(data[0]);
      }
    } catch {
      // It said nothing in time.
    }
    if (/^File: /m.test(said)) return capture;
    await capture.stop();
    throw new Error(`dumpcap does not capture: ${said.trim().slice(-300)}`);
  }

  /** Ends capturing, with what was on its way written down. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    await sleep(HANDED_OVER_MS);
    this.#child.kill('SIGINT');
    await exited;
  }

  /** What was captured, once it is stopped, in the order of its times; `keyLogFile` opens TLS. */
  async packets(keyLogFile: string): Promise<Packet[]> {
    const { tcp } = this.#ports;
    const decodings = Object.entries(DISSECTORS).flatMap(([kind, name]) => [
      '-d',
      `tcp.port==${tcp[kind as FlowKind]},${name}`,
    ]);
    const { stdout } = await promisify(execFile)(
      'tshark',
      [
        ...['-r', this.#file, '-n', '-o', `tls.keylog_file:${keyLogFile}`],
        // Each packet is to say what begins in it, and not wait for the end.
        ...['-o', 'http.desegment_body:FALSE', '-o', 'http.desegment_headers:FALSE'],
        ...decodings,
        ...(this.#ports.udp === undefined ? [] : ['-d', `udp.port==${this.#ports.udp},dns`]),
        ...['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a'],
        ...PACKET_FIELDS.flatMap((field) => ['-e', field]),
      ],
      { maxBuffer: OUTPUT_BYTES_MAX },
    );
    return packetsOf(stdout);
  }
}

/** In the language of pcap-filter(7). */
function filterOf({ tcp, udp }: CapturedPorts): string {
  const filters = Object.values(tcp).map((port) => `tcp port ${port}`);
  return [...filters, ...(udp === undefined ? [] : [`udp port ${udp}`])].join(' or ');
}
