-- What failed runs can show for themselves, a row a run, as JSON; apart from the results, and for days in place of weeks. An agent
-- that did not hear the acknowledgement sends a row again: read with LIMIT 1.
CREATE TABLE IF NOT EXISTS evidence
(
    agent LowCardinality(String),
    run String COMMENT 'The session of the run: what its requests carried as CMCD sid',
    probe LowCardinality(String),
    target LowCardinality(String),
    at DateTime64(3, 'UTC') COMMENT 'The slot of the run',
    evidence String COMMENT 'JSON, redacted at the agent' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(at)
ORDER BY (agent, run)
TTL toDateTime(at) + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1;
