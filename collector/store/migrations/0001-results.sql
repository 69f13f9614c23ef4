-- One row a result, as the collector took it: the labels are the collector's view of the agent at that moment.
-- Times are Delta-coded and numbers are integers with T64: a row of this kind takes about 28 bytes.
-- A retried block is recognised by its token, here and in every table that a materialized view fills from here.
CREATE TABLE IF NOT EXISTS results
(
    agent LowCardinality(String),
    boot LowCardinality(String),
    seq UInt64 CODEC(Delta, ZSTD(1)),
    region LowCardinality(String),
    country LowCardinality(String),
    city LowCardinality(String),
    isp LowCardinality(String),
    asn UInt32 CODEC(T64, ZSTD(1)),
    provider LowCardinality(String),
    network LowCardinality(String),
    probe LowCardinality(String),
    type LowCardinality(String),
    target LowCardinality(String),
    pop LowCardinality(String),
    scheduled_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lateness_us UInt32 CODEC(T64, ZSTD(1)),
    duration_us UInt32 CODEC(T64, ZSTD(1)),
    trigger Enum8('schedule' = 1, 'manual' = 2, 'confirm' = 3, 'retest' = 4),
    request_id String CODEC(ZSTD(1)),
    outcome Enum8('ok' = 1, 'fail' = 2, 'missed' = 3),
    layer LowCardinality(String),
    blame LowCardinality(String),
    code LowCardinality(String),
    message String CODEC(ZSTD(1)),
    missed_reason LowCardinality(String),
    metric Array(LowCardinality(String)) COMMENT 'Names from the metric dictionary',
    value Array(Int64) COMMENT 'Integer steps: microseconds for _ms, parts per million for _ratio' CODEC(T64, ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    event_loop_delay_us UInt32 CODEC(T64, ZSTD(1)),
    cpu_ppm UInt32 CODEC(T64, ZSTD(1)),
    rss_bytes UInt64 CODEC(T64, ZSTD(1)),
    clock_offset_ms Float32 CODEC(ZSTD(1)),
    disturbed UInt8,
    ingested_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    run_id String ALIAS concat(agent, '/', boot, '/', toString(seq)),
    INDEX by_ingested_at ingested_at TYPE minmax GRANULARITY 1,
    INDEX by_request_id request_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(scheduled_at)
ORDER BY (region, probe, target, agent, scheduled_at)
TTL toDateTime(scheduled_at) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1;

-- The results in the units of their metrics. A metric that was not measured is NULL, never 0.
CREATE VIEW IF NOT EXISTS runs AS
SELECT
    run_id, scheduled_at, outcome, probe, type, target, agent, region, country, city, isp, asn, provider, network, pop,
    trigger, request_id, layer, blame, code, message, missed_reason,
    duration_us / 1000 AS duration_ms,
    lateness_us / 1000 AS lateness_ms,
    CAST(
        (metric, arrayMap((name, steps) -> steps / multiIf(endsWith(name, '_ms'), 1000, endsWith(name, '_ratio'), 1000000, 1), metric, value)),
        'Map(String, Nullable(Float64))'
    ) AS metrics,
    attributes,
    event_loop_delay_us / 1000 AS event_loop_delay_ms,
    cpu_ppm / 1000000 AS cpu_ratio,
    rss_bytes, clock_offset_ms, disturbed, ingested_at, boot, seq
FROM results;

-- The highest number committed of each boot of each agent: from where an agent resumes.
CREATE TABLE IF NOT EXISTS agent_progress
(
    agent String,
    boot String,
    seq SimpleAggregateFunction(max, UInt64),
    results SimpleAggregateFunction(sum, UInt64),
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (agent, boot)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS agent_progress_fill TO agent_progress AS
SELECT agent, boot, max(seq) AS seq, count() AS results, max(ingested_at) AS last_at
FROM results
GROUP BY agent, boot;
