-- As latency_1m and latency_1h, without the network and the edge, for questions that ask for neither: what such a question costs is the
-- number of sketches that are read (2.5 µs each, against nothing for merging them). Their time stands before the place in the
-- key, so that an hour or a day is read and nothing beside it: in latency_1m and latency_1h each series has its month together.
-- Of what comes from now on, as nothing is copied; marks of blocks come along.
CREATE TABLE IF NOT EXISTS latency_region_1m
(
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    region LowCardinality(String),
    country LowCardinality(String),
    target LowCardinality(String),
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
ORDER BY (metric, minute, region, country, target, probe, type)
TTL minute + INTERVAL 90 DAY
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS latency_region_1h
(
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    region LowCardinality(String),
    country LowCardinality(String),
    target LowCardinality(String),
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
ORDER BY (metric, hour, region, country, target, probe, type)
TTL hour + INTERVAL 2 YEAR
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1;

-- The hours first: what goes into the minutes goes on to them at once.
CREATE MATERIALIZED VIEW IF NOT EXISTS latency_region_1h_fill TO latency_region_1h AS
SELECT
    toStartOfHour(minute) AS hour, region, country, target, probe, type, metric,
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
FROM latency_region_1m AS l
GROUP BY hour, region, country, target, probe, type, metric;

CREATE MATERIALIZED VIEW IF NOT EXISTS latency_region_1m_fill TO latency_region_1m AS
SELECT
    minute AS minute, region, country, target, probe, type, metric,
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
GROUP BY minute, region, country, target, probe, type, metric;
