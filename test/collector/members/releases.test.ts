import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newMembersCounters } from '../../../collector/members/counters.ts';
import { MEMBER_LIMITS } from '../../../collector/members/limits.ts';
import { Releases } from '../../../collector/members/releases.ts';
import type { SeenMember } from '../../../collector/members/roll.ts';
import { memberRow } from './member-row.ts';

const AGENTS = [
  { agent: 'a', boot: '1' },
  { agent: 'b', boot: '1' },
];
const servers: Server[] = [];
const counters = newMembersCounters();
let nowMs: number;
/** How long the other has given no sign of life. */
let unchangedMs: number;
let takenOut: string[];
let takeOut: () => Promise<void>;

beforeEach(() => {
  nowMs = 0;
  unchangedMs = 0;
  takenOut = [];
  takeOut = async () => undefined;
  Object.assign(counters, newMembersCounters());
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function peer(listener: RequestListener, more: Partial<SeenMember> = {}): Promise<SeenMember> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ...memberRow({ incarnation: `peer-${servers.length}`, url }), seenMs: 0, fenced: false, ...more };
}

const releases = () =>
  new Releases({
    log: pino({ level: 'silent' }),
    counters,
    sightings: { unchangedMs: () => unchangedMs },
    look: async () => [],
    takeOut: async ({ incarnation }) => {
      takenOut.push(incarnation);
      await takeOut();
    },
    monotonicMs: () => nowMs,
  });

const says =
  (...states: string[]): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify({ states }));
const fails: RequestListener = (_, response) => response.writeHead(503).end();

it('gives the worst that any of the others says of an agent', async () => {
  const members = [await peer(says('released', 'busy')), await peer(says('in_use', 'released'))];
  expect(await releases().ask(members, 'me', AGENTS)).toEqual(['in_use', 'busy']);
  expect(await releases().ask([], 'me', AGENTS)).toEqual(['released', 'released']);
});

it('takes out one that has ended without saying so, and waits until that is done', async () => {
  const gone = await peer((_, response) => response.writeHead(409).end());
  let done = false;
  takeOut = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    done = true;
  };
  expect(await releases().ask([gone], 'me', AGENTS)).toEqual(['released', 'released']);
  expect(done).toBe(true);
});

it('does not ask one that is being taken out, but waits for its end', async () => {
  let asked = 0;
  const fenced = await peer(
    (_, response) => {
      asked += 1;
      response.end();
    },
    { fenced: true },
  );
  expect(await releases().ask([fenced], 'me', AGENTS)).toEqual(['released', 'released']);
  expect([asked, takenOut]).toEqual([0, ['peer-1']]);
});

it('leaves one that does not answer and still beats for a while, and takes it out after that', async () => {
  const slow = await peer(fails);
  const asking = releases();
  expect(await asking.ask([slow], 'me', AGENTS)).toEqual(['busy', 'busy']);
  nowMs += MEMBER_LIMITS.deadMs.value - 1;
  expect(await asking.ask([slow], 'me', AGENTS)).toEqual(['busy', 'busy']);
  expect(takenOut).toEqual([]);
  nowMs += 1;
  expect(await asking.ask([slow], 'me', AGENTS)).toEqual(['released', 'released']);
  expect(takenOut).toEqual(['peer-1']);
  expect(counters.unanswered).toBe(3);
});

it('counts anew once it has answered, or is not there any more', async () => {
  let well = false;
  const shaky = await peer((request, response) =>
    (well ? says('released', 'released') : fails)(request, response),
  );
  const asking = releases();
  await asking.ask([shaky], 'me', AGENTS);
  nowMs += MEMBER_LIMITS.deadMs.value;
  well = true;
  expect(await asking.ask([shaky], 'me', AGENTS)).toEqual(['released', 'released']);
  well = false;
  expect(await asking.ask([shaky], 'me', AGENTS)).toEqual(['busy', 'busy']);
  await asking.ask([], 'me', AGENTS);
  nowMs += MEMBER_LIMITS.deadMs.value;
  expect(await asking.ask([shaky], 'me', AGENTS)).toEqual(['busy', 'busy']);
});

it('takes out one that neither answers nor beats', async () => {
  const silent = await peer(fails);
  unchangedMs = MEMBER_LIMITS.unansweredMs.value - 1;
  expect(await releases().ask([silent], 'me', AGENTS)).toEqual(['busy', 'busy']);
  unchangedMs += 1;
  expect(await releases().ask([silent], 'me', AGENTS)).toEqual(['released', 'released']);
});

it('sends agents away when taking out fails, or takes longer than an agent waits', async () => {
  const gone = await peer((_, response) => response.writeHead(409).end());
  takeOut = () => Promise.reject(new Error('the store is away'));
  expect(await releases().ask([gone], 'me', AGENTS)).toEqual(['busy', 'busy']);
  takeOut = () => new Promise(() => undefined);
  const startedMs = performance.now();
  expect(await releases().ask([gone], 'me', AGENTS)).toEqual(['busy', 'busy']);
  expect(performance.now() - startedMs).toBeGreaterThan(MEMBER_LIMITS.takeOverMs.value - 50);
});
