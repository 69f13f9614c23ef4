/** The Grafana dashboard: every SQL in it runs on both engines, for all and for chosen values, with and without data. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { expandSql, type View } from './macros.ts';

const GRAFANA = join(import.meta.dirname, '../../../collector/grafana');
const read = (file: string): string => readFileSync(join(GRAFANA, file), 'utf8');

interface Target {
  readonly rawSql: string;
  readonly queryType: 'timeseries' | 'table';
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly target?: Target }[] };
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

const dashboard = JSON.parse(read('provisioning/dashboards/outrider/outrider-fleet.json')) as Dashboard;

/** Every SQL of the dashboard, by what it is for. */
const QUERIES: readonly (readonly [string, string, Target['queryType'] | 'annotation' | 'variable'])[] = [
  ...dashboard.panels.flatMap(({ id, targets = [], title }) =>
    targets.map(({ queryType, rawSql }) => [`panel ${id}, ${title}`, rawSql, queryType] as const),
  ),
  ...dashboard.annotations.list.flatMap(({ name, target }) =>
    target ? [[`annotation ${name}`, target.rawSql, 'annotation'] as const] : [],
  ),
  ...dashboard.templating.list.flatMap(({ definition, name, type }) =>
    type === 'query' ? [[`variable ${name}`, definition ?? '', 'variable'] as const] : [],
  ),
];

const NOW = Math.floor(Date.now() / 60_000) * 60_000;
const EVERYTHING: View = {
  ...{ fromMs: NOW - 6 * 3_600_000, toMs: NOW + 60_000, intervalMs: 60_000 },
  variables: { metric: 'ttfb_ms', region: 'all', target: 'all', probe: 'all' },
};
const CHOSEN: View = {
  ...{ fromMs: NOW - 30 * 86_400_000, toMs: NOW + 60_000, intervalMs: 3_600_000 },
  variables: {
    metric: 'ttfb_ms',
    region: ['eu-west', "o'region"],
    target: ['origin'],
    probe: ['front-page'],
  },
};

const STATEMENTS = read('outrider-reader.sql')
  .replaceAll(/^--.*$/gm, '')
  .split(';')
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '');
const GRANTED = STATEMENTS.flatMap((one) => /GRANT SELECT ON outrider\.(\w+)/.exec(one)?.[1] ?? []);
const tablesOf = (sql: string): string[] =>
  [...sql.matchAll(/\b(?:FROM|JOIN) (?:(?:default|outrider)\.)?(\w+)/g)].map(([, name = '']) => name);

describe('the Grafana dashboard', () => {
  it('has unique panels that say what they show, none over another', () => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(panels.filter(({ description, title }) => !description || !title)).toEqual([]);
    const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.length).toBeGreaterThan(12);
  });

  it('is provisioned by files that Grafana reads: the data source, and where dashboards lie', () => {
    const { datasources } = parse(read('provisioning/datasources/outrider.yaml')) as {
      datasources: { type: string; uid: string; secureJsonData: Record<string, string> }[];
    };
    expect(datasources).toMatchObject([{ type: 'grafana-clickhouse-datasource', uid: 'outrider' }]);
    expect(datasources[0]?.secureJsonData.password).toMatch(/^\$OUTRIDER_/);
    const { providers } = parse(read('provisioning/dashboards/outrider.yaml')) as {
      providers: { type: string; options: { path: string } }[];
    };
    expect(providers).toMatchObject([{ type: 'file' }]);
    // Where it is once `provisioning` was copied into Grafana's folder, as the file says.
    const folder = providers[0]?.options.path.replace('/etc/grafana/', '') ?? '';
    expect(globSync('**/*.json', { cwd: GRAFANA })).toEqual([`${folder}/outrider-fleet.json`]);
  });
});

describe('its macros', () => {
  it('are expanded as the data source does', () => {
    const sql = `SELECT $__timeInterval(t) FROM x WHERE $__timeFilter(t) AND $__conditionalAll(r IN (\${r:singlequote}), $r)`;
    const view = { fromMs: 1000, toMs: 61_000, intervalMs: 500, variables: { r: ['a', 'b'] } };
    expect(expandSql(sql, view)).toBe(
      "SELECT toStartOfInterval(toDateTime(t), INTERVAL 1 second) FROM x WHERE t >= toDateTime(1) AND t <= toDateTime(61) AND r IN ('a','b')",
    );
    expect(expandSql(sql, { ...view, variables: { r: 'all' } })).toMatch(/ AND 1=1$/);
    expect(() => expandSql('SELECT $__nothing', view)).toThrow('$__nothing');
  });
});

