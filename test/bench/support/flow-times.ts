/** When what happened on a connection, told by its packets alone. */
import type { Asked, FlowKind } from './jittery-messages.ts';
import type { DnsPacket, Packet, TcpPacket } from './packets.ts';

/** The steps of a run, each in milliseconds; absent where it did not happen, or its packets are not all there. */
export interface PhaseTimes {
  /** First question sent → last answer there. */
  readonly dns?: number;
  /** SYN sent → SYN and ACK there. */
  readonly connect?: number;
  /** First message of the handshake sent → the last one sent, with which it is done (Finished). */
  readonly tls?: number;
  /** Request sent whole → first byte of the head there. */
  readonly ttfb?: number;
  /** First byte of the head there → last byte of the body there. */
  readonly transfer?: number;
  /** First packet of all sent → last byte of the body there. */
  readonly total?: number;
}

export type PhaseName = keyof PhaseTimes;

export interface Flow {
  readonly kind: FlowKind;
  /** Of the client. */
  readonly port: number;
  /** Unix milliseconds of its first and last packet that matters. */
  readonly startMs: number;
  readonly endMs: number;
  readonly times: PhaseTimes;
}

const CLIENT_HELLO = 1;
const FINISHED = 20;
const DATA = 0;
const HEADERS = 1;

/** The connections that have an answer, found by who asked over them. */
export class Flows {
  readonly #byEnds = new Map<string, Flow[]>();

  constructor(packets: readonly Packet[], ports: Readonly<Record<FlowKind, number>>) {
    const kindOf = new Map(Object.entries(ports).map(([kind, port]) => [port, kind as FlowKind]));
    for (const [ends, own] of connectionsOf(packets, kindOf)) {
      const flows = own.flatMap((connection) => flowOf(connection) ?? []);
      this.#byEnds.set(ends, flows);
    }
  }

  get count(): number {
    return [...this.#byEnds.values()].reduce((sum, flows) => sum + flows.length, 0);
  }

  /** The one that was open when the server was asked. */
  of(asked: Pick<Asked, 'port' | 'serverPort' | 'atMs'>): Flow | undefined {
    // Its clock counts whole milliseconds.
    return this.#byEnds
      .get(endsOf(asked.port, asked.serverPort))
      ?.findLast(({ startMs }) => startMs < asked.atMs + 1);
  }
}

interface Connection {
  readonly kind: FlowKind;
  readonly port: number;
  readonly packets: TcpPacket[];
}

function endsOf(port: number, serverPort: number): string {
  return `${port} to ${serverPort}`;
}

/** By their ends: one after the other, each from its first SYN on. */
function connectionsOf(
  packets: readonly Packet[],
  kindOf: ReadonlyMap<number, FlowKind>,
): Map<string, Connection[]> {
  const byEnds = new Map<string, Connection[]>();
  for (const packet of packets) {
    if (packet.protocol !== 'tcp') continue;
    const isSent = kindOf.has(packet.targetPort);
    const [port, serverPort] = isSent
      ? [packet.sourcePort, packet.targetPort]
      : [packet.targetPort, packet.sourcePort];
    const kind = kindOf.get(serverPort);
    if (!kind) continue;
    const ends = endsOf(port, serverPort);
    const known = byEnds.get(ends) ?? [];
    byEnds.set(ends, known);
    const latest = known.at(-1);
    if (!latest || (isSent && packet.isSyn && isOver(latest))) known.push({ kind, port, packets: [packet] });
    else latest.packets.push(packet);
  }
  return byEnds;
}

/** A SYN that is sent again is still the same connection. */
function isOver({ packets }: Connection): boolean {
  return packets.some(({ isLast }) => isLast);
}

function flowOf({ kind, port, packets }: Connection): Flow | undefined {
  const closed = packets.findIndex(({ sourcePort, isLast }) => sourcePort === port && isLast);
  const open = closed === -1 ? packets : packets.slice(0, closed);
  const sent = open.filter(({ sourcePort }) => sourcePort === port);
  const got = open.filter(({ sourcePort }) => sourcePort !== port);
  const [syn, synAck] = [sent.find(({ isSyn }) => isSyn), got.find(({ isSyn }) => isSyn)];
  const request = sent.filter(kind.endsWith('1') ? ({ isHttp1Request: is }) => is : has(HEADERS)).at(-1);
  const answers = got.filter(
    ({ atMs, bytes, isAlert }) => bytes > 0 && !isAlert && atMs > (request?.atMs ?? Number.POSITIVE_INFINITY),
  );
  const head = answers.find(kind.endsWith('1') ? ({ isHttp1Answer: is }) => is : has(HEADERS));
  const end = answers.filter(kind.endsWith('1') ? () => true : has(DATA)).at(-1);
  // The server sends its answer in two pieces: with one of them something was not captured.
  if (!syn || !synAck || !request || !head || !end || head === end) return undefined;
  const hello = sent.find(({ handshakes }) => handshakes.includes(CLIENT_HELLO));
  const finished = sent.find(({ handshakes }) => handshakes.includes(FINISHED));
  return {
    kind,
    port,
    startMs: syn.atMs,
    endMs: end.atMs,
    times: {
      connect: synAck.atMs - syn.atMs,
      ...(hello && finished ? { tls: finished.atMs - hello.atMs } : {}),
      ttfb: head.atMs - request.atMs,
      transfer: end.atMs - head.atMs,
      total: end.atMs - syn.atMs,
    },
  };
}

function has(frame: number): (packet: TcpPacket) => boolean {
  return ({ frames }) => frames.includes(frame);
}

/** When each name was looked up: a lookup is a question and its answer. */
export class Lookups {
  readonly #byName = new Map<string, { readonly askedMs: number; readonly answeredMs: number }[]>();

  constructor(packets: readonly Packet[]) {
    const asked = new Map<string, DnsPacket>();
    for (const packet of packets) {
      if (packet.protocol !== 'dns') continue;
      const key = `${packet.id} ${packet.name}`;
      if (!packet.isAnswer) {
        if (!asked.has(key)) asked.set(key, packet);
        continue;
      }
      const question = asked.get(key);
      if (!question) continue;
      asked.delete(key);
      const known = this.#byName.get(packet.name) ?? [];
      known.push({ askedMs: question.atMs, answeredMs: packet.atMs });
      this.#byName.set(packet.name, known);
    }
  }

  /** The flow with the lookup that went before it, the last one of this name. */
  before(flow: Flow, name: string): Flow {
    const lookup = (this.#byName.get(name) ?? []).findLast(({ answeredMs }) => answeredMs <= flow.startMs);
    if (!lookup) return flow;
    const { askedMs, answeredMs } = lookup;
    const times = { ...flow.times, dns: answeredMs - askedMs, total: flow.endMs - askedMs };
    return { ...flow, startMs: askedMs, times };
  }
}
