/** Who looks over the shoulder of the exchanges on a connection. Looking changes nothing of what is measured. */
import type { Socket } from 'node:net';

export interface RequestObserver {
  answered(status: number, headers: Readonly<Record<string, string>>): void;
  /** Called for each piece of the body; the bytes are only lent. */
  received(bytes: Uint8Array): void;
}

export interface ConnectionObserver {
  /** A request begins; `path` as in the request line. */
  asked(
    method: string,
    host: string,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): RequestObserver;
}

const observers = new WeakMap<Socket, ConnectionObserver>();

/** From now on `observer` sees what is exchanged over `socket`. */
export function observe(socket: Socket, observer: ConnectionObserver): void {
  observers.set(socket, observer);
}

export function observerOf(socket: Socket): ConnectionObserver | undefined {
  return observers.get(socket);
}
