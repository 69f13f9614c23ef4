import { describe, expect, it } from 'vitest';
import { Detector } from '../../../collector/detect/detector.ts';
import type { IncidentEvent } from '../../../collector/detect/incident.ts';
import type { FleetAgent, Observation } from '../../../collector/detect/observation.ts';
import { replay } from '../../../collector/detect/replay.ts';
import { DETECT_LIMITS } from '../../../collector/detect/settings.ts';
import { EVERY_MS, runOf, TIMEOUT } from './observations.ts';

/** Runs of one check at every agent of two regions, rounds `from` to `until`; `change` has the last word on each. */
function runs(
  from: number,
  until: number,
  change: (run: Observation, i: number) => Partial<Observation> = () => ({}),
  regions: readonly string[] = ['eu-west', 'us-east'],
): Observation[] {
  const all: Observation[] = [];
  for (let i = from; i < until; i += 1) {
    for (const region of regions) {
      for (let k = 1; k <= 3; k += 1) {
        const run = runOf(i, { region, agent: `${region}-${k}` });
        // Latency that is not constant, without being random.
        const metrics = { ttfb_ms: 20 + ((i * 7 + k * 3) % 11), connect_ms: 2 };
        const base = { ...run, metrics, seenMs: run.seenMs + k * 100 };
        all.push({ ...base, ...change(base, i) });
      }
    }
  }
  return all;
}

const slow = (run: Observation): Partial<Observation> =>
  run.region === 'eu-west' ? { metrics: { ttfb_ms: 500, connect_ms: 2 } } : {};

const play = (detector: Detector, observations: readonly Observation[]): IncidentEvent[] =>
  replay(detector, observations, { untilMs: (observations.at(-1)?.seenMs ?? 0) + 8000 });

const opened = (events: readonly IncidentEvent[]) => events.filter(({ kind }) => kind === 'opened');

