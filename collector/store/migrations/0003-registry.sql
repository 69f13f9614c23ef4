-- The latest row of each id counts: read these tables with FINAL.
CREATE TABLE IF NOT EXISTS agents
(
    id String,
    region LowCardinality(String),
    country LowCardinality(String),
    city LowCardinality(String),
    lat Float64,
    lon Float64,
    asn UInt32,
    isp LowCardinality(String),
    provider LowCardinality(String),
    network LowCardinality(String),
    tags Array(String),
    probe_types Array(LowCardinality(String)),
    browser String,
    software LowCardinality(String),
    boot String,
    first_seen_at DateTime64(3, 'UTC'),
    last_seen_at DateTime64(3, 'UTC'),
    stopped_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it said that it stops; NULL while it runs',
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id;

CREATE TABLE IF NOT EXISTS targets
(
    name String,
    spec String COMMENT 'JSON, as applied',
    updated_at DateTime64(3, 'UTC'),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY name;

CREATE TABLE IF NOT EXISTS probes
(
    name String,
    spec String COMMENT 'JSON, as applied',
    updated_at DateTime64(3, 'UTC'),
    deleted UInt8,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY name;

-- Who was to run what, since when and until when: what the ledger expects. A changed check is a new row.
CREATE TABLE IF NOT EXISTS assignments
(
    agent String,
    probe LowCardinality(String),
    target LowCardinality(String),
    effective_from DateTime64(3, 'UTC'),
    effective_until Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL while it runs',
    settled UInt8 COMMENT 'The agent itself said that it stopped here: nothing is under way any more',
    every_ms UInt32,
    timeout_ms UInt32,
    fingerprint String COMMENT 'Of everything that the agent is told: an equal one keeps its effective_from',
    revision UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (agent, probe, target, effective_from)
TTL toDateTime(ifNull(effective_until, toDateTime64('2100-01-01 00:00:00', 3, 'UTC'))) + INTERVAL 40 DAY;

-- What people changed.
CREATE TABLE IF NOT EXISTS changes
(
    at DateTime64(3, 'UTC'),
    revision UInt64,
    kind LowCardinality(String),
    name String,
    action LowCardinality(String),
    detail String COMMENT 'JSON'
)
ENGINE = MergeTree
ORDER BY at
TTL toDateTime(at) + INTERVAL 2 YEAR;

CREATE TABLE IF NOT EXISTS incidents
(
    id String,
    status LowCardinality(String),
    scope String,
    scope_kind LowCardinality(String),
    metric LowCardinality(String),
    probe LowCardinality(String),
    target LowCardinality(String),
    severity LowCardinality(String),
    blame LowCardinality(String),
    started_at DateTime64(3, 'UTC'),
    detected_at DateTime64(3, 'UTC'),
    resolved_at Nullable(DateTime64(3, 'UTC')),
    summary String,
    size String COMMENT 'JSON: before, after, unit, ratio',
    evidence String COMMENT 'JSON',
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id;
