import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRegistry, type RunningRegistry } from '../../../collector/registry/create-registry.ts';
import { REGISTRY_LIMITS } from '../../../collector/registry/limits.ts';
import type { Store } from '../../../collector/store/store.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const SPEC = { version: 1, targets: [{ name: 'origin', url: 'http://video.example/' }], probes: [] };

describeEngines('a change of specifications', (engine) => {
  let test: TestStore;
  let registry: RunningRegistry;
  /** How often another collector is faster yet. */
  let rivals: number;
  let tries: number;

  beforeEach(async () => {
    test = await openTestStore(engine);
    rivals = 0;
    tries = 0;
    const store: Store = { ...test.store, insertRows: insertBehindRivals };
    registry = await createRegistry({ store, clock: manualClock(Date.now()), log: SILENT_LOG });
  });
  afterEach(async () => {
    await registry.close();
    await test.close();
  });

  /** Another collector makes the same version of the specifications a moment before. */
  const insertBehindRivals: Store['insertRows'] = async (table, rows, options) => {
    if (table === 'spec_changes') {
      tries += 1;
      rivals -= 1;
      if (rivals >= 0) {
        const name = `rival-${tries}`;
        const spec = JSON.stringify({ name, url: 'http://rival.example/', labels: {} });
        const row = { ...rows[0], kind: 'target', name, spec, change: randomUUID(), collector: 'rival' };
        await test.store.insertRows(table, [row], options);
      }
    }
    await test.store.insertRows(table, rows, options);
  };
  const names = () => registry.targets().map(({ spec }) => spec.name);

  it('is made after those of others that were faster', async () => {
    rivals = REGISTRY_LIMITS.specTries.value - 1;
    await registry.apply(SPEC);
    expect(tries).toBe(REGISTRY_LIMITS.specTries.value);
    expect(names()).toHaveLength(tries);
    expect(names()).toContain('origin');
  });

  it('is refused as a conflict when others are faster again and again, and can be made later', async () => {
    rivals = REGISTRY_LIMITS.specTries.value;
    await expect(registry.apply(SPEC)).rejects.toMatchObject({ code: 'conflict', hint: 'Try again.' });
    expect(tries).toBe(REGISTRY_LIMITS.specTries.value);
    expect(names()).not.toContain('origin');
    await registry.apply(SPEC);
    expect(names()).toContain('origin');
  });
});
