import { describe, expect, it } from 'vitest';
import { replaySince, sinceMs } from '../../../cli/support/replay-since.ts';
import { replayedJson } from '../../../cli/support/replayed-json.ts';
import { Detector } from '../../../collector/detect/detector.ts';
import { type Incident, scopeText } from '../../../collector/detect/incident.ts';
import { replay } from '../../../collector/detect/replay.ts';
import { syntheticFleet } from '../../../collector/detect/synthetic.ts';
import { scaleOf } from '../../../probes/metrics.ts';
import { probeOf } from '../../../probes/registry.ts';

const FAULT = { kind: 'latency', value: 400, atMs: 45_000, lengthMs: 45_000, region: 'eu-west' } as const;
const fleet = syntheticFleet({ seed: 9, lengthMs: 150_000, faults: [FAULT] });

const COLUMNS =
  'collector block agent boot seq region probe type target country city isp asn provider network pop scheduled_ms seen_ms outcome layer blame code disturbed metric value'.split(
    ' ',
  );

/** A collector that answers the questions of a replay out of a list, page by page as the store would. */
function collector(probes: readonly unknown[] = []) {
  const questions: string[] = [];
  const rows = fleet.observations.map((run, seq) => {
    const names = Object.keys(run.metrics);
    const { blame = 'unknown', code = '', layer = '' } = run.failure ?? {};
    const values = names.map((name) => Math.round((run.metrics[name] as number) * scaleOf(name)));
    return [
      ...[
        'c',
        '1',
        run.agent,
        `boot of "${run.agent}'s" \\`,
        String(seq),
        run.region,
        run.probe,
        run.type,
        run.target,
      ],
      ...['', '', 'isp', 64500, '', '', ''],
      ...[
        String(run.scheduledMs),
        String(run.seenMs),
        run.outcome,
        layer,
        blame,
        code,
        Number(run.disturbed),
      ],
      ...[names, values.map(String)],
    ];
  });
  const at = (name: string) => COLUMNS.indexOf(name);
  const post = async <T>(_: string, body: unknown): Promise<T> => {
    const { limit, sql } = body as { sql: string; limit: number };
    questions.push(sql);
    if (sql.includes('latency_1h')) {
      const columns = ['probe', 'target', 'region', 'at_s', 'runs', 'bad'].map((name) => ({ name }));
      const before = Math.floor(fleet.startMs / 1000) - 60;
      return { columns, rows: [['edge', 'clip', 'eu-west', [before], ['1000'], ['500']]] } as T;
    }
    const [from, until] = [...sql.matchAll(/toInt64\((\d+)\)/g)].map(([, ms]) => Number(ms)) as [
      number,
      number,
    ];
    const after = /\(seen_ms, agent, boot, seq\) > \((\d+), '.*', '.*', (\d+)\)/.exec(sql);
    const found = rows.filter((row) => {
      const seenMs = Number(row[at('seen_ms')]);
      return seenMs >= from && seenMs < until && (!after || Number(row[at('seq')]) > Number(after[2]));
    });
    return { columns: COLUMNS.map((name) => ({ name })), rows: found.slice(0, limit) } as T;
  };
  const get = async <T>(): Promise<T> => ({ data: probes, pagination: { limit: 1000, next: null } }) as T;
  return { client: { get, post }, questions };
}

describe('a replay of what is in the store', () => {
  it('finds what the detector finds live, whatever pages it is read in', async () => {
    const { client, questions } = collector();
    const { incidents, notes } = await replaySince(client, fleet.startMs, fleet.endMs + 60_000);
    const live = new Detector({ judged: (type) => probeOf(type)?.judged });
    const told = new Map<string, Incident>();
    for (const { incident } of replay(live, fleet.observations, { untilMs: fleet.endMs }))
      told.set(incident.id, incident);
    expect(incidents.map(({ id }) => id)).toEqual([...told.keys()]);
    expect(incidents.map(({ scope }) => scopeText(scope))).toEqual(['region:eu-west']);
    expect(questions.length).toBeLessThan(5);
    expect(notes[0]).toBe(`${fleet.observations.length} runs`);
  });

  it('knows what is promised, and what of it was lost before', async () => {
    const { probe = '', target = '' } = fleet.observations[0] ?? {};
    expect([probe, target]).toEqual(['edge', 'clip']);
    const slo = { objective: '99.9%', window: '30d' };
    const { client, questions } = collector([
      { name: probe, targets: [target], slo },
      { name: 'x', targets: [] },
    ]);
    const { incidents } = await replaySince(client, fleet.startMs, fleet.endMs + 60_000);
    expect(questions[0]).toContain("('edge', 'clip')");
    const budget = incidents.find(({ metric }) => metric === 'error_budget');
    expect(budget?.evidence.budgets?.[0]).toMatchObject({ probe, target, failures: 500 });
  });

  it('reads nothing where there is nothing, in ever larger stretches', async () => {
    const { client, questions } = collector();
    const { incidents } = await replaySince(client, fleet.startMs - 7 * 86_400_000, fleet.startMs);
    expect(incidents).toEqual([]);
    expect(questions.length).toBeLessThan(20);
  });

  it('begins a duration before now, or at a time', () => {
    expect(sinceMs('7d', 1e12)).toBe(1e12 - 7 * 86_400_000);
    expect(sinceMs('2026-01-31T00:00:00Z', 1e12)).toBe(Date.UTC(2026, 0, 31));
    expect(() => sinceMs('a while', 1e12)).toThrowError('--since a while is neither a duration nor a time');
  });
});

describe('an incident of a replay, for programs', () => {
  it('has the labels of its scope, its times and its direction by name', async () => {
    const { client } = collector();
    const { incidents } = await replaySince(client, fleet.startMs, fleet.endMs + 60_000);
    const json = replayedJson(incidents[0] as Incident);
    expect(json).toMatchObject({
      scope: 'region:eu-west',
      scope_kind: 'region',
      scope_values: { region: 'eu-west' },
      direction: 'up',
      onset_at: json.started_at,
      ended_at: json.resolved_at,
    });
    const silent = { ...(incidents[0] as Incident), metric: 'silence' };
    expect(replayedJson(silent).direction).toBe('down');
    const slower = {
      ...silent,
      metric: 'upload_goodput_bps',
      size: { before: null, after: null, unit: 'bps', ratio: null },
    };
    expect(replayedJson(slower).direction).toBe('down');
    expect(replayedJson({ ...slower, metric: 'failure_ratio' }).direction).toBe('up');
  });
});
