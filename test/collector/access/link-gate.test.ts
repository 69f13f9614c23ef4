import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Access } from '../../../collector/access/access.ts';
import { AgentKeys } from '../../../collector/access/agent-keys.ts';
import { ACCESS_LIMITS } from '../../../collector/access/limits.ts';
import { createLinkGate } from '../../../collector/access/link-gate.ts';
import { newToken } from '../../../collector/access/token-text.ts';
import { CLOSE_CODES } from '../../../protocol/errors.ts';
import type { Challenge, Proof } from '../../../protocol/frame.ts';
import { LINK_LIMITS } from '../../../protocol/limits.ts';
import { publicKeyOf, signClaim } from '../../../protocol/link-proof.ts';
import { type LinkServer, startLinkServer } from '../../support/link-server.ts';
import { recordOf } from '../../support/records.ts';
import { helloOf, ScriptedAgent } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const REFUSED = CLOSE_CODES.unauthorised;

let test: TestStore;
let link: LinkServer;
let access: Access;
let keys: AgentKeys;
/** Of another collector on the store. */
let elsewhere: { readonly access: Access; readonly keys: AgentKeys };
let nth = 0;
let id: string;
let key: KeyObject;

/** Each test comes a minute after the last: failures of one are no matter of the next. */
const CLOCK = { wallMs: () => Date.now(), monotonicMs: () => performance.now() + nth * 60_000 };

async function accessOf(store: TestStore['store']) {
  const made = new Access({ store, clock: CLOCK, log: SILENT_LOG, required: true });
  const held = new AgentKeys({ store, access: made, log: SILENT_LOG });
  await made.start();
  await held.start();
  return { access: made, keys: held };
}

beforeAll(async () => {
  test = await openTestStore('embedded');
  ({ access, keys } = await accessOf(test.store));
  elsewhere = await accessOf(test.store);
  link = await startLinkServer(test.store, { gate: createLinkGate(access, keys, () => 'c1-run') });
  keys.onRevoked = (agent) => link.ingest.expel(agent);
}, 60_000);
afterAll(async () => {
  await link?.close();
  for (const one of [access, keys, elsewhere?.access, elsewhere?.keys]) await one?.close();
  await test?.close();
});
beforeEach(() => {
  nth += 1;
  id = `agent-${nth}`;
  key = generateKeyPairSync('ed25519').privateKey;
});

const invite = async (more: { agent?: string; uses?: number; forMs?: number } = {}) => {
  const { agent = '', forMs = 60_000, uses = 1 } = more;
  const given = { name: 'invite', role: 'agent', createdBy: 'test', expiresMs: Date.now() + forMs } as const;
  return access.create({ ...given, agent, uses });
};

const proofOf = (
  challenge: Challenge,
  more: Partial<Proof> & { agent?: string; boot?: string } = {},
): Proof => {
  const { agent = id, boot = 'boot-1', ...proof } = more;
  return {
    type: 'proof',
    publicKey: publicKeyOf(key),
    signature: signClaim(key, { challenge, bound: new Uint8Array(), agent, boot }),
    enrolmentToken: '',
    ...proof,
  };
};

async function challenged(): Promise<{ readonly agent: ScriptedAgent; readonly challenge: Challenge }> {
  const agent = await ScriptedAgent.connect(link.url);
  agent.send(helloOf({ agent: id }));
  return { agent, challenge: await agent.next('challenge') };
}

/** With what the session ends, or `welcome`. */
async function outcome(token = '', more: Parameters<typeof proofOf>[1] = {}) {
  const { agent, challenge } = await challenged();
  agent.send(proofOf(challenge, { enrolmentToken: token, ...more }));
  return outcomeOf(agent);
}
async function outcomeOf(agent: ScriptedAgent) {
  const end = await Promise.race([agent.next('welcome').catch(() => agent.closed), agent.closed]);
  if (!('code' in end)) await agent.close();
  return 'code' in end ? [end.code, end.reason] : 'welcome';
}

