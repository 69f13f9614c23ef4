-- A block of results has its identity in its rows: the run of the collector that made it, and its number within that run.
-- What a crash left out of the tables behind `results` is brought there out of `results`, block by block.
ALTER TABLE results ADD COLUMN IF NOT EXISTS collector LowCardinality(String);
ALTER TABLE results ADD COLUMN IF NOT EXISTS block UInt32 CODEC(T64, ZSTD(1));
ALTER TABLE results ADD INDEX IF NOT EXISTS by_block (collector, block) TYPE minmax GRANULARITY 1;

-- Runs of collectors that were taken out, and from which of their blocks on they may not write any more. `results` asks
-- this table at every insert, so that an insert is refused however late it comes. Who is not named may write any block:
-- 0 − 1 is the highest number.
CREATE TABLE IF NOT EXISTS fences
(
    collector String,
    refused_from UInt32 DEFAULT 1
)
ENGINE = Join(ANY, LEFT, collector)
SETTINGS join_any_take_last_row = 1;
ALTER TABLE results ADD CONSTRAINT IF NOT EXISTS not_fenced
    CHECK block <= toUInt32(joinGet('fences', 'refused_from', toString(collector)) - 1);

-- An insert that is tried again is recognised by its token for this many blocks: far more than pass meanwhile.
ALTER TABLE results MODIFY SETTING non_replicated_deduplication_window = 10000;
ALTER TABLE agent_progress MODIFY SETTING non_replicated_deduplication_window = 10000;
ALTER TABLE latency_1m MODIFY SETTING non_replicated_deduplication_window = 10000;

-- Gone whenever the server begins anew: who reads another id than before knows that it died meanwhile. A token may then be
-- known of a part that never came to be.
CREATE TABLE IF NOT EXISTS store_life (id UUID) ENGINE = Memory;

-- A block leaves a mark in each table that it fills, in the very part that its rows are in: by it one sees what a crash left
-- out. The mark is a row of no metric, of the day of the block; `region` is the run of the collector, `value_max` the highest
-- of its blocks. Blocks of a run come one after the other, so that one such row is all that merges leave of them.
ALTER TABLE latency_1m_fill MODIFY QUERY
SELECT
    if(name = '', toStartOfDay(slot), toStartOfMinute(slot)) AS minute,
    if(name = '', run, of_region) AS region,
    if(name = '', '', of_country) AS country,
    if(name = '', '', of_isp) AS isp,
    if(name = '', '', of_target) AS target,
    if(name = '', '', of_pop) AS pop,
    if(name = '', '', of_probe) AS probe,
    if(name = '', '', of_type) AS type,
    name AS metric,
    countIf(name != '') AS count,
    countIf(outcome = 'ok' AND name != '') AS ok,
    countIf(outcome = 'fail' AND blame != 'agent' AND name != '') AS fail,
    countIf(outcome = 'fail' AND blame = 'agent' AND name != '') AS agent_fail,
    countIf(outcome = 'missed' AND name != '') AS missed,
    countIf(disturbed = 1 AND name != '') AS disturbed,
    quantilesDDStateIf(0.01, 0.5, 0.75, 0.95, 0.99)(toFloat64(steps), outcome = 'ok' AND name != '') AS quantiles,
    sumIf(steps, outcome = 'ok' AND name != '') AS value_sum,
    min(if(outcome = 'ok' AND name != '', steps, 9223372036854775807)) AS value_min,
    max(if(outcome = 'ok' OR name = '', steps, -9223372036854775807)) AS value_max
FROM
(
    SELECT
        toDateTime(scheduled_at, 'UTC') AS slot, collector AS run, region AS of_region, country AS of_country, isp AS of_isp,
        target AS of_target, pop AS of_pop, probe AS of_probe, type AS of_type, outcome, blame, disturbed,
        arrayJoin(arrayZip(
            arrayConcat(['', 'run_ms'], arrayFilter((n, v) -> n != 'run_ms', metric, value)),
            arrayConcat([toInt64(block), toInt64(duration_us)], arrayFilter((v, n) -> n != 'run_ms', value, metric))
        )) AS pair,
        toLowCardinality(pair.1) AS name,
        pair.2 AS steps
    FROM results
    WHERE trigger = 'schedule'
)
GROUP BY minute, region, country, isp, target, pop, probe, type, metric;

-- As latency_1m, by the hour, of what comes from now on: nothing is copied, because collectors may be writing meanwhile.
CREATE TABLE IF NOT EXISTS latency_1h
(
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
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
PARTITION BY toYYYYMM(hour)
ORDER BY (metric, region, target, probe, hour, country, isp, pop, type)
TTL hour + INTERVAL 2 YEAR
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS latency_1h_fill TO latency_1h AS
SELECT
    toStartOfHour(minute) AS hour, region, country, isp, target, pop, probe, type, metric,
    sum(l.count) AS count,
    sum(l.ok) AS ok,
    sum(l.fail) AS fail,
    sum(l.agent_fail) AS agent_fail,
    sum(l.missed) AS missed,
    sum(l.disturbed) AS disturbed,
    quantilesDDMergeState(0.01, 0.5, 0.75, 0.95, 0.99)(l.quantiles) AS quantiles,
    sum(l.value_sum) AS value_sum,
    min(l.value_min) AS value_min,
    max(l.value_max) AS value_max
FROM latency_1m AS l
GROUP BY hour, region, country, isp, target, pop, probe, type, metric;

-- As region_latency, by the hour.
CREATE VIEW IF NOT EXISTS region_latency_1h AS
SELECT
    hour, region, country, isp, target, pop, probe, metric, count, ok, fail, missed, agent_fail, disturbed,
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
        hour, region, country, isp, target, pop, probe, metric,
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
    FROM latency_1h AS l
    WHERE metric != ''
    GROUP BY hour, region, country, isp, target, pop, probe, metric
);

-- As before, without the marks.
CREATE OR REPLACE VIEW region_latency AS
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
    WHERE metric != ''
    GROUP BY minute, region, country, isp, target, pop, probe, metric
);
