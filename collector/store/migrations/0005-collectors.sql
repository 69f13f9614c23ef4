-- The collectors that work on this store: one row a run of one, written anew every few seconds while it lives. Read with FINAL.
-- Of one that was taken out only its end is written any more: this is how it learns of it when it has nothing to store.
CREATE TABLE IF NOT EXISTS collectors
(
    id String COMMENT 'One run of a collector, as in results.collector',
    name LowCardinality(String),
    url String COMMENT 'Where the others reach it',
    version LowCardinality(String) COMMENT 'Of Outrider',
    state LowCardinality(String) COMMENT 'active, draining, drained, ended',
    beat UInt64 COMMENT 'Grows while it lives; the row with the highest counts',
    started_at DateTime64(3, 'UTC'),
    seen_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'By the clock of the store',
    settled_block UInt32 COMMENT 'All its blocks up to this one are committed, rollups included',
    settled_at DateTime64(3, 'UTC') COMMENT 'When that became true, by the clock of the store',
    agents UInt32 COMMENT 'Connected to it',
    CONSTRAINT not_fenced CHECK state = 'ended' OR joinGet('fences', 'refused_from', id) = 0
)
ENGINE = ReplacingMergeTree(beat)
ORDER BY id
TTL toDateTime(seen_at) + INTERVAL 40 DAY;

-- Who holds a lease: the holder of the highest term. A claim of term N is inserted under the token of that term, so that of
-- several the first is kept and the others leave no trace.
CREATE TABLE IF NOT EXISTS lease_claims
(
    name LowCardinality(String),
    term UInt64,
    holder String COMMENT 'As collectors.id',
    at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (name, term)
SETTINGS non_replicated_deduplication_window = 10000;

-- An incident is written under the lease that its writer holds: once another holds the lease, the store refuses it.
ALTER TABLE incidents ADD COLUMN IF NOT EXISTS lease LowCardinality(String) COMMENT 'NAME/TERM';
ALTER TABLE incidents ADD CONSTRAINT IF NOT EXISTS not_fenced CHECK joinGet('fences', 'refused_from', toString(lease)) = 0;
