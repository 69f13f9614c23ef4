/** Ten questions that people on call ask, and the SQL that answers each; a test runs them on both engines. */

export interface Question {
  readonly question: string;
  readonly sql: string;
}

export const QUESTIONS: readonly Question[] = [
  {
    question: 'Which regions are slowest to the first byte in the last hour?',
    sql: `SELECT region, sum(ok) AS runs, round(sum(avg * ok) / sum(ok), 1) AS mean_ms,
  max(p95) AS worst_minute_p95
FROM region_latency
WHERE metric = 'ttfb_ms' AND minute >= now() - INTERVAL 1 HOUR AND ok > 0
GROUP BY region ORDER BY mean_ms DESC`,
  },
  {
    question: 'Where do runs fail, and what share of them, in the last hour?',
    sql: `SELECT region, target, sum(fail) AS failed,
  round(sum(fail) / sum(ok + fail), 4) AS share
FROM region_latency
WHERE metric = 'run_ms' AND minute >= now() - INTERVAL 1 HOUR
GROUP BY region, target HAVING failed > 0 ORDER BY share DESC`,
  },
  {
    question: 'How do they fail: where, with which code, and whose fault does it look like?',
    sql: `SELECT layer, code, blame, count() AS runs, uniq(agent) AS agents,
  uniq(region) AS regions, any(message) AS for_example
FROM runs
WHERE outcome = 'fail' AND trigger = 'schedule' AND disturbed = 0
  AND scheduled_at >= now() - INTERVAL 1 HOUR
GROUP BY layer, code, blame ORDER BY runs DESC`,
  },
  {
    question: 'When did it begin? The first byte of one region, five minutes at a time.',
    sql: `SELECT toStartOfFiveMinutes(minute) AS at,
  round(sum(avg * ok) / sum(ok), 1) AS mean_ms, max(max) AS slowest_ms,
  sum(fail) AS failed
FROM region_latency
WHERE region = 'eu-west' AND metric = 'ttfb_ms' AND ok > 0
  AND minute >= now() - INTERVAL 6 HOUR
GROUP BY at ORDER BY at`,
  },
  {
    question: 'Is it one network, or all of them?',
    sql: `SELECT region, isp, sum(ok) AS runs,
  round(sum(avg * ok) / sum(ok), 1) AS mean_ms
FROM region_latency
WHERE metric = 'ttfb_ms' AND minute >= now() - INTERVAL 1 HOUR AND ok > 0
GROUP BY region, isp ORDER BY region, mean_ms DESC`,
  },
  {
    question: 'Is it one edge of the CDN?',
    sql: `SELECT pop, uniq(region) AS regions, sum(ok) AS runs,
  round(sum(avg * ok) / sum(ok), 1) AS mean_ms,
  round(sum(fail) / sum(ok + fail), 4) AS failed_share
FROM region_latency
WHERE metric = 'ttfb_ms' AND pop != '' AND minute >= now() - INTERVAL 1 HOUR
GROUP BY pop ORDER BY mean_ms DESC`,
  },
  {
    question: 'What is different from the same hour a week ago?',
    sql: `SELECT region, target,
  sumIf(avg * ok, hour >= now() - INTERVAL 2 HOUR)
    / sumIf(ok, hour >= now() - INTERVAL 2 HOUR) AS mean_ms,
  sumIf(avg * ok, hour < now() - INTERVAL 7 DAY)
    / sumIf(ok, hour < now() - INTERVAL 7 DAY) AS week_ago_ms
FROM region_latency_1h
WHERE metric = 'ttfb_ms' AND ok > 0 AND (hour >= now() - INTERVAL 2 HOUR
  OR hour BETWEEN now() - INTERVAL 7 DAY - INTERVAL 2 HOUR
    AND now() - INTERVAL 7 DAY)
GROUP BY region, target ORDER BY mean_ms - week_ago_ms DESC`,
  },
  {
    question: 'Which agents are worst off, against the others of their region?',
    sql: `SELECT region, agent, count() AS runs, countIf(outcome = 'fail') AS failed,
  countIf(outcome = 'missed') AS missed,
  round(quantile(0.5)(metrics['ttfb_ms']), 1) AS ttfb_p50
FROM runs
WHERE trigger = 'schedule' AND scheduled_at >= now() - INTERVAL 1 HOUR
GROUP BY region, agent
ORDER BY failed + missed DESC, ttfb_p50 DESC LIMIT 20`,
  },
  {
    question: 'What was never run, and why?',
    sql: `SELECT missed_reason, region, count() AS slots, uniq(agent) AS agents,
  max(scheduled_at) AS last_at
FROM runs
WHERE outcome = 'missed' AND scheduled_at >= now() - INTERVAL 1 DAY
GROUP BY missed_reason, region ORDER BY slots DESC`,
  },
  {
    question: 'Which runs were slowest, to be looked at one by one?',
    sql: `SELECT scheduled_at, run_id, probe, target,
  round(metrics['ttfb_ms'], 1) AS ttfb_ms,
  attributes['http_status'] AS status, pop
FROM runs
WHERE outcome = 'ok' AND disturbed = 0 AND metrics['ttfb_ms'] > 0
  AND scheduled_at >= now() - INTERVAL 1 HOUR
ORDER BY ttfb_ms DESC LIMIT 10`,
  },
];