describeEngines('the SQL of the dashboard', (engine) => {
  let held: TestStore;
  beforeAll(async () => {
    held = await openTestStore(engine);
  });
  afterAll(() => held.close());

  const ask = (sql: string, view: View) =>
    held.store.queryReadonly(expandSql(sql, view), { limitRows: 1000, timeoutMs: 30_000 });

  it('reads nothing that its user is not granted, views looked into; nothing is granted in vain', async () => {
    const views = await held.store.query<{ name: string; as_select: string }>(
      "SELECT name, as_select FROM system.tables WHERE database = currentDatabase() AND engine = 'View'",
    );
    const behind = new Map(views.map(({ as_select, name }) => [name, tablesOf(as_select)]));
    const tables = QUERIES.flatMap(([, sql]) => tablesOf(sql));
    // For panels of people's own.
    const needed = new Set(
      [...tables, 'region_latency'].flatMap((name) => [name, ...(behind.get(name) ?? [])]),
    );
    expect([...GRANTED].sort()).toEqual([...needed].sort());
  });

  it.runIf(engine === 'server')('looks into the database that a collector makes on a server', async () => {
    const { datasources } = parse(read('provisioning/datasources/outrider.yaml')) as {
      datasources: { jsonData: { defaultDatabase: string } }[];
    };
    const [row] = await held.store.query<{ name: string }>('SELECT currentDatabase() AS name');
    expect(datasources[0]?.jsonData.defaultDatabase).toBe(row?.name);
  });

  it('has a user that ClickHouse understands', async () => {
    expect(STATEMENTS[0]).toMatch(/^CREATE USER IF NOT EXISTS outrider_reader /);
    for (const statement of STATEMENTS)
      await expect(held.store.query(`EXPLAIN AST ${statement}`), statement).resolves.not.toEqual([]);
  });

  it('runs on an empty store', async () => {
    for (const [name, sql] of QUERIES)
      for (const view of [EVERYTHING, CHOSEN])
        await expect(ask(sql, view), name).resolves.toMatchObject({ truncated: false });
  });

  it('shows what there is: a time and a number for a series, rows for a table', async () => {
    await fill(held.store);
    for (const [name, sql, kind] of QUERIES) {
      const { columns, rows } = await ask(sql, EVERYTHING);
      if (kind === 'timeseries') {
        expect(columns[0], name).toMatchObject({ name: 'time', type: expect.stringMatching(/^DateTime/) });
        expect(
          columns.slice(1).some(({ type }) => /Int|Float/.test(type)),
          name,
        ).toBe(true);
      }
      expect(rows.length, name).toBeGreaterThan(0);
      await expect(ask(sql, CHOSEN), name).resolves.toMatchObject({ truncated: false });
    }
  });

  it('gives quantiles in the unit of the metric, over all of the time range', async () => {
    const sql =
      dashboard.panels.find(({ title }) => title === 'Regional latency')?.targets?.[0]?.rawSql ?? '';
    const { columns, rows } = await ask(sql, {
      ...CHOSEN,
      variables: { ...CHOSEN.variables, region: ['eu-west'] },
    });
    const row = Object.fromEntries(columns.map(({ name }, at) => [name, rows[0]?.[at]]));
    expect(row).toMatchObject({ region: 'eu-west' });
    expect(row.p50).toBeCloseTo(120, -1);
  });
});

/** A result, a failure, an incident, a change, an agent and a window of the model: something for every panel. */
async function fill(store: TestStore['store']): Promise<void> {
  const at = NOW - 300_000;
  const failure = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;
  await store.insertResults(
    resultBlock('grafana', [
      rowOf(1, { scheduledMs: at, metrics: { ttfb_ms: 120, dns_ms: 5 } }),
      rowOf(2, { scheduledMs: at + 1000, metrics: { ttfb_ms: 120 } }),
      rowOf(3, { scheduledMs: at + 2000, outcome: 'fail', failure, metrics: {} }),
    ]),
    { ingestedMs: NOW },
  );
  const text = { region: 'eu-west', target: 'origin' };
  await store.insertRows('incidents', [
    { ...{ id: 'i1', status: 'open', scope: 'region:eu-west', started_at: at, detected_at: at, version: 1 } },
  ]);
  await store.insertRows('changes', [{ at, kind: 'deploy', name: 'web', action: 'told', detail: '{}' }]);
  await store.insertRows('agents', [
    { id: 'eu-west-1', region: 'eu-west', first_seen_at: at, last_seen_at: at, version: 1 },
  ]);
  await store.insertRows('calibration_windows', [
    { ...text, window_start: at - 60_000, window_end: at, error_ms: 12, browser_ms: 200 },
  ]);
}
