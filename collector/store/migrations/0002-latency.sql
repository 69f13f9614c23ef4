-- Counts, outcomes and quantile states by minute of the slot. Scheduled runs only: a person who asks for a run does not
-- change what a region looks like. `run_ms` is there for every run, measured or not, so that outcomes are counted.
-- `fail` leaves out what the agent did to itself: that is `agent_fail`. Values are integer steps, of ok runs.
CREATE TABLE IF NOT EXISTS latency_1m
(
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    region LowCardinality(String),
    country LowCardinality(String),
    isp LowCardinality(String),
    target LowCardinality(String),
    pop LowCardinality(String),
    probe LowCardinality(String),
    type LowCardinality(String),
    metric LowCardinality(String),
    count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    ok SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    fail SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    agent_fail SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    missed SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    disturbed SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    quantiles AggregateFunction(quantilesDD(0.01, 0.5, 0.75, 0.95, 0.99), Float64) CODEC(ZSTD(1)),
    value_sum SimpleAggregateFunction(sum, Int64) CODEC(T64, ZSTD(1)),
    value_min SimpleAggregateFunction(min, Int64) CODEC(T64, ZSTD(1)),
    value_max SimpleAggregateFunction(max, Int64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (metric, region, target, probe, minute, country, isp, pop, type)
TTL minute + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS latency_1m_fill TO latency_1m AS
SELECT
    toStartOfMinute(toDateTime(scheduled_at, 'UTC')) AS minute,
    region, country, isp, target, pop, probe, type,
    name AS metric,
    count() AS count,
    countIf(outcome = 'ok') AS ok,
    countIf(outcome = 'fail' AND blame != 'agent') AS fail,
    countIf(outcome = 'fail' AND blame = 'agent') AS agent_fail,
    countIf(outcome = 'missed') AS missed,
    countIf(disturbed = 1) AS disturbed,
    quantilesDDStateIf(0.01, 0.5, 0.75, 0.95, 0.99)(toFloat64(steps), outcome = 'ok') AS quantiles,
    sumIf(steps, outcome = 'ok') AS value_sum,
    min(if(outcome = 'ok', steps, 9223372036854775807)) AS value_min,
    max(if(outcome = 'ok', steps, -9223372036854775807)) AS value_max
FROM
(
    SELECT
        scheduled_at, region, country, isp, target, pop, probe, type, outcome, blame, disturbed,
        arrayJoin(arrayZip(
            arrayConcat(['run_ms'], arrayFilter((n, v) -> n != 'run_ms', metric, value)),
            arrayConcat([toInt64(duration_us)], arrayFilter((v, n) -> n != 'run_ms', value, metric))
        )) AS pair,
        toLowCardinality(pair.1) AS name,
        pair.2 AS steps
    FROM results
    WHERE trigger = 'schedule'
)
GROUP BY minute, region, country, isp, target, pop, probe, type, metric;

-- For people: one row a minute, place, target, probe and metric, in the metric's own unit (ms, bps, bytes …).
-- success_ratio leaves out what the agents did to themselves and what was never run; it is NULL when nothing was judged.
CREATE VIEW IF NOT EXISTS region_latency AS
SELECT
    minute, region, country, isp, target, pop, probe, metric, count, ok, fail, missed, agent_fail, disturbed,
    if(ok + fail = 0, NULL, ok / (ok + fail)) AS success_ratio,
    if(ok = 0, NULL, round(levels[1] / scale, 6)) AS p50,
    if(ok = 0, NULL, round(levels[2] / scale, 6)) AS p75,
    if(ok = 0, NULL, round(levels[3] / scale, 6)) AS p95,
    if(ok = 0, NULL, round(levels[4] / scale, 6)) AS p99,
    if(ok = 0, NULL, round(total / ok / scale, 6)) AS avg,
    if(ok = 0, NULL, lowest / scale) AS min,
    if(ok = 0, NULL, highest / scale) AS max
FROM
(
    SELECT
        minute, region, country, isp, target, pop, probe, metric,
        sum(l.count) AS count,
        sum(l.ok) AS ok,
        sum(l.fail) AS fail,
        sum(l.missed) AS missed,
        sum(l.agent_fail) AS agent_fail,
        sum(l.disturbed) AS disturbed,
        quantilesDDMerge(0.01, 0.5, 0.75, 0.95, 0.99)(l.quantiles) AS levels,
        sum(l.value_sum) AS total,
        min(l.value_min) AS lowest,
        max(l.value_max) AS highest,
        multiIf(endsWith(metric, '_ms'), 1000, endsWith(metric, '_ratio'), 1000000, 1) AS scale
    FROM latency_1m AS l
    GROUP BY minute, region, country, isp, target, pop, probe, metric
);