describe('the detector', () => {
  it('opens one incident for a region that became slow, with evidence and counter-examples', () => {
    const detector = new Detector();
    const events = play(detector, [...runs(0, 40), ...runs(40, 55, slow)]);
    expect(events).toHaveLength(1);
    const [event] = events as [IncidentEvent];
    expect(event.kind).toBe('opened');
    expect(event.incident).toMatchObject({
      status: 'open',
      scope: { kind: 'region', region: 'eu-west' },
      metric: 'ttfb_ms',
      probe: 'edge',
      target: 'clip',
      severity: 'critical',
      blame: 'target',
      startedMs: runOf(40).scheduledMs,
      resolvedMs: null,
      mergedInto: null,
      size: { after: 500, unit: 'ms' },
    });
    const { evidence } = event.incident;
    expect(evidence.confirmed).toBe(true);
    expect(evidence.evidence).toBeGreaterThan(evidence.threshold);
    expect(evidence.agents).toEqual(['eu-west-1', 'eu-west-2', 'eu-west-3']);
    expect(evidence.unaffected).toEqual([{ kind: 'region', name: 'us-east', share: 0 }]);
    expect(evidence.series).toHaveLength(3);
    for (const one of evidence.series) {
      expect(one.before).toBeGreaterThan(19);
      expect(one.before).toBeLessThan(32);
      expect(one.after).toBe(500);
      expect(one.exceeded).toBe(one.samples);
    }
    expect(detector.open()).toEqual([event.incident]);
  });

  it('resolves it after eight rounds of which at most a few exceed, and keeps what was seen', () => {
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 60, slow), ...runs(60, 80)]);
    expect(events.map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
    const last = (events[1] as IncidentEvent).incident;
    expect(last.status).toBe('resolved');
    const afterMs = (last.resolvedMs ?? 0) - runOf(60).scheduledMs;
    expect(afterMs).toBeGreaterThan(5 * EVERY_MS);
    expect(afterMs).toBeLessThan(12 * EVERY_MS);
    expect(last.size.after).toBe(500);
    expect(last.metric).toBe('ttfb_ms');
  });

  it('never gives the all-clear without data', () => {
    const other = runs(60, 200).filter((run) => run.region === 'us-east');
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 60, slow), ...other]);
    expect(events.map(({ kind }) => kind)).toEqual(['opened']);
  });

  it('nor with data of one agent only', () => {
    const lone = runs(60, 120).filter((run) => run.region === 'us-east' || run.agent === 'eu-west-1');
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 60, slow), ...lone]);
    expect(events.map(({ kind }) => kind)).toEqual(['opened']);
  });

  it('nor by missed slots, which are not health', () => {
    const missed = (run: Observation): Partial<Observation> =>
      run.region === 'eu-west' ? { outcome: 'missed', metrics: {} } : {};
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 60, slow), ...runs(60, 120, missed)]);
    expect(events.map(({ kind }) => kind)).toEqual(['opened']);
  });

  it('stays open while a slow region lasts, without learning that slow is normal', () => {
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 600, slow)]);
    expect(events.map(({ kind }) => kind)).toEqual(['opened']);
  });

  it('takes no vote from runs that agents disturbed or failed themselves', () => {
    const disturbed = (run: Observation): Partial<Observation> => ({
      ...slow(run),
      disturbed: run.region === 'eu-west',
    });
    const own = (run: Observation): Partial<Observation> =>
      run.region === 'eu-west'
        ? { outcome: 'fail', metrics: {}, failure: { layer: 'agent', blame: 'agent', code: 'overloaded' } }
        : {};
    expect(play(new Detector(), [...runs(0, 40), ...runs(40, 100, disturbed)])).toEqual([]);
    expect(play(new Detector(), [...runs(0, 40), ...runs(40, 100, own)])).toEqual([]);
  });

  it('names failures when a region stops answering, and blames the network when other regions are answered', () => {
    const silent = (run: Observation): Partial<Observation> =>
      run.region === 'eu-west' ? { ...TIMEOUT, seenMs: run.scheduledMs + 5000 } : {};
    const all = [...runs(0, 40), ...runs(40, 60, silent)].sort((a, b) => a.seenMs - b.seenMs);
    const [event, ...more] = play(new Detector(), all);
    expect(more).toEqual([]);
    expect(event?.incident).toMatchObject({
      metric: 'failure_ratio',
      blame: 'network',
      size: { before: 0, after: 1, unit: 'ratio' },
    });
    expect(event?.incident.evidence.failures).toMatchObject([
      { layer: 'http', blame: 'unknown', code: 'timeout' },
    ]);
  });

  it('does not call it regional when every region is slow', () => {
    const everywhere = (): Partial<Observation> => ({ metrics: { ttfb_ms: 500, connect_ms: 2 } });
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 70, everywhere)]);
    expect(opened(events).map(({ incident }) => incident.scope.kind)).toEqual(['global']);
  });

  it('says nothing of what hits all regions for a few rounds', () => {
    const everywhere = (): Partial<Observation> => ({ metrics: { ttfb_ms: 500, connect_ms: 2 } });
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 48, everywhere), ...runs(48, 80)]);
    expect(events).toEqual([]);
  });

  it('widens an incident in place when the same fault spreads to all regions', () => {
    const everywhere = (): Partial<Observation> => ({ metrics: { ttfb_ms: 500, connect_ms: 2 } });
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 55, slow), ...runs(55, 90, everywhere)]);
    expect(new Set(events.map(({ incident }) => incident.id)).size).toBe(1);
    expect(events[0]?.incident.scope.kind).toBe('region');
    expect(events.at(-1)?.incident.scope.kind).toBe('global');
  });

  it('keeps one agent for itself: a verdict on the agent, none on its region', () => {
    const lone = (run: Observation): Partial<Observation> => (run.agent === 'eu-west-2' ? slow(run) : {});
    const events = play(new Detector(), [...runs(0, 40), ...runs(40, 70, lone)]);
    expect(opened(events).map(({ incident }) => incident.scope)).toEqual([
      { kind: 'agent', region: 'eu-west', agent: 'eu-west-2' },
    ]);
    expect(events[0]?.incident).toMatchObject({ severity: 'warning', blame: 'agent' });
  });

  it('takes rows that come twice once', () => {
    const all = [...runs(0, 40), ...runs(40, 60, slow), ...runs(60, 80)];
    const twice = all
      .flatMap((run) => [run, { ...run, seenMs: run.seenMs + 900 }])
      .sort((a, b) => a.seenMs - b.seenMs);
    const detector = new Detector();
    const events = play(detector, twice);
    expect(detector.counters.duplicates).toBe(all.length);
    expect(events.map(({ kind, incident }) => [kind, incident.startedMs])).toEqual(
      play(new Detector(), all).map(({ kind, incident }) => [kind, incident.startedMs]),
    );
  });

  it('finds the same incident when rows come late and out of order', () => {
    const all = [...runs(0, 40), ...runs(40, 60, slow), ...runs(60, 90)];
    const jumbled = all
      .map((run, i) => ({ ...run, seenMs: run.seenMs + ((i * 37) % 4000) }))
      .sort((a, b) => a.seenMs - b.seenMs);
    const events = play(new Detector(), jumbled);
    expect(events.map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
    expect(events[0]?.incident.scope).toEqual({ kind: 'region', region: 'eu-west' });
    expect(Math.abs((events[0]?.incident.startedMs ?? 0) - runOf(40).scheduledMs)).toBeLessThanOrEqual(
      2 * EVERY_MS,
    );
  });

  it('judges nothing that a spool kept for an hour, and counts it', () => {
    const detector = new Detector();
    const old = runs(0, 20, slow).map((run) => ({ ...run, seenMs: runOf(1900).seenMs }));
    const now = runs(1800, 1880);
    const events = play(detector, [...now, ...old]);
    expect(events).toEqual([]);
    expect(detector.counters.late + detector.counters.duplicates).toBeGreaterThan(0);
  });

  it('refuses slots of a clock that is far ahead, and counts them', () => {
    const detector = new Detector();
    detector.observe(runOf(0, { seenMs: runOf(0).scheduledMs - DETECT_LIMITS.futureMs.value - 1 }));
    expect(detector.counters.future).toBe(1);
  });

  it('judges only the metrics that the type of the probe is judged by', () => {
    const detector = new Detector({ judged: () => ['http_total_ms'] });
    expect(play(detector, [...runs(0, 40), ...runs(40, 80, slow)])).toEqual([]);
  });

  it('is not deaf to a slow ramp: what waits in the lag is judged before it is learned', () => {
    const ramp = (run: Observation, i: number): Partial<Observation> =>
      run.region === 'eu-west' ? { metrics: { ttfb_ms: 25 + 15 * (i - 60), connect_ms: 2 } } : {};
    const events = play(new Detector(), [...runs(0, 60), ...runs(60, 100, ramp)]);
    expect(opened(events).map(({ incident }) => incident.scope)).toEqual([
      { kind: 'region', region: 'eu-west' },
    ]);
  });

  it('shows the series that changed most, up to its limit, and failures before all', () => {
    const most = DETECT_LIMITS.evidenceSeries.value;
    const perAgent = Math.ceil(most / 3) + 5;
    const targets = Array.from({ length: perAgent }, (_, i) => `t${i}`);
    const isDown = ({ target }: Observation) => target === 't0';
    const fault = (run: Observation): Partial<Observation> => {
      if (run.region !== 'eu-west') return {};
      return isDown(run) ? TIMEOUT : { metrics: { ttfb_ms: 400 + 40 * Number(run.target.slice(1)) } };
    };
    const fanOut = (observations: readonly Observation[], change = (_: Observation) => ({})) =>
      observations.flatMap((run) =>
        targets.map((target) => ({ ...run, target, ...change({ ...run, target }) })),
      );
    const events = play(new Detector(), [...fanOut(runs(0, 40)), ...fanOut(runs(40, 60), fault)]);
    const { evidence } = (opened(events).at(-1) as IncidentEvent).incident;
    expect(evidence.series).toHaveLength(most);
    expect(new Set(evidence.series.slice(0, 3).map(({ target, metric }) => [target, metric].join()))).toEqual(
      new Set(['t0,failure_ratio']),
    );
    const ratios = evidence.series.slice(3).map(({ ratio }) => ratio ?? 0);
    expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
    expect(evidence.series.map(({ target }) => target)).not.toContain('t1');
  });

  it('opens no further incident past its limit, counts that, and finds it once there is room', () => {
    const most = DETECT_LIMITS.openIncidents.value;
    const silentRegions = Array.from({ length: most + 1 }, (_, i) => `r${i}`);
    const fleet = (isSilent: (region: string) => boolean) =>
      [...silentRegions, 'well'].flatMap((region) =>
        [1, 2].map((k): FleetAgent => {
          return { id: `${region}-${k}`, region, state: isSilent(region) ? 'silent' : 'connected' };
        }),
      );
    const detector = new Detector();
    let nowMs = runOf(0).seenMs;
    const watch = (ticks: number, isSilent: (region: string) => boolean) => {
      const events: IncidentEvent[] = [];
      for (let i = 0; i < ticks; i += 1) {
        nowMs += 2000;
        detector.observeFleet(nowMs, fleet(isSilent));
        events.push(...detector.advance(nowMs));
      }
      return events;
    };
    watch(20, () => false);
    expect(opened(watch(3, (region) => region !== 'well'))).toHaveLength(most);
    expect(detector.open()).toHaveLength(most);
    expect(detector.incidentCounters.incidents_over_limit).toBeGreaterThan(0);
    const later = opened(watch(20, (region) => region !== 'well' && region !== 'r0'));
    expect(later.map(({ incident }) => incident.scope)).toEqual([{ kind: 'region', region: `r${most}` }]);
  });

  it('forgets series that were silent for a day', () => {
    const detector = new Detector();
    play(detector, runs(0, 30));
    const later = runs(0, 30).map((run) => ({
      ...run,
      scheduledMs: run.scheduledMs + 2 * DETECT_LIMITS.idleMs.value,
      seenMs: run.seenMs + 2 * DETECT_LIMITS.idleMs.value,
    }));
    expect(play(detector, later)).toEqual([]);
    expect(detector.counters.duplicates).toBe(0);
  });
});

