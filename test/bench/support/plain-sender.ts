/** `node plain-sender.ts HOST PORT BYTES`: one PUT by node:net, and when its first byte was written and its answer came, as one line. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { sharedNowMs } from './raw-log.ts';

const [host = '', port = '', byteCount = ''] = process.argv.slice(2);
const socket = connect({ host, port: Number(port), noDelay: true });
await once(socket, 'connect');
const body = Buffer.alloc(Number(byteCount), 'x');
socket.write(`PUT /x HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\n\r\n`);
const firstMs = sharedNowMs();
let ridMs: number | undefined;
socket.write(body, () => {
  ridMs = sharedNowMs();
});
await once(socket, 'data');
console.log(JSON.stringify({ firstMs, ridMs, answeredMs: sharedNowMs() }));
socket.destroy();
