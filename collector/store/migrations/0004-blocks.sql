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

-- A block is recognised by its token for this many blocks: far more than pass before an interrupted one is repaired.
ALTER TABLE results MODIFY SETTING non_replicated_deduplication_window = 10000;
ALTER TABLE agent_progress MODIFY SETTING non_replicated_deduplication_window = 10000;
ALTER TABLE latency_1m MODIFY SETTING non_replicated_deduplication_window = 10000;

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
    GROUP BY hour, region, country, isp, target, pop, probe, metric
);