describe('a detector after a restart', () => {
  const history = [...runs(0, 40), ...runs(40, 60, slow)];

  it('finds a known incident again under its own id, and raises no second one', () => {
    const known = play(new Detector(), history).map(({ incident }) => incident);
    const again = new Detector();
    again.know(known);
    const events = play(again, history);
    expect(again.open().map(({ id }) => id)).toEqual(known.map(({ id }) => id));
    expect(events).toEqual([]);
  });

  it('keeps an incident open whose beginning is no longer in the history, and resolves it when it is calm', () => {
    const known = play(new Detector(), history).map(({ incident }) => incident);
    const again = new Detector();
    again.know(known);
    const events = play(again, [...runs(50, 60, slow), ...runs(60, 100)]);
    expect(events.map(({ kind, incident }) => [kind, incident.id])).toEqual([['resolved', known[0]?.id]]);
  });

  it('does not raise what was over before it stopped', () => {
    const whole = [...history, ...runs(60, 80)];
    const known = play(new Detector(), whole).filter(({ kind }) => kind === 'resolved');
    const again = new Detector();
    again.know(known.map(({ incident }) => incident));
    const ids = new Set(play(again, whole).map(({ incident }) => incident.id));
    expect([...ids].every((id) => id === known[0]?.incident.id)).toBe(true);
    expect(again.open()).toEqual([]);
  });
});
