import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readChanges, writeChanges } from '../../../collector/changes/change-table.ts';
import { CHANGE_LIMITS } from '../../../collector/changes/limits.ts';
import type { Change } from '../../../collector/detect/change.ts';
import { Watch } from '../../../collector/incidents/watch.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const NOW_MS = Math.floor(Date.now());

const told = (more: Partial<Change> = {}): Change => ({
  atMs: NOW_MS - 1000,
  kind: 'deploy',
  name: 'web-7',
  text: 'a new player',
  where: { region: 'eu-west' },
  relearn: false,
  ...more,
});

let test: TestStore;

beforeAll(async () => {
  test = await openTestStore('embedded');
});
afterAll(() => test?.close());
beforeEach(async () => {
  await test.store.command('TRUNCATE TABLE changes');
  await test.store.command('TRUNCATE TABLE spec_changes');
});

const edit = (version: number, name: string, deleted = 0) =>
  test.store.insertRows('spec_changes', [
    {
      version,
      kind: 'target',
      name,
      spec: '{}',
      deleted,
      at: NOW_MS - 5000 + version,
      change: `c${version}`,
      collector: '',
    },
  ]);

describe('changes in the store', () => {
  it('are read as they were told, newest first, since an instant', async () => {
    const changes = [told(), told({ name: 'web-8', atMs: NOW_MS, where: {}, relearn: true })];
    await writeChanges(test.store, changes);
    await writeChanges(test.store, []);
    expect(await readChanges(test.store, NOW_MS - 60_000)).toEqual(changes.toReversed());
    expect(await readChanges(test.store, NOW_MS)).toEqual([changes[1]]);
  });

  it('are as many as fit, the newest', async () => {
    const most = CHANGE_LIMITS.read.value;
    const many = Array.from({ length: most + 5 }, (_, i) =>
      told({ name: `n${i}`, atMs: NOW_MS - 50_000 + i }),
    );
    await writeChanges(test.store, many);
    const read = await readChanges(test.store, NOW_MS - 60_000);
    expect(read).toHaveLength(most);
    expect(read.at(0)?.name).toBe(`n${most + 4}`);
    expect(read.at(-1)?.name).toBe('n5');
  });

  it('reach the detector though they are told of a little late', async () => {
    const late = told({ name: 'late', atMs: NOW_MS - CHANGE_LIMITS.rereadMs.value + 5000 });
    const tooLate = told({ name: 'too late', atMs: NOW_MS - CHANGE_LIMITS.rereadMs.value - 5000 });
    const { watch } = await Watch.begin({ store: test.store, log: pino({ level: 'silent' }) }, [], NOW_MS);
    await writeChanges(test.store, [late, tooLate]);
    const announce = vi.spyOn(watch.detector, 'announce');
    await watch.look(NOW_MS, []);
    expect(announce.mock.calls).toEqual([[[late]]]);
  });

  it('leave out what the registry notes for people of its edits', async () => {
    const noted = { at: NOW_MS - 1000, revision: 1, kind: 'probe', name: 'p' };
    await test.store.insertRows('changes', [
      { ...noted, action: 'create', detail: JSON.stringify({ type: 'http', every: '5s' }) },
      { ...noted, action: 'delete', detail: 'null' },
    ]);
    expect(await readChanges(test.store, NOW_MS - 60_000)).toEqual([]);
  });

  it('hold edits of targets, which nobody has to tell of; the first version of one is no change', async () => {
    await edit(1, 'clip');
    await edit(2, 'live');
    await edit(3, 'clip');
    await edit(4, 'live', 1);
    expect(await readChanges(test.store, NOW_MS - 60_000)).toMatchObject([
      { kind: 'target', name: 'live', text: 'deleted', where: { target: 'live' }, relearn: false },
      { kind: 'target', name: 'clip', text: 'updated', where: { target: 'clip' }, relearn: true },
    ]);
  });
});
