/**
 * The DevTools protocol over a pair of pipes: JSON messages, each ended by a zero byte. Unlike a debugging port, nobody else on
 * the machine can speak to the browser, and the browser ends when this process does, however it dies.
 */
import type { Readable, Writable } from 'node:stream';
import type { ConnectOverCDPTransport } from 'playwright-core';

/** Calls of `onclose` come once, when either pipe ends. */
export function pipeTransport(
  toBrowser: Writable,
  fromBrowser: Readable,
  messageBytesMax: number,
): ConnectOverCDPTransport {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let isClosed = false;

  const transport: ConnectOverCDPTransport = {
    send(message) {
      if (!isClosed) toBrowser.write(`${JSON.stringify(message)}\0`);
    },
    close() {
      shut();
    },
  };

  function shut(reason?: string): void {
    if (isClosed) return;
    isClosed = true;
    pending = [];
    toBrowser.destroy();
    fromBrowser.destroy();
    // Behind the messages that wait for their own task.
    setImmediate(() => transport.onclose?.(reason));
  }

  /**
   * Each message in a task of its own: Playwright relies on its promise callbacks to run before the next message, and loses
   * the execution context of a page, then waits for ever, where two are delivered in one task.
   */
  function deliver(text: string): void {
    setImmediate(() => transport.onmessage?.(JSON.parse(text) as object));
  }

  function receive(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      pending.push(chunk.subarray(start, end));
      deliver(Buffer.concat(pending).toString());
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    pendingBytes += chunk.length - start;
    if (pendingBytes > messageBytesMax) shut('a message of the browser was too long');
    else if (start < chunk.length) pending.push(chunk.subarray(start));
  }

  fromBrowser.on('data', receive);
  fromBrowser.on('end', () => shut());
  fromBrowser.on('error', () => shut());
  toBrowser.on('error', () => shut());
  return transport;
}