describe('an agent that is not known', () => {
  it('is let in once with a token, and from then on with its key alone', async () => {
    const { text } = await invite();
    const first = await challenged();
    expect(first.challenge).toMatchObject({ collector: 'c1-run', binding: '', enrolled: false });
    expect(first.challenge.nonce).toHaveLength(32);
    first.agent.send(proofOf(first.challenge, { enrolmentToken: text }));
    const welcome = await first.agent.next('welcome');
    expect(welcome.session).toBe(first.challenge.session);
    first.agent.results('boot-1', [recordOf(1, { scheduledMs: Date.now() })]);
    await first.agent.acked(1);
    await first.agent.close();
    expect((await challenged()).challenge.enrolled).toBe(true);
    expect(await outcome()).toBe('welcome');
  });

  it('is not let in without a token', async () => {
    expect(await outcome()).toEqual([REFUSED, expect.stringContaining(`${id} is not enrolled here`)]);
  });

  it('is not let in with a token that was used, expired, revoked, forged, of another role, or for another agent', async () => {
    const used = await invite();
    expect(await outcome(used.text)).toBe('welcome');
    const expired = await invite({ forMs: 1 });
    const revoked = await invite();
    await access.revoke(revoked.record.id, 'test');
    const bound = await invite({ agent: 'somebody-else' });
    const admin = await access.create({
      name: 'a',
      role: 'admin',
      createdBy: 'test',
      expiresMs: Date.now() + 60_000,
    });
    const cases = [
      [used.text, 'was used already'],
      [expired.text, 'not good here (expired)'],
      [revoked.text, 'not good here (revoked)'],
      [newToken('agent'), 'not good here (unknown)'],
      ['ot_e_nonsense', 'not good here (malformed)'],
      [admin.text, 'not good here'],
      [bound.text, 'is for another agent'],
    ] as const;
    for (const [text, why] of cases) {
      nth += 1;
      id = `agent-${nth}`;
      key = generateKeyPairSync('ed25519').privateKey;
      expect(await outcome(text)).toEqual([REFUSED, expect.stringContaining(why)]);
    }
  });

  it('does not use a token up that it shows again with the same key, as after an answer that was lost', async () => {
    const { record, text } = await invite();
    expect(await outcome(text)).toBe('welcome');
    expect(
      await keys.enrol(id, Buffer.from(publicKeyOf(key)).toString('base64url'), text, ''),
    ).toHaveProperty('key');
    expect(
      await test.store.query('SELECT agent FROM access_enrolments WHERE token = {id:String}', {
        id: record.id,
      }),
    ).toEqual([{ agent: id }]);
  });

  it('of several that show one token at the same moment at two collectors, one is let in, or as many as it has uses', async () => {
    for (const uses of [1, 3]) {
      const { text } = await invite({ uses });
      const attempts = Array.from({ length: 6 }, (_, index) => {
        const publicKey = publicKeyOf(generateKeyPairSync('ed25519').privateKey);
        const at = index % 2 === 0 ? keys : elsewhere.keys;
        return at.enrol(`crowd-${uses}-${index}`, Buffer.from(publicKey).toString('base64url'), text, '');
      });
      const ends = await Promise.all(attempts);
      expect(ends.filter((end) => 'key' in end)).toHaveLength(uses);
    }
  });

  it('takes no name from another, even at the same moment at two collectors with two good tokens', async () => {
    const tokens = [await invite(), await invite()];
    const ends = await Promise.all(
      tokens.map(({ text }, index) => {
        const publicKey = publicKeyOf(generateKeyPairSync('ed25519').privateKey);
        return (index === 0 ? keys : elsewhere.keys).enrol(
          id,
          Buffer.from(publicKey).toString('base64url'),
          text,
          '',
        );
      }),
    );
    expect(ends.filter((end) => 'key' in end)).toHaveLength(1);
    const another = await invite();
    expect(await outcome(another.text)).toEqual([
      REFUSED,
      expect.stringContaining('enrolled with another key'),
    ]);
  });
});

