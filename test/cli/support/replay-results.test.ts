import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliError } from '../../../cli/support/cli-error.ts';
import { replayResults } from '../../../cli/support/replay-results.ts';
import { replayedJson } from '../../../cli/support/replayed-json.ts';
import { type Incident, scopeText } from '../../../collector/detect/incident.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';

const HEADER = 'ts,probe,target,agent,region,isp,city,metric,value,outcome';
const START_S = 1_800_000_000;
const EVERY_S = 60;
const REGIONS = ['eu-west', 'us-east', 'ap-south'];

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'outrider-replay-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let files = 0;
function file(content: string | Buffer): string {
  files += 1;
  const path = join(dir, `${files}.csv`);
  writeFileSync(path, content);
  return path;
}

interface FleetCsv {
  readonly rounds: number;
  /** The value of a run, in milliseconds; a word for one that has none. */
  readonly value: (
    usual: number,
    agent: string,
    region: string,
    round: number,
  ) => number | 'fail' | 'missed' | 'lost';
  readonly ts?: (s: number) => string;
}

/** Lines of a fleet of three regions of four agents, two metrics a run, out of order within three seconds. */
function fleetCsv({ rounds, value, ts = String }: FleetCsv): string[] {
  const random = new Random(7);
  const lines: { at: number; line: string }[] = [];
  for (let round = 0; round < rounds; round += 1)
    for (const [r, region] of REGIONS.entries())
      for (let i = 1; i <= 4; i += 1) {
        const agent = `${region}-${i}`;
        const s = START_S + round * EVERY_S + r * 15 + i * 3;
        const usual = 100 * random.lognormal(1, 0.04);
        const is = value(usual, agent, region, round);
        if (is === 'lost') continue;
        const row = (metric: string, n: number | string, outcome: string) => ({
          at: s + random.uniform(0, 3),
          line: `${ts(s)},edge,clip,${agent},${region},isp-${i % 2},city-${r},${metric},${n},${outcome}`,
        });
        if (typeof is === 'string') lines.push(row('ttfb_ms', '', is));
        else lines.push(row('ttfb_ms', is.toFixed(2), 'ok'), row('total_ms', (is * 1.4).toFixed(2), 'ok'));
      }
  return lines.sort((a, b) => a.at - b.at).map(({ line }) => line);
}

const csv = (lines: readonly string[]): string => `${[HEADER, ...lines].join('\n')}\n`;

async function found(content: string | Buffer) {
  const { incidents, notes } = await replayResults(file(content));
  return { incidents, notes, scopes: incidents.map(({ scope }) => scopeText(scope)) };
}

const SLOW: FleetCsv['value'] = (usual, _, region, round) =>
  region === 'eu-west' && round >= 150 && round < 190 ? usual * 1.4 : usual;

