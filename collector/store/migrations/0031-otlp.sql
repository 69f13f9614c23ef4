-- What an OTLP receiver was told, written by the collector that detects: of incidents, in which words; of minutes, which comes next. So
-- whoever sends next goes on there. The latest row of an id counts: read with FINAL.
CREATE TABLE IF NOT EXISTS otlp_told
(
    receiver String COMMENT 'Its address',
    kind LowCardinality(String) COMMENT 'incident, minute',
    id String COMMENT 'Of an incident; of the minute empty',
    words String COMMENT 'Of an incident, what of it was told last',
    at DateTime64(3, 'UTC') COMMENT 'When it was told; of the minute, the first one that was not',
    lease LowCardinality(String) COMMENT 'NAME/TERM under which it was written',
    version UInt64,
    CONSTRAINT not_fenced CHECK joinGet('fences', 'refused_from', toString(lease)) = 0
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (receiver, kind, id)
TTL toDateTime(at) + INTERVAL 90 DAY;
