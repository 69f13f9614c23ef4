import { describe, expect, it } from 'vitest';
import { BudgetIncidents } from '../../../collector/detect/budget-incidents.ts';
import { Budgets, type CheckSlo } from '../../../collector/detect/budgets.ts';
import { Detector } from '../../../collector/detect/detector.ts';
import { type Incident, type IncidentEvent, scopeText } from '../../../collector/detect/incident.ts';
import { IncidentCase } from '../../../collector/detect/incident-case.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import { DETECT_LIMITS } from '../../../collector/detect/settings.ts';
import { runOf, TIMEOUT } from './observations.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_800_000_000_000;
const REGIONS = ['eu-west', 'us-east', 'ap-southeast'];
const EVERY_MS = 20_000;
const SLO = { successRatio: 0.999, periodMs: 30 * 86_400_000 };
const PROMISE: CheckSlo = { probe: 'edge', target: 'clip', slo: SLO };

interface Slot {
  readonly region: string;
  readonly minute: number;
  /** Of the run among all of its region. */
  readonly n: number;
  readonly probe: string;
}

/** Four agents in each region, a run each every 20 s. */
function* runsOf(
  untilMinute: number,
  isBad: (slot: Slot) => boolean,
  {
    probes = ['edge'],
    isSilent = () => false,
  }: { probes?: string[]; isSilent?: (slot: Slot) => boolean } = {},
): Generator<Observation> {
  for (let i = 0; i < (untilMinute * MINUTE_MS) / EVERY_MS; i += 1) {
    for (const probe of probes) {
      for (const region of REGIONS) {
        for (let agent = 0; agent < 4; agent += 1) {
          const scheduledMs = START_MS + i * EVERY_MS;
          const slot = { region, probe, minute: (i * EVERY_MS) / MINUTE_MS, n: i * 4 + agent };
          if (isSilent(slot)) continue;
          const bad = isBad(slot) ? TIMEOUT : {};
          yield runOf(0, { agent: `${region}-${agent}`, region, probe, scheduledMs, ...bad });
        }
      }
    }
  }
}

function play(
  detector: Detector,
  runs: Iterable<Observation>,
  untilMinute: number,
): { events: IncidentEvent[]; opened: Incident[] } {
  const playback = new Playback(detector);
  for (const run of runs) playback.take(run);
  const events = playback.until(START_MS + untilMinute * MINUTE_MS);
  return { events, opened: events.filter(({ kind }) => kind === 'opened').map(({ incident }) => incident) };
}

function promising(slos: readonly CheckSlo[] = [PROMISE]): Detector {
  const detector = new Detector();
  detector.promise(slos);
  return detector;
}

const named = ({ metric, scope }: Incident) => [metric, scopeText(scope)];
/** Three runs in a hundred, here and there: nobody’s fault that one could place. */
const seldom =
  (from: number, until: number, only?: string) =>
  ({ region, minute, n }: Slot): boolean =>
    minute >= from &&
    minute < until &&
    (only === undefined || region === only) &&
    (n * 7 + region.length) % 33 === 0;

