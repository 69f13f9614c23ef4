-- Who may do what. People's queries cannot name a table that begins with `access_`, nor reach one otherwise (readonly-sql.ts).

-- Tokens, by the hash of their text; the text itself is nowhere. The latest version of an id counts: read with FINAL.
CREATE TABLE IF NOT EXISTS access_tokens
(
    id String COMMENT 'The beginning of the hash: what people call it by',
    hash String COMMENT 'SHA-256 of the text, hexadecimal',
    name String,
    role LowCardinality(String) COMMENT 'viewer, operator, admin; agent: may enrol agents; collector: another collector on the store',
    kind LowCardinality(String) COMMENT 'token, session (of a dashboard), collector',
    parent String COMMENT 'Of a session, the token that it was opened with',
    agent String COMMENT 'Of an enrolment, the only agent that may use it; empty for any',
    uses UInt32 COMMENT 'Of an enrolment, how many agents may use it',
    created_by String,
    created_at DateTime64(3, 'UTC'),
    expires_at DateTime64(3, 'UTC'),
    revoked_by String COMMENT 'Empty while it is good',
    version UInt64,
    changed_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'By the clock of the store: what collectors look for'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL toDateTime(expires_at) + INTERVAL 90 DAY;

-- When tokens were last used; written every few seconds by each collector. Read with FINAL.
CREATE TABLE IF NOT EXISTS access_uses
(
    id String,
    last_used_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(last_used_at)
ORDER BY id
TTL toDateTime(last_used_at) + INTERVAL 800 DAY;

-- Each use of an enrolment, claimed by an insert under the token `enrol/ID/NUMBER`: of two the first is kept.
CREATE TABLE IF NOT EXISTS access_enrolments
(
    token String,
    number UInt32,
    agent String,
    public_key String COMMENT 'Ed25519, 32 bytes, base64url',
    claimed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (token, number, claimed_at)
TTL toDateTime(claimed_at) + INTERVAL 800 DAY
SETTINGS non_replicated_deduplication_window = 10000;

-- Keys of agents: a log. Generation N + 1 may be enrolled once N is revoked; a generation is one insert under the token `key/AGENT/N`.
CREATE TABLE IF NOT EXISTS access_keys
(
    agent String,
    generation UInt32,
    event LowCardinality(String) COMMENT 'enrolled, revoked',
    public_key String COMMENT 'Ed25519, 32 bytes, base64url',
    token String COMMENT 'With which it was enrolled',
    who String COMMENT 'Who revoked it',
    at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'By the clock of the store: what collectors look for'
)
ENGINE = MergeTree
ORDER BY (agent, generation, event, at)
SETTINGS non_replicated_deduplication_window = 10000;

-- Who changed what.
CREATE TABLE IF NOT EXISTS access_audit
(
    at DateTime64(3, 'UTC'),
    id String,
    collector LowCardinality(String),
    actor String COMMENT 'Name of the token; empty where there is no access control',
    token String COMMENT 'Its id',
    role LowCardinality(String),
    action LowCardinality(String) COMMENT 'Method and route',
    path String,
    status UInt16 COMMENT 'Of the answer; 403 was not allowed',
    remote String COMMENT 'Address that it came from',
    detail String COMMENT 'JSON: what was asked for, without secrets' CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, id)
TTL toDateTime(at) + INTERVAL 400 DAY;
