-- Which collector has an agent, and how the agent was when it last said so.
ALTER TABLE agents
    ADD COLUMN IF NOT EXISTS collector LowCardinality(String) COMMENT 'The run of a collector that it last connected to',
    ADD COLUMN IF NOT EXISTS connected_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when a session is open there; NULL while none is',
    ADD COLUMN IF NOT EXISTS health_at Nullable(DateTime64(3, 'UTC')),
    ADD COLUMN IF NOT EXISTS health String COMMENT 'JSON: what the agent said of itself at health_at; at most half a minute behind';

-- When a check runs within its interval: slots are at phase_ms + N * every_ms. So the expected slots can be counted here.
ALTER TABLE assignments
    ADD COLUMN IF NOT EXISTS phase_ms UInt32 DEFAULT toUInt32(intDiv(toUInt64(reinterpretAsUInt32(reverse(substring(SHA256(concat('["', toString(probe), '","', toString(target), '","', agent, '"]')), 1, 4)))) * every_ms, 4294967296)),
    ADD COLUMN IF NOT EXISTS collector LowCardinality(String) COMMENT 'The run of a collector that wrote it';

-- Every change of targets and probes, in one order for all collectors: version N is inserted under a token of its own, and of
-- several collectors that try only the first succeeds. What holds is the latest row of each name.
CREATE TABLE IF NOT EXISTS spec_changes
(
    version UInt64,
    kind LowCardinality(String) COMMENT 'target or probe',
    name String,
    spec String COMMENT 'JSON, as applied',
    deleted UInt8,
    at DateTime64(3, 'UTC'),
    change String COMMENT 'Names the attempt: whose it was that succeeded',
    collector LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (kind, name, version)
SETTINGS non_replicated_deduplication_window = 10000;

INSERT INTO spec_changes (version, kind, name, spec, deleted, at, change, collector)
SELECT version, 'target', name, spec, 0, updated_at, 'migrated', '' FROM targets FINAL
WHERE name NOT IN (SELECT name FROM spec_changes WHERE kind = 'target');

INSERT INTO spec_changes (version, kind, name, spec, deleted, at, change, collector)
SELECT version, 'probe', name, spec, deleted, updated_at, 'migrated', '' FROM probes FINAL
WHERE name NOT IN (SELECT name FROM spec_changes WHERE kind = 'probe');

-- How many results each agent had given up by a time, since its spool was made: what was given up in between is the difference.
CREATE TABLE IF NOT EXISTS agent_drops
(
    agent String,
    reason LowCardinality(String),
    at DateTime64(3, 'UTC'),
    count UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (agent, reason, at)
TTL toDateTime(at) + INTERVAL 40 DAY;

-- A run of a collector that was taken out says no more what agents are to run: others have them by then.
ALTER TABLE assignments ADD CONSTRAINT IF NOT EXISTS not_fenced CHECK joinGet('fences', 'refused_from', toString(collector)) = 0;