describe('an error budget that goes too fast', () => {
  it('is one incident of its target, by the window that burns the fastest, until it is calm', () => {
    const { events, opened } = play(promising(), runsOf(520, seldom(60, 100)), 520);
    expect(opened.map(named)).toEqual([['error_budget', 'target:clip']]);
    const [incident] = opened;
    expect(incident).toMatchObject({ probe: 'edge', target: 'clip', status: 'open', blame: 'target' });
    expect(incident?.size).toMatchObject({ unit: 'ratio' });
    expect(incident?.size.before).toBeCloseTo(0.001);
    expect(events.at(-1)?.incident.summary).toMatch(
      /^target clip, in every region: edge on clip uses up its error budget \d+ times too fast since .*; \d+ of \d+ runs in 1h were bad/,
    );
    const last = events.at(-1);
    expect(last?.incident.severity).toBe('critical');
    expect(last?.incident.evidence.timeline?.map(({ what }) => what)).toContain('severity');
    expect(last?.kind).toBe('resolved');
    expect(last?.incident.id).toBe(incident?.id);
    const resolvedMinute = ((last?.incident.resolvedMs ?? 0) - START_MS) / MINUTE_MS;
    expect(resolvedMinute).toBeGreaterThan(100);
    expect(last?.incident.evidence.budgets?.every(({ endedMs }) => endedMs !== null)).toBe(true);
  });

  it('is an incident of the region that burns it alone, and says who keeps the promise', () => {
    const { opened } = play(promising(), runsOf(120, seldom(60, 120, 'us-east')), 120);
    expect(opened.map(named)).toEqual([['error_budget', 'region:us-east']]);
    expect(opened[0]?.blame).toBe('network');
    expect(opened[0]?.evidence.place).toEqual({ verdict: 'REGION', share: 1, alternatives: [] });
    expect(opened[0]?.evidence.unaffected.map(({ name }) => name).sort()).toEqual([
      'ap-southeast',
      'eu-west',
    ]);
    expect(opened[0]?.evidence.cells.map(({ region }) => region)).toEqual(['us-east']);
  });

  it('is told in the incident that explains it, which pages for it, and in no second one', () => {
    const outage = ({ region, minute }: Slot) => region === 'eu-west' && minute >= 60 && minute < 70;
    const { events, opened } = play(promising(), runsOf(120, outage), 120);
    const own = opened.filter(({ metric }) => metric === 'error_budget');
    expect(own).toEqual([]);
    expect(opened.map(named)).toEqual([['failure_ratio', 'region:eu-west']]);
    const told = events.filter(({ incident }) => incident.evidence.budgets);
    expect(told.length).toBeGreaterThan(0);
    expect(told.at(-1)?.incident.severity).toBe('critical');
    expect(told.at(-1)?.incident.evidence.timeline?.map(({ what }) => what)).toContain('budget');
    expect(events.at(-1)?.kind).toBe('resolved');
  });

  it('of a promise of latency is told in the incident of what became slow', () => {
    const slo = { ...SLO, latency: { metric: 'ttfb_ms', underMs: 800 } };
    const detector = promising([{ ...PROMISE, slo }]);
    const slow = [...runsOf(110, () => false)].map((run, i) => {
      const minute = (run.scheduledMs - START_MS) / MINUTE_MS;
      const isSlow = run.region === 'eu-west' && minute >= 60 && minute < 80;
      return { ...run, metrics: { ttfb_ms: isSlow ? 2000 : 20 + (i % 7) } };
    });
    const { events, opened } = play(detector, slow, 110);
    expect(opened.map(named)).toEqual([['ttfb_ms', 'region:eu-west']]);
    const [burn] = events.flatMap(({ incident }) => incident.evidence.budgets ?? []);
    expect(burn).toMatchObject({ probe: 'edge', target: 'clip', objective: 0.999 });
  });

  it('becomes part of an incident that is found later and explains it', () => {
    const outage = ({ minute }: Slot) => minute >= 60 && minute < 75;
    const { opened } = play(promising(), runsOf(70, outage), 70);
    const found = opened.find(({ metric }) => metric === 'failure_ratio') as Incident;
    const budgets = new Budgets();
    budgets.promise([PROMISE]);
    const atMs = START_MS + 61 * MINUTE_MS;
    const counted = REGIONS.map((region) => ({ ...PROMISE, region, atMs, runs: 200, failures: 200 }));
    budgets.recall([PROMISE], { beforeMs: atMs, seenMs: atMs, counted });
    const incidents = new BudgetIncidents(budgets, { series: [], weights: {} });
    const look = (minute: number, cases: readonly IncidentCase[]) => {
      incidents.consider(cases, START_MS + minute * MINUTE_MS);
      return incidents.takeEvents();
    };
    expect(look(62, [])).toEqual([]);
    const [own] = look(63, []);
    expect(own).toMatchObject({ kind: 'opened', incident: { metric: 'error_budget' } });
    const host = IncidentCase.restore(found);
    expect(look(64, [host])).toMatchObject([
      { kind: 'resolved', incident: { id: own?.incident.id, mergedInto: found.id } },
    ]);
    expect(host.dirty).toBe(true);
    expect(incidents.open()).toEqual([]);
    expect(look(65, [host])).toEqual([]);
  });

  it('of two checks of one target is one incident, and says of what', () => {
    const detector = promising([PROMISE, { ...PROMISE, probe: 'upload' }]);
    const { events, opened } = play(
      detector,
      runsOf(120, seldom(60, 120), { probes: ['edge', 'upload'] }),
      120,
    );
    expect(opened.map(named)).toEqual([['error_budget', 'target:clip']]);
    const last = events.at(-1)?.incident;
    expect(new Set(last?.evidence.budgets?.map(({ probe }) => probe))).toEqual(new Set(['edge', 'upload']));
    expect(last?.probe).toBeNull();
  });

  it('is not over while nothing is measured', () => {
    const detector = promising();
    const { events } = play(detector, runsOf(100, seldom(60, 100)), 600);
    expect(events.filter(({ kind }) => kind === 'resolved')).toEqual([]);
    expect(detector.open().map(({ metric }) => metric)).toEqual(['error_budget']);
  });

  it('is over when nothing is promised any more', () => {
    const detector = promising();
    play(detector, runsOf(100, seldom(60, 100)), 100);
    detector.promise([]);
    const events = detector.advance(START_MS + 102 * MINUTE_MS);
    expect(events.map(({ kind, incident }) => [kind, incident.metric])).toEqual([
      ['resolved', 'error_budget'],
    ]);
  });

  it('is not told twice after a restart, in which it is found again or, with a short history, is known', () => {
    const before = promising();
    const { opened } = play(before, runsOf(100, seldom(60, 120)), 100);
    const known = before.open();
    expect(known.map(({ id }) => id)).toEqual(opened.map(({ id }) => id));
    for (const from of [0, 80, 99]) {
      const after = new Detector();
      after.know(known);
      const beforeMs = START_MS + from * MINUTE_MS;
      const counts = new Map<string, { atMs: number; region: string; runs: number; failures: number }>();
      for (const run of runsOf(from, seldom(60, 120))) {
        const atMs = Math.floor(run.scheduledMs / MINUTE_MS) * MINUTE_MS;
        const key = `${atMs} ${run.region}`;
        const one = counts.get(key) ?? { atMs, region: run.region, runs: 0, failures: 0 };
        one.runs += 1;
        if (run.outcome === 'fail') one.failures += 1;
        counts.set(key, one);
      }
      const counted = [...counts.values()].map((one) => ({ probe: 'edge', target: 'clip', ...one }));
      after.promise([PROMISE], { beforeMs, seenMs: START_MS + 100 * MINUTE_MS, counted });
      const rest = [...runsOf(100, seldom(60, 120))].filter(({ scheduledMs }) => scheduledMs >= beforeMs);
      const again = play(after, rest, 100);
      expect(again.opened, `from ${from}`).toEqual([]);
      expect(after.open().map(({ id }) => id)).toEqual(known.map(({ id }) => id));
    }
  });

  it('is not of what incidents of the past explain, of which no more than pastIncidents are known', () => {
    const { value } = DETECT_LIMITS.pastIncidents;
    const outage = ({ minute }: Slot) => minute >= 60 && minute < 70;
    const { events } = play(promising(), runsOf(90, outage), 90);
    const over = events.find(
      ({ kind, incident }) => kind === 'resolved' && incident.metric === 'failure_ratio',
    );
    const explained = over?.incident as Incident;
    const others = Array.from({ length: value }, (_, i) => ({
      ...explained,
      id: `other-${i}`,
      evidence: { ...explained.evidence, cells: [] },
    }));
    const openedWith = (known: readonly Incident[]) => {
      const budgets = new Budgets();
      budgets.promise([PROMISE]);
      const atMs = START_MS + 60 * MINUTE_MS;
      const counted = REGIONS.map((region) => ({ ...PROMISE, region, atMs, runs: 200, failures: 200 }));
      budgets.recall([PROMISE], { beforeMs: atMs, seenMs: atMs, counted });
      const incidents = new BudgetIncidents(budgets, { series: [], weights: {} });
      incidents.know(known);
      for (const minute of [72, 73, 74]) incidents.consider([], START_MS + minute * MINUTE_MS);
      return incidents.counters.opened;
    };
    expect(openedWith([])).toBe(1);
    expect(openedWith([explained])).toBe(0);
    expect(openedWith([explained, ...others.slice(1)])).toBe(0);
    expect(openedWith([explained, ...others])).toBe(1);
  });

  it('ends when somebody says so, and is another one where it goes on', () => {
    const detector = promising();
    const { opened } = play(detector, runsOf(90, seldom(60, 200)), 90);
    const [{ id }] = opened as [Incident];
    const playback = new Playback(detector);
    detector.resolve(id, 'by anna: a test', START_MS + 90 * MINUTE_MS);
    for (const run of runsOf(140, seldom(60, 200)))
      if (run.scheduledMs >= START_MS + 90 * MINUTE_MS) playback.take(run);
    const events = playback.until(START_MS + 140 * MINUTE_MS);
    expect(events[0]).toMatchObject({ kind: 'resolved', incident: { id, mergedInto: null } });
    expect(events[0]?.incident.evidence.timeline?.at(-1)?.text).toBe('by anna: a test');
    const again = events.filter(({ kind }) => kind === 'opened');
    expect(again.map(({ incident }) => named(incident))).toEqual([['error_budget', 'target:clip']]);
    expect(again[0]?.incident.startedMs).toBeGreaterThan(START_MS + 89 * MINUTE_MS);
  });
});
