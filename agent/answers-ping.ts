/** Whether the other side of a connection is there, asked once. */
import { WebSocket } from 'ws';

/** True once it answers a ping; false when the connection ends or `signal` aborts before it does. */
export function answersPing(socket: WebSocket, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted || socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (heard: boolean): void => {
      socket.off('pong', answered);
      socket.off('close', silent);
      signal.removeEventListener('abort', silent);
      resolve(heard);
    };
    const answered = (): void => settle(true);
    const silent = (): void => settle(false);
    socket.once('pong', answered);
    socket.once('close', silent);
    signal.addEventListener('abort', silent, { once: true });
    socket.ping();
  });
}
