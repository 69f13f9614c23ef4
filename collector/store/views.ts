/**
 * The views that are made for people, column by column: `outrider query --columns VIEW` shows this, and VIEWS.md is made of it. A
 * test holds the columns against the schema.
 */

export interface ViewDoc {
  readonly name: string;
  /** What a row is. */
  readonly summary: string;
  /** By the names of the columns, in their order. */
  readonly columns: Readonly<Record<string, string>>;
}

const PLACE = {
  region: 'Region of the agents.',
  country: 'Country of the agents, ISO 3166-1 alpha-2.',
  isp: 'Network operator of the agents.',
  target: 'Name of the target.',
  pop: 'Edge that answered, as the answer says; empty where it does not.',
  probe: 'Name of the probe.',
};

const FIGURES = {
  metric:
    'Name in the metric dictionary; its last word is the unit of every figure of the row: ms, bps, bytes, ratio, count. `run_ms` is there for every run, measured or not: count outcomes by it.',
  count: 'Scheduled runs that have this metric: ok + fail + agent_fail + missed + disturbed.',
  ok: 'Runs that went well. All figures below are over these alone.',
  fail: 'Runs that failed and not by the fault of the agent.',
  missed: 'Slots that ended without a run. Only of `run_ms`: what never ran measured nothing.',
  agent_fail: 'Runs that failed by the fault of the agent: no failure of the region.',
  disturbed: 'Runs that their agent held up itself: in no other count but `count`, and in no figure.',
  success_ratio:
    'ok / (ok + fail); NULL when nothing was judged. Of `run_ms` it is the share of runs that went well.',
  p50: 'Median, within 1 %; NULL when no run went well. Medians of rows cannot be averaged: `outrider latency` merges them.',
  p75: 'Three quarters of the runs are at most this, within 1 %.',
  p95: '95 of a hundred runs are at most this, within 1 %.',
  p99: '99 of a hundred runs are at most this, within 1 %; of fewer than some hundred runs it is the largest.',
  avg: 'Mean. Sum of avg * ok by sum of ok is the mean over several rows.',
  min: 'The least.',
  max: 'The most.',
};

const byTime = (name: string, time: string, what: string): ViewDoc => ({
  name,
  summary: `A row for each ${what}, place, target, probe and metric: counts, outcomes and quantiles of scheduled runs.`,
  columns: { [time]: `Start of the ${what} in which the slots of the runs lie, UTC.`, ...PLACE, ...FIGURES },
});

export const VIEWS: readonly ViewDoc[] = [
  byTime('region_latency', 'minute', 'minute'),
  byTime('region_latency_1h', 'hour', 'hour'),
  {
    name: 'runs',
    summary: 'A row a run, whatever asked for it, with everything that it reported; kept for 30 days.',
    columns: {
      run_id: '`AGENT/BOOT/SEQ`; `outrider results get` takes it.',
      scheduled_at: 'The slot: when it was to begin, UTC.',
      outcome: '`ok`, `fail`, or `missed`.',
      probe: PLACE.probe,
      type: 'Type of the probe, such as `http` or `video-start`.',
      target: PLACE.target,
      agent: 'Id of the agent.',
      region: PLACE.region,
      country: PLACE.country,
      city: 'City of the agent.',
      isp: PLACE.isp,
      asn: 'Number of its autonomous system.',
      provider: 'Who runs the machine.',
      network: '`datacenter`, `residential` or `mobile`.',
      pop: PLACE.pop,
      trigger:
        'What asked for it: `schedule`; `manual`, `confirm`, `retest`, `publish` are in no rollup and no verdict.',
      request_id: 'Of a run that was asked for, by whom; empty of scheduled ones.',
      layer:
        'Of a failure, how far it came: dns, connect, tls, http, content, manifest, segment, decode, player, upload_create …',
      blame: 'Of a failure, whose fault it looks like: target, network, agent, unknown.',
      code: 'Of a failure, its kind: timeout, refused, status …',
      message: 'Of a failure, in words.',
      missed_reason: 'Of a missed slot, why.',
      duration_ms: 'Begin to end.',
      lateness_ms: 'How late it began.',
      metrics:
        "What it measured, each in the unit that its name says: metrics['ttfb_ms']. NULL where it was not measured.",
      attributes: "Facts as text: attributes['http_version'].",
      event_loop_delay_ms: 'How late the clock of the agent was during the run.',
      cpu_ratio: 'Share of a processor that the agent used during it.',
      rss_bytes: 'Memory of the agent.',
      clock_offset_ms: 'How far the clock of the agent was behind that of the collector.',
      disturbed: '1 where the agent held it up itself: no figure of the region.',
      ingested_at: 'When the collector took it.',
      boot: 'The start of the agent that ran it.',
      seq: 'Its number within that.',
      cmcd_sid:
        'The session that its requests carried (CTA-5004), by which logs of a CDN join to it; NULL where they carried none.',
    },
  },
  {
    name: 'publish_visibility',
    summary: 'A row a publication and agent: when what was uploaded could be played there.',
    columns: {
      publish_run: 'Names the publication.',
      role: '`uploader`, or `watcher` elsewhere.',
      region: 'Region of the agent.',
      agent: 'Id of the agent.',
      scheduled_at: 'The slot of the upload, or when the watcher was asked.',
      probe: PLACE.probe,
      target: PLACE.target,
      outcome: '`ok` where it could be played; `missed` where the agent did not report.',
      visible_ms: 'Final answer of the upload to playable; NULL where it did not become so.',
      poll_ms: 'Interval of the asking: the error bar of visible_ms.',
      missed_reason: 'Why there is no report.',
      message: 'Of a failure, in words.',
    },
  },
  {
    name: 'model_error',
    summary:
      'A row a window of runs of one pair of probes: how far `playback` is from what `video-start` sees in a browser.',
    columns: {
      window_start: 'First slot of the window, UTC.',
      window_end: 'Last slot of the window, UTC.',
      region: PLACE.region,
      target: PLACE.target,
      format: 'mp4, hls or dash.',
      player: 'What played in the browser.',
      twin_probe: 'The probe without a browser.',
      browser_probe: 'The probe with one.',
      twin_ms: 'Median of first_frame_ms.',
      browser_ms: 'Median of video_startup_ms.',
      error_ms: 'browser_ms - twin_ms.',
      uncertainty_ms: 'Half of the 90 % interval of error_ms.',
      error_ratio: 'error_ms / browser_ms.',
      reference_ms: 'What error_ms is compared with; NULL while it is learned.',
      tolerance_ms: 'How far it may be from that.',
      state: 'learning, calibrated, off or drifted.',
      evidence: 'That the error has moved.',
      threshold: 'From which on that is an alarm.',
      alarm: 'Id of the alarm that is open after the window; empty for none.',
      twin_count: 'Runs without a browser.',
      browser_count: 'Runs with one.',
      agent_count: 'Agents that ran them.',
      basis: '`agents` where the same agents ran both, otherwise `region`.',
      browser_builds: 'The browsers.',
    },
  },
];
