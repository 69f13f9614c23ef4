import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Access } from '../../../collector/access/access.ts';
import { AgentKeys } from '../../../collector/access/agent-keys.ts';
import { REAL_CLOCK } from '../../support/link-server.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

describeEngines('keys of agents', (engine) => {
  let test: TestStore;
  const open: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    test = await openTestStore(engine);
  }, 60_000);
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  afterAll(() => test?.close());

  /** A collector on the store, as of now: it looks again in a second. */
  async function collector() {
    const common = { store: test.store, log: SILENT_LOG };
    const access = new Access({ ...common, clock: REAL_CLOCK, required: true });
    const keys = new AgentKeys({ ...common, access });
    open.push(access, keys);
    await access.start();
    await keys.start();
    const enrol = async (agent: string, publicKey: string) => {
      const invitation = { name: 'i', role: 'agent', createdBy: 'test', agent, uses: 1 } as const;
      const { text } = await access.create({ ...invitation, expiresMs: Date.now() + 60_000 });
      return keys.enrol(agent, publicKey, text, '192.0.2.1');
    };
    return { keys, enrol };
  }

  it('are revoked as they are in the store, not as they were at the last look', async () => {
    const other = await collector();
    await other.enrol('ams-1', 'first');
    const one = await collector();
    expect(one.keys.known('ams-1')).toMatchObject({ publicKey: 'first' });
    await other.keys.revoke('ams-1', 'mara');
    expect(await other.enrol('ams-1', 'second')).toMatchObject({ key: { publicKey: 'second' } });
    expect(await one.keys.revoke('ams-1', 'mara')).toMatchObject({ publicKey: 'second' });
    expect(await other.keys.list()).toMatchObject([{ publicKey: 'second', revokedBy: 'mara' }]);
  });
});
