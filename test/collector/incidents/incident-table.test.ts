import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { incidentJson } from '../../../collector/api/incident-json.ts';
import { IncidentTable } from '../../../collector/incidents/incident-table.ts';
import { INCIDENT_LIMITS } from '../../../collector/incidents/limits.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { incidentOf, STARTED_MS } from './incidents.ts';

describeEngines('incidents in the store', (engine) => {
  let test: TestStore;
  const nowMs = STARTED_MS + 60_000;
  const table = () => new IncidentTable(test.store, () => nowMs);

  beforeAll(async () => {
    test = await openTestStore(engine);
  });
  afterAll(() => test?.close());
  beforeEach(() => test.store.command('TRUNCATE TABLE incidents'));

  it('are read back as they were written', async () => {
    const incidents = [
      incidentOf(),
      incidentOf({
        id: 'inc-2',
        scope: { kind: 'agent', region: 'eu-west', agent: 'eu-west-1' },
        status: 'resolved',
        startedMs: STARTED_MS - 1,
        resolvedMs: STARTED_MS + 30_000,
        mergedInto: 'inc-1-region-eu-west',
        target: 'clip',
        probe: null,
        size: { before: null, after: null, unit: 'ratio', ratio: null },
      }),
    ];
    const writer = table();
    for (const incident of incidents) writer.put(incident);
    await writer.flush();
    expect(await table().load()).toEqual(incidents);
  });

  it('count by their latest row', async () => {
    const writer = table();
    writer.put(incidentOf());
    await writer.flush();
    writer.put(incidentOf({ status: 'resolved', resolvedMs: nowMs }));
    await writer.flush();
    expect((await table().load()).map(({ status }) => status)).toEqual(['resolved']);
  });

  it('are columns that people can ask for, with evidence as the API gives it', async () => {
    const writer = table();
    writer.put(incidentOf());
    await writer.flush();
    const [row] = await test.store.query<Record<string, string>>('SELECT * FROM incidents FINAL');
    expect(row).toMatchObject({
      scope: 'region:eu-west',
      scope_kind: 'region',
      status: 'open',
      metric: 'ttfb_ms',
      started_at: new Date(STARTED_MS).toISOString(),
      resolved_at: null,
    });
    expect(JSON.parse(row?.evidence ?? '')).toMatchObject(
      JSON.parse(JSON.stringify(incidentJson(incidentOf()).evidence)),
    );
  });

  it('that ended long ago are not loaded, open ones always', async () => {
    const longAgo = nowMs - INCIDENT_LIMITS.rememberedMs.value - 86_400_000;
    const writer = table();
    writer.put(incidentOf({ id: 'open', startedMs: longAgo }));
    writer.put(
      incidentOf({ id: 'over', startedMs: longAgo, status: 'resolved', resolvedMs: longAgo + 60_000 }),
    );
    await writer.flush();
    expect((await table().load()).map(({ id }) => id)).toEqual(['open']);
  });

  it('wait while the store is away, and are written once it is back, in their latest state', async () => {
    let away = true;
    const store = {
      query: test.store.query.bind(test.store),
      insertRows: (name: string, rows: Parameters<TestStore['store']['insertRows']>[1]) =>
        away ? Promise.reject(new Error('connection refused')) : test.store.insertRows(name, rows),
    };
    const writer = new IncidentTable(store, () => nowMs);
    writer.put(incidentOf());
    await expect(writer.flush()).rejects.toThrow('refused');
    writer.put(incidentOf({ status: 'resolved', resolvedMs: nowMs }));
    expect(writer.pending).toBe(1);
    away = false;
    await writer.flush();
    expect(writer.pending).toBe(0);
    expect((await table().load()).map(({ status }) => status)).toEqual(['resolved']);
  });

  it('that another collector writes are seen once each, also when one comes late', async () => {
    let laterMs = 0;
    const writer = new IncidentTable(test.store, () => nowMs + laterMs);
    const reader = table();
    writer.put(incidentOf());
    await writer.flush();
    expect(await reader.changes()).toEqual([incidentOf()]);
    expect(await reader.changes()).toEqual([]);
    laterMs = 20_000;
    writer.put(incidentOf({ status: 'resolved', resolvedMs: nowMs }));
    await writer.flush();
    const late = table();
    late.put(incidentOf({ id: 'inc-late' }));
    await late.flush();
    expect((await reader.changes()).map(({ id, status }) => [id, status])).toEqual([
      ['inc-late', 'open'],
      ['inc-1-region-eu-west', 'resolved'],
    ]);
    expect(await reader.changes()).toEqual([]);
  });

  it('that come later than the overlap are not seen, until they change again', async () => {
    let stampedMs = nowMs;
    const writer = new IncidentTable(test.store, () => stampedMs);
    const reader = table();
    const ids = async () => (await reader.changes()).map(({ id }) => id);
    writer.put(incidentOf({ id: 'inc-seen' }));
    await writer.flush();
    expect(await ids()).toEqual(['inc-seen']);
    stampedMs = nowMs - INCIDENT_LIMITS.followOverlapMs.value - 1;
    const late = new IncidentTable(test.store, () => stampedMs);
    late.put(incidentOf({ id: 'inc-late' }));
    await late.flush();
    expect(await ids()).toEqual([]);
    stampedMs = nowMs + 1;
    late.put(incidentOf({ id: 'inc-late', status: 'resolved', resolvedMs: nowMs }));
    await late.flush();
    expect(await ids()).toEqual(['inc-late']);
  });

  it('are written over what any collector wrote before, whatever its clock', async () => {
    const ahead = new IncidentTable(test.store, () => nowMs + 3_600_000);
    ahead.put(incidentOf());
    await ahead.flush();
    const successor = table();
    await successor.load();
    successor.put(incidentOf({ status: 'resolved', resolvedMs: nowMs }));
    await successor.flush();
    expect((await table().load()).map(({ status }) => status)).toEqual(['resolved']);
  });

  it('that wait are dropped when another collector sees to them', async () => {
    const writer = table();
    writer.put(incidentOf());
    writer.drop();
    await writer.flush();
    expect(await table().load()).toEqual([]);
  });
});
