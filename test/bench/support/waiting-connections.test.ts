import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ownSockets, parseWaiting } from './waiting-connections.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:D431 0100007F:1F90 02 00000001:00000000 01:00000054 00000000     0        0 12 2 0 200 0 0 1 7
   2: 0100007F:D432 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 20 4 30 10 -1
   3: 0100007F:D433 0100007F:1F91 02 00000001:00000000 01:00000054 00000000     0        0 14 2 0 200 0 0 1 7
`;

describe('connections that wait', () => {
  it('are those in SYN_SENT towards the port', () => {
    expect(parseWaiting(TABLE, 8080)).toEqual([12]);
    expect(parseWaiting(TABLE, 8081)).toEqual([14]);
    expect(parseWaiting(TABLE, 80)).toEqual([]);
  });

  it.skipIf(!existsSync('/proc/self/fd'))('are told from those of this process by their inodes', async () => {
    const before = await ownSockets();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect((await ownSockets()).size).toBe(before.size + 1);
    server.close();
  });
});
