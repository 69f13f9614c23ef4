/** The frames by which one agent has others watch for what it published: to the wire, and back with everything checked. */
import { z } from 'zod';
import { cmcdParam } from '../probes/net/cmcd.ts';
import { selectorSchema } from '../probes/spec.ts';
import type { WatchReport } from '../probes/watch-order.ts';
import { atMost, bad, cut, finite, name, text } from './check.ts';
import type { Watch, WatchAnswer, WatchRequest } from './frame.ts';
import { LINK_LIMITS } from './limits.ts';
import type { WireWatch, WireWatchAnswer, WireWatchRequest } from './wire.ts';

const fromSchema = z.array(selectorSchema).min(1).max(LINK_LIMITS.watchers.value);

export function toWireWatch(watch: Watch): WireWatch {
  return { ...watch, playUrls: watch.playUrls.slice(0, LINK_LIMITS.playUrls.value) };
}

export function fromWireWatch(watch: WireWatch): Watch {
  const playUrls = atMost(watch.playUrls, LINK_LIMITS.playUrls.value, 'play_urls').map((url) =>
    text(url, 'play_urls', LINK_LIMITS.urlBytes.value),
  );
  if (playUrls.length === 0) bad('play_urls is empty');
  const pollMs = finite(watch.pollMs, 'poll_ms');
  if (pollMs <= 0) bad('poll_ms is not above 0');
  const cmcd = cmcdParam.safeParse(watch.cmcd || undefined);
  if (!cmcd.success) bad('cmcd is no way to mark requests');
  return {
    playUrls,
    sinceWallMs: finite(watch.sinceWallMs, 'since_wall_ms'),
    pollMs,
    untilWallMs: finite(watch.untilWallMs, 'until_wall_ms'),
    cmcd: cmcd.data,
  };
}

export function toWatchRequest({ run, probe, target, watch, from }: WatchRequest): WireWatchRequest {
  const fromJson = JSON.stringify(from.slice(0, LINK_LIMITS.watchers.value));
  return { run, probe, target, watch: toWireWatch(watch), fromJson };
}

export function fromWatchRequest(request: WireWatchRequest): WatchRequest {
  return {
    type: 'watch_request',
    run: name(request.run, 'run'),
    probe: name(request.probe, 'probe'),
    target: name(request.target, 'target'),
    watch: fromWireWatch(request.watch ?? {}),
    from: selectorsOf(text(request.fromJson, 'from', LINK_LIMITS.paramsBytes.value)),
  };
}

function selectorsOf(json: string): WatchRequest['from'] {
  try {
    return fromSchema.parse(JSON.parse(json));
  } catch {
    return bad('from is not a list of selectors');
  }
}

export function toWatchAnswer({ run, reports }: WatchAnswer): WireWatchAnswer {
  return {
    run,
    reports: reports.map((report) => ({
      agent: report.agent,
      region: cut(report.region),
      pollMs: report.pollMs,
      ...('missed' in report ? { missed: cut(report.missed) } : { visibleMs: report.visibleMs }),
    })),
  };
}

export function fromWatchAnswer(answer: WireWatchAnswer): WatchAnswer {
  const reports = atMost(answer.reports, LINK_LIMITS.watchers.value, 'reports');
  return { type: 'watch_answer', run: name(answer.run, 'run'), reports: reports.map(fromReport) };
}

function fromReport(report: NonNullable<WireWatchAnswer['reports']>[number]): WatchReport {
  const watcher = {
    agent: text(report.agent, 'agent'),
    region: text(report.region, 'region'),
    pollMs: finite(report.pollMs, 'poll_ms'),
  };
  return report.visibleMs === undefined || report.visibleMs === null
    ? { ...watcher, missed: name(report.missed, 'missed') }
    : { ...watcher, visibleMs: finite(report.visibleMs, 'visible_ms') };
}
