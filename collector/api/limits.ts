/** Every limit of the HTTP API, with its reason and what happens past it. */

import type { Limit } from '../../probes/limit.ts';

export const API_LIMITS = {
  bodyBytes: {
    value: 1024 * 1024,
    reason: 'The largest permitted spec, 1000 targets and 500 probes, is about 400 kB of JSON.',
    past: 'The request is refused with 413 too_large.',
  },
  pageRows: {
    value: 1000,
    reason: 'A page is held in memory as text, here and at the reader.',
    past: 'A larger `limit` is refused with 400 bad_request; `pagination.next` leads on.',
  },
  queryRows: {
    value: 10_000,
    reason: 'An answer to a free query is for a terminal, not for an export.',
    past: 'A larger `limit` is refused with 400 bad_request; the result is cut and says `truncated`.',
  },
  querySeconds: {
    value: 30,
    reason: 'A free query shares the store with ingest and detection.',
    past: 'The store stops the query; the answer is 400 query_timeout.',
  },
  sqlBytes: {
    value: 64 * 1024,
    reason: 'People write queries of a few kB.',
    past: 'The request is refused with 400 bad_request.',
  },
  latencyGroups: {
    value: 20_000,
    reason: 'Groups of one latency table before paging; every group carries a quantile sketch.',
    past: 'The request is refused with 400 too_many_groups; fewer dimensions or a filter help.',
  },
  latencyQuantiles: {
    value: 8,
    reason: 'Each is worked out for every group and section; a table with more is read by nobody.',
    past: 'The request is refused with 400 bad_request.',
  },
  latencySteps: {
    value: 200,
    reason: 'Points of a plot that is as wide as a screen.',
    past: 'Steps become longer: minutes, then hours.',
  },
  rawWindowMs: {
    value: 86_400_000,
    reason: 'What no rollup knows is read from the results: a day of 1,000 agents is 17 million of them.',
    past: 'The time of one agent is cut to its last day, and says so; why slots were missed is left out.',
  },
  windowMs: {
    value: 90 * 86_400_000,
    reason: 'The one-minute rollup is kept 90 days.',
    past: 'An older `since` is refused with 400 bad_request.',
  },
  streams: {
    value: 64,
    reason: 'Open dashboards; each holds a socket and a small buffer.',
    past: 'A further stream is refused with 503 too_many_streams; a reader can poll /api/v1/overview.',
  },
  streamBacklogEvents: {
    value: 8,
    reason: 'Events that a slow reader may lag behind; an overview supersedes the one before it.',
    past: 'The stream is closed, and the reader reconnects to the newest state.',
  },
  overviewRegions: {
    value: 200,
    reason: 'Cards that a person can scan; bounds every event of the stream.',
    past: 'Further regions are left out, and `regions_left_out` says how many.',
  },
  overviewIncidents: {
    value: 50,
    reason: 'Incidents that a person can scan; bounds every event of the stream.',
    past: 'Older ones are left out; /api/v1/incidents has them all.',
  },
  timelineEntries: {
    value: 100,
    reason: 'Steps of one incident, messages included, that a person can follow.',
    past: 'The last ones are left out of the timeline; messages are listed by themselves, too.',
  },
  metricsSeries: {
    value: 2000,
    reason: 'Label sets of one metric family; more would burden every Prometheus that scrapes.',
    past: 'Further series are left out; outrider_metrics_series_left_out is above 0 then.',
  },
} as const satisfies Record<string, Limit>;
