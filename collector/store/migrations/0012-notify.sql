-- What was told of incidents, and to whom: conversations (kind `thread`) and the messages of each. Both lie in one table so that one
-- insert brings a message and the state that follows from it: whole or not at all. The latest row of an id counts: read with FINAL.
CREATE TABLE IF NOT EXISTS notifications
(
    id String COMMENT 'Of a message, the key that its receiver gets with every attempt',
    kind LowCardinality(String) COMMENT 'thread, or the event that is told: incident.opened, …',
    thread String,
    incidents Array(String) COMMENT 'What it is about',
    route LowCardinality(String),
    receiver LowCardinality(String),
    seq UInt32 COMMENT 'Of a message, its number in the thread',
    status LowCardinality(String) COMMENT 'waiting, delivered, failed, superseded; of a thread open, settling, closed',
    attempts UInt32,
    error String COMMENT 'Why the last attempt failed',
    created_at DateTime64(3, 'UTC'),
    due_at DateTime64(3, 'UTC'),
    done_at Nullable(DateTime64(3, 'UTC')),
    body String COMMENT 'JSON' CODEC(ZSTD(3)),
    lease LowCardinality(String) COMMENT 'NAME/TERM under which it was written',
    version UInt64,
    CONSTRAINT not_fenced CHECK joinGet('fences', 'refused_from', toString(lease)) = 0
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL toDateTime(created_at) + INTERVAL 90 DAY;

-- What people keep quiet, and until when. Written by whichever collector was asked; read with FINAL.
CREATE TABLE IF NOT EXISTS silences
(
    id String,
    match String COMMENT 'JSON',
    starts_at DateTime64(3, 'UTC'),
    ends_at DateTime64(3, 'UTC'),
    author String,
    comment String,
    created_at DateTime64(3, 'UTC'),
    expired_by String COMMENT 'Who ended it before its time',
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL toDateTime(ends_at) + INTERVAL 90 DAY;

-- Who sees to an incident; the latest row of an incident counts. Read with FINAL.
CREATE TABLE IF NOT EXISTS acknowledgements
(
    incident String,
    author String,
    comment String,
    at DateTime64(3, 'UTC'),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY incident
TTL toDateTime(at) + INTERVAL 90 DAY;
