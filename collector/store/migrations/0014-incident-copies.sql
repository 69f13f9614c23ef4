-- What bears an incident out, as it was read while the results were there: quantiles before and after, and which runs tell of it.
-- Results are kept for weeks, what failed runs saw for days, incidents for ever. Read with FINAL.
CREATE TABLE IF NOT EXISTS incident_copies
(
    incident String,
    status LowCardinality(String) COMMENT 'Of the incident when this was read',
    kept_at DateTime64(3, 'UTC'),
    body String COMMENT 'JSON' CODEC(ZSTD(3)),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY incident
TTL toDateTime(kept_at) + INTERVAL 2 YEAR;

-- Those runs, whole, each with what it saw. Read with LIMIT 1.
CREATE TABLE IF NOT EXISTS kept_runs
(
    run_id String,
    incident String,
    kept_at DateTime64(3, 'UTC'),
    body String COMMENT 'JSON, as the API gives a run' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(kept_at)
ORDER BY run_id
TTL toDateTime(kept_at) + INTERVAL 2 YEAR;

-- Who said that an incident is over, before data did. Read with FINAL.
CREATE TABLE IF NOT EXISTS resolutions
(
    incident String,
    author String,
    comment String,
    at DateTime64(3, 'UTC'),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY incident
TTL toDateTime(at) + INTERVAL 2 YEAR;