describe('an agent that is known', () => {
  beforeEach(async () => {
    expect(await outcome((await invite()).text)).toBe('welcome');
  });

  it('is not let in with another key, whatever it signs', async () => {
    key = generateKeyPairSync('ed25519').privateKey;
    expect(await outcome()).toEqual([REFUSED, expect.stringContaining('enrolled with another key')]);
  });

  it('is not let in by a proof for another session, another agent or another boot, nor by one with its own public key that another signed', async () => {
    const { challenge } = await challenged();
    const before = proofOf(challenge);
    expect(await outcome('', before)).toEqual([REFUSED, expect.stringContaining('not over this challenge')]);
    for (const more of [{ agent: 'agent-x' }, { boot: 'boot-x' }])
      expect(await outcome('', more)).toEqual([REFUSED, expect.stringContaining('not over this challenge')]);
    const publicKey = publicKeyOf(key);
    key = generateKeyPairSync('ed25519').privateKey;
    expect(await outcome('', { publicKey })).toEqual([
      REFUSED,
      expect.stringContaining('not over this challenge'),
    ]);
  });

  it('has one answer a challenge, and none without', async () => {
    const { agent, challenge } = await challenged();
    agent.send(proofOf(challenge));
    agent.send(proofOf(challenge));
    expect(await outcomeOf(agent)).not.toBe('welcome');
    const early = await ScriptedAgent.connect(link.url);
    early.send(proofOf(challenge));
    expect(await outcomeOf(early)).toEqual([CLOSE_CODES.bad_frame, expect.stringContaining('not asked for')]);
  });

  it('says nothing before it is known', async () => {
    const { agent } = await challenged();
    agent.results('boot-1', [recordOf(1, { scheduledMs: Date.now() })]);
    expect(await outcomeOf(agent)).toEqual([
      CLOSE_CODES.bad_frame,
      expect.stringContaining('before the welcome'),
    ]);
    expect(await test.store.query('SELECT * FROM results WHERE agent = {id:String}', { id })).toEqual([]);
  });

  it(
    'that does not answer is not waited for longer than for a hello',
    async () => {
      const { agent } = await challenged();
      expect(await agent.closed).toMatchObject({
        code: CLOSE_CODES.no_hello,
        reason: expect.stringContaining('no proof'),
      });
    },
    LINK_LIMITS.helloMs.value + 10_000,
  );

  it('cannot be thrown out by a stranger who says its name', async () => {
    const mine = await challenged();
    mine.agent.send(proofOf(mine.challenge));
    await mine.agent.next('welcome');
    key = generateKeyPairSync('ed25519').privateKey;
    expect(await outcome()).toEqual([REFUSED, expect.any(String)]);
    mine.agent.results('boot-1', [recordOf(1, { scheduledMs: Date.now() })]);
    await mine.agent.acked(1);
    await mine.agent.close();
  });

  it('loses its session within two seconds when its key is revoked at another collector, and comes back by a new token alone', async () => {
    const { agent, challenge } = await challenged();
    agent.send(proofOf(challenge));
    await agent.next('welcome');
    const sinceMs = performance.now();
    await elsewhere.keys.revoke(id, 'mara');
    expect(await agent.closed).toMatchObject({ code: REFUSED, reason: expect.stringContaining('revoked') });
    expect(performance.now() - sinceMs).toBeLessThan(2 * ACCESS_LIMITS.lookMs.value + 1000);
    expect(await outcome()).toEqual([REFUSED, expect.stringContaining('not enrolled')]);
    key = generateKeyPairSync('ed25519').privateKey;
    expect(await outcome((await invite()).text)).toBe('welcome');
    await vi.waitFor(async () => expect(await elsewhere.keys.find(id)).toMatchObject({ generation: 2 }));
  });
});

describe('an agent whose key was revoked', () => {
  it('is not let in either where it waits for its older session to be given up', async () => {
    const { agent: older, challenge } = await challenged();
    older.send(proofOf(challenge, { enrolmentToken: (await invite()).text }));
    await older.next('welcome');
    older.socket.pause();
    const newer = await ScriptedAgent.connect(link.url);
    newer.send(helloOf({ agent: id, boot: 'boot-2' }));
    newer.send(proofOf(await newer.next('challenge'), { boot: 'boot-2' }));
    await setTimeout(100);
    await keys.revoke(id, 'mara');
    expect(await newer.closed).toMatchObject({ code: REFUSED });
    older.socket.terminate();
  });

  it('does not come back by the invitation that it had, which is still good for others, but by a new one', async () => {
    const { text } = await invite({ uses: 3 });
    expect(await outcome(text)).toBe('welcome');
    await keys.revoke(id, 'mara');
    expect(await outcome(text)).toEqual([REFUSED, expect.stringContaining('used already')]);
    expect(await keys.find(id)).toBeUndefined();
    expect(await outcome((await invite()).text)).toBe('welcome');
    expect(await keys.find(id)).toMatchObject({ generation: 2 });
  });
});

describe('a stranger who tries again and again', () => {
  it('is sent away without a look at the store, while those who are known behind the same address are let in', async () => {
    expect(await outcome((await invite()).text)).toBe('welcome');
    const known = { id, key };
    nth += 1;
    id = `stranger-${nth}`;
    const tries = Array.from({ length: ACCESS_LIMITS.failures.value + 1 }, () => access.failed('127.0.0.1'));
    expect(tries.length).toBeGreaterThan(ACCESS_LIMITS.failures.value);
    const agent = await ScriptedAgent.connect(link.url);
    agent.send(helloOf({ agent: id }));
    expect(await outcomeOf(agent)).toEqual([REFUSED, expect.stringContaining('too many attempts')]);
    ({ id, key } = known);
    expect(await outcome()).toBe('welcome');
  });
});