describe('a file of results', () => {
  it('gives the one incident that is in it: where, since when, how much, until when', async () => {
    const { incidents, scopes } = await found(csv(fleetCsv({ rounds: 240, value: SLOW })));
    expect(scopes).toEqual(['region:eu-west']);
    const [incident] = incidents;
    const minute = (ms: number | null | undefined) => ((ms ?? 0) / 1000 - START_S) / EVERY_S;
    expect(minute(incident?.startedMs)).toBeGreaterThanOrEqual(149);
    expect(minute(incident?.startedMs)).toBeLessThanOrEqual(152);
    expect(minute(incident?.detectedMs)).toBeLessThanOrEqual(157);
    expect(minute(incident?.resolvedMs)).toBeGreaterThan(189);
    expect(minute(incident?.resolvedMs)).toBeLessThan(215);
    expect(incident).toMatchObject({ probe: 'edge', target: 'clip', status: 'resolved' });
    expect(incident?.size.ratio).toBeGreaterThan(1.3);
    expect(incident?.size.ratio).toBeLessThan(1.5);
  });

  it('gives the same gzipped, and with times in milliseconds or as text', async () => {
    const of = { rounds: 240, value: SLOW };
    const plain = (await found(csv(fleetCsv(of)))).incidents;
    const iso = (s: number) => new Date(s * 1000).toISOString();
    const forms = [
      gzipSync(csv(fleetCsv(of))),
      csv(fleetCsv({ ...of, ts: (s) => String(s * 1000) })),
      csv(fleetCsv({ ...of, ts: iso })),
      csv(fleetCsv({ ...of, ts: (s) => iso(s).slice(0, 19).replace('T', ' ') })),
    ];
    for (const form of forms) expect((await found(form)).incidents).toEqual(plain);
  });

  it('gives one incident for what goes on and off', async () => {
    const value: FleetCsv['value'] = (usual, _, region, round) =>
      region === 'eu-west' && round >= 150 && round < 200 && (round - 150) % 20 < 10 ? usual * 2 : usual;
    const { incidents, scopes } = await found(csv(fleetCsv({ rounds: 300, value })));
    expect(scopes).toEqual(['region:eu-west']);
    const minute = (ms: number | null | undefined) => ((ms ?? 0) / 1000 - START_S) / EVERY_S;
    expect(minute(incidents[0]?.detectedMs)).toBeLessThan(160);
    expect(minute(incidents[0]?.resolvedMs)).toBeGreaterThan(199);
  });

  it('is about all that was bad, also where a part goes on for longer', async () => {
    const value: FleetCsv['value'] = (usual, agent, region, round) =>
      region === 'eu-west' && round >= 150 && round < (agent === 'eu-west-2' ? 300 : 190)
        ? usual * 1.4
        : usual;
    const { incidents, scopes } = await found(csv(fleetCsv({ rounds: 300, value })));
    expect(scopes).toEqual(['region:eu-west']);
    expect(incidents[0]?.status).toBe('open');
    expect(incidents[0]?.evidence.timeline?.map(({ what }) => what)).toContain('shrank');
  });

  it('says when on the clock of the file, and where by one label each', async () => {
    const of = { rounds: 240, value: SLOW };
    const at = async (ts: (s: number) => string) => {
      const { incidents, tsOf } = await replayResults(file(csv(fleetCsv({ ...of, ts }))));
      return replayedJson(incidents[0] as Incident, tsOf);
    };
    const seconds = await at(String);
    expect(seconds).toMatchObject({ scope_kind: 'region', region: 'eu-west', agent: null, isp: null });
    expect(seconds.detected_ts).toBe(Date.parse(seconds.detected_at) / 1000);
    expect((await at((s) => String(s * 1000))).ended_ts).toBe(1000 * Number(seconds.ended_ts));
    const text = await at((s) => new Date(s * 1000).toISOString());
    expect([text.started_ts, text.ended_ts]).toEqual([text.started_at, text.ended_at]);
  });

  it('counts what stands twice once, and says so', async () => {
    const lines = fleetCsv({ rounds: 240, value: SLOW });
    const plain = await found(csv(lines));
    const twice = await found(csv(lines.flatMap((line, i) => (i % 10 === 0 ? [line, line] : [line]))));
    expect(twice.incidents).toEqual(plain.incidents);
    const again = await found(
      csv([...lines.slice(0, 2000), ...lines.slice(1500, 2000), ...lines.slice(2000)]),
    );
    expect(again.notes.join()).toContain('runs stand twice');
    expect(again.scopes).toEqual(['region:eu-west']);
  });

  it('finds failures, which have no value', async () => {
    const { incidents, scopes } = await found(
      csv(
        fleetCsv({
          rounds: 240,
          value: (usual, agent, region, round) =>
            region === 'us-east' && round >= 150 && round < 190 && (round + agent.length) % 2 === 0
              ? 'fail'
              : usual,
        }),
      ),
    );
    expect(scopes).toEqual(['region:us-east']);
    expect(incidents[0]?.metric).toBe('failure_ratio');
  });

  it('finds agents that fall silent together, by missing rows as by rows that say so', async () => {
    for (const word of ['lost', 'missed'] as const) {
      const { incidents, scopes } = await found(
        csv(
          fleetCsv({
            rounds: 240,
            value: (usual, agent, _, round) =>
              agent.startsWith('ap-south') && agent !== 'ap-south-4' && round >= 150 && round < 170
                ? word
                : usual,
          }),
        ),
      );
      expect(scopes).toEqual(['region:ap-south']);
      expect(incidents[0]?.metric).toBe('silence');
      expect(incidents[0]?.evidence.silentAgents).toEqual(['ap-south-1', 'ap-south-2', 'ap-south-3']);
    }
  });

  it('without a fault gives no incident, nor does its end', async () => {
    expect((await found(csv(fleetCsv({ rounds: 400, value: (usual) => usual })))).scopes).toEqual([]);
    expect((await found(`${HEADER}\n`)).scopes).toEqual([]);
  });
});

describe('a mistake in a file of results', () => {
  const good = `${START_S},edge,clip,a,eu,isp,city,ttfb_ms,12.5,ok`;
  const failing = (content: string): Promise<CliError> =>
    replayResults(file(content)).then(
      () => expect.fail('it was read'),
      (error) => error as CliError,
    );

  it.each(['ts', 'probe', 'target', 'agent', 'region', 'isp', 'metric', 'value', 'outcome'])(
    'names the column %s where it is missing',
    async (column) => {
      const place = HEADER.split(',').indexOf(column);
      const without = (line: string) => line.split(',').toSpliced(place, 1).join();
      const error = await failing(`${without(HEADER)}\n${without(good)}\n`);
      expect(error.message).toContain(`:1: column ${column} is missing`);
      expect(error.exit).toBe(65);
    },
  );

  it.each([
    [good.replace('12.5', 'fast'), 'column value: "fast"'],
    [good.replace(',ok', ',fine'), 'column outcome: "fine"'],
    [good.replace(String(START_S), 'yesterday'), 'column ts: "yesterday"'],
    [good.replace(String(START_S), ''), 'column ts: ""'],
    [good.replace('ttfb_ms', ''), 'column metric: ""'],
    [good.replace(',a,', ',,'), 'column agent: ""'],
    [`${good},more`, '11 cells where the header has 10 columns'],
  ])('names the line and the column (%#)', async (line, message) => {
    const error = await failing(`${HEADER}\n${line}\n${line}\n`);
    expect(error.message).toContain(`:2: ${message}`);
    expect(error.exit).toBe(65);
  });

  it('that is in a few rows leaves them out, counts them and names the first', async () => {
    const lines = fleetCsv({ rounds: 240, value: SLOW });
    const broken = ['yesterday', good.replace('12.5', 'fast'), `${good},more`];
    const { notes, scopes } = await found(csv([...lines.slice(0, 100), ...broken, ...lines.slice(100)]));
    expect(scopes).toEqual(['region:eu-west']);
    expect(notes.join()).toContain('3 broken rows left out, the first one: ');
    expect(notes.join()).toContain(':102: 1 cells where the header has 10 columns');
  });

  it('is an order that is not that of time', async () => {
    const lines = fleetCsv({ rounds: 200, value: (usual) => usual });
    const byAgent = lines.toSorted((a, b) =>
      (a.split(',')[3] as string) < (b.split(',')[3] as string) ? -1 : 1,
    );
    const error = await failing(csv(byAgent));
    expect(error.message).toContain('rows are not in the order of ts');
    expect(error.exit).toBe(65);
  });
});
