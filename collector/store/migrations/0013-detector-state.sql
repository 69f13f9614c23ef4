-- What the detector has learned, so that it need not learn it again after a restart: a row a series and a group, written again every few
-- minutes by the collector that judges; the latest row of an id counts: read with FINAL. Whoever does not know it goes by the results.
CREATE TABLE IF NOT EXISTS detector_state
(
    kind LowCardinality(String) COMMENT 'series, group; pass: all that was heard until saved_at was written',
    id String,
    format LowCardinality(String) COMMENT 'What the state can be read by; of another format it is worth nothing',
    saved_at DateTime64(3, 'UTC'),
    state String COMMENT 'JSON' CODEC(ZSTD(3)),
    lease LowCardinality(String) COMMENT 'NAME/TERM under which it was written',
    version UInt64,
    CONSTRAINT not_fenced CHECK joinGet('fences', 'refused_from', toString(lease)) = 0
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (kind, id)
TTL toDateTime(saved_at) + INTERVAL 2 DAY;
