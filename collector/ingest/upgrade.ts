/** Requests to upgrade to a session that are not granted, and what is answered. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AGENT_PATH, SUBPROTOCOL } from '../../protocol/frame.ts';
import { INGEST_LIMITS } from './limits.ts';

export interface Refusal {
  /** `503 Service Unavailable`. */
  readonly status: string;
  /** A sentence. */
  readonly why: string;
  /** Whole seconds after which the agent may come again. */
  readonly retryAfterS?: number;
}

export interface Occupancy {
  readonly sessions: number;
  readonly arriving: number;
  /** False while it stops, or lets its agents go. */
  readonly isOpen: boolean;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Why a request is not upgraded; undefined when it is. */
export function refusalOf(request: IncomingMessage, occupancy: Occupancy): Refusal | undefined {
  const path = (request.url ?? '').split('?')[0];
  if (path !== AGENT_PATH) return { status: '404 Not Found', why: `agents connect to ${AGENT_PATH}` };
  // Agents are not browsers: a page that someone has open must not speak for an agent.
  if (request.headers.origin !== undefined) return { status: '403 Forbidden', why: 'not for browsers' };
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(SUBPROTOCOL))
    return { status: '400 Bad Request', why: `the subprotocol ${SUBPROTOCOL} is needed` };
  const { sessions, arriving, isOpen } = occupancy;
  if (!isOpen) return unavailable('the collector takes no agents now', occupancy);
  if (sessions >= INGEST_LIMITS.sessions.value) return unavailable('too many sessions', occupancy);
  if (arriving >= INGEST_LIMITS.arriving.value)
    return unavailable('too many agents arrive at once', occupancy);
  return undefined;
}

/** Those that are sent away come back evenly, at a rate that can be taken in. */
function unavailable(why: string, { sessions, random }: Occupancy): Refusal {
  const spreadS = Math.ceil((sessions + 1) / INGEST_LIMITS.arrivalsPerSecond.value);
  return { status: '503 Service Unavailable', why, retryAfterS: 1 + Math.floor(random() * spreadS) };
}

export function refuseUpgrade(socket: Duplex, { status, why, retryAfterS }: Refusal): void {
  const retry = retryAfterS === undefined ? '' : `Retry-After: ${retryAfterS}\r\n`;
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\n${retry}Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`,
  );
}
