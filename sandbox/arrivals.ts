/** When the bytes of uploads arrived: the truth that a client's own figures are held against. */
import { IncomingMessage } from 'node:http';

/** Some bytes of a request's body have arrived. */
export interface ReceivedLine {
  /** Counts the requests of this origin that had a body. */
  readonly request: number;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Of the body so far, as sent: with the framing of a signed S3 body, without that of chunked transfer. */
  readonly bytes: number;
  /** CLOCK_MONOTONIC, which all processes of a machine share: `process.hrtime` in milliseconds. */
  readonly ms: number;
}

/**
 * A request that tells of every piece of its body as the parser hands it over, whoever reads it later and how: a server
 * that is slow to read shows in the arrivals only once its buffers are full.
 */
export class ArrivingMessage extends IncomingMessage {
  onArrival: ((bytes: number) => void) | undefined;
  #arrived = 0;

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (Buffer.isBuffer(chunk)) {
      this.#arrived += chunk.length;
      this.onArrival?.(this.#arrived);
    }
    return super.push(chunk, encoding);
  }
}

/** Writes the arrivals of every request that it is given to `onReceived`. */
export function arrivalLog(onReceived: (line: ReceivedLine) => void): (request: ArrivingMessage) => void {
  let requests = 0;
  return (request) => {
    let number: number | undefined;
    const { method = '', url = '' } = request;
    request.onArrival = (bytes) => {
      number ??= ++requests;
      onReceived({ request: number, method, url, bytes, ms: Number(process.hrtime.bigint()) / 1e6 });
    };
  };
}
