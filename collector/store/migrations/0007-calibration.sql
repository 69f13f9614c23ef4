-- How far the browserless twin is off: a row a window of runs of one pair of probes on one target in one region. A window is
-- written once. Where two collectors came to write the same one, the row that was first counts: read with FINAL.
CREATE TABLE IF NOT EXISTS calibration_windows
(
    region LowCardinality(String),
    target LowCardinality(String),
    browser_probe LowCardinality(String) COMMENT 'Of type video-start',
    twin_probe LowCardinality(String) COMMENT 'Of type playback',
    window_start DateTime64(3, 'UTC') COMMENT 'With the four names above the key of a window',
    window_end DateTime64(3, 'UTC'),
    format LowCardinality(String) COMMENT 'mp4, hls or dash',
    player LowCardinality(String) COMMENT 'What played in the browser',
    basis LowCardinality(String) COMMENT 'agents: both were run by the same agents; region: no agent ran both',
    agent_count UInt32,
    twin_count UInt32 COMMENT 'Runs of the twin in the window',
    browser_count UInt32,
    twin_ms Float64 COMMENT 'Median of first_frame_ms',
    browser_ms Float64 COMMENT 'Median of video_startup_ms',
    error_ms Float64 COMMENT 'browser_ms - twin_ms: how much later the browser was than predicted',
    uncertainty_ms Float64 COMMENT 'Half of the 90 % interval of error_ms, by the spread of the runs',
    browser_builds Array(LowCardinality(String)),
    state LowCardinality(String) COMMENT 'learning, calibrated, off or drifted, after this window',
    reference_ms Nullable(Float64) COMMENT 'What error_ms is compared with',
    tolerance_ms Nullable(Float64) COMMENT 'How far error_ms may be from it',
    evidence Float64 COMMENT 'That it has moved; an alarm from threshold on',
    threshold Float64,
    alarm String COMMENT 'Id of the alarm that is open after this window',
    judge String COMMENT 'JSON: all that is remembered of the pair, from which the next window is judged' CODEC(ZSTD(3)),
    lease LowCardinality(String) COMMENT 'NAME/TERM under which it was written',
    precedence UInt64 COMMENT 'Falls with the time of writing',
    CONSTRAINT not_fenced CHECK joinGet('fences', 'refused_from', toString(lease)) = 0
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (region, target, browser_probe, twin_probe, window_start)
TTL toDateTime(window_start) + INTERVAL 2 YEAR;

-- Alarms about the model itself, never about a target: the latest row of an id counts. Read with FINAL.
CREATE TABLE IF NOT EXISTS calibration_alarms
(
    id String,
    kind LowCardinality(String) COMMENT 'model_drift',
    status LowCardinality(String) COMMENT 'open, resolved',
    resolution LowCardinality(String) COMMENT 'recovered, rebased or unpaired; empty while it is open',
    region LowCardinality(String),
    target LowCardinality(String),
    browser_probe LowCardinality(String),
    twin_probe LowCardinality(String),
    started_at DateTime64(3, 'UTC'),
    detected_at DateTime64(3, 'UTC'),
    resolved_at Nullable(DateTime64(3, 'UTC')),
    summary String,
    detail String COMMENT 'JSON: the whole alarm',
    lease LowCardinality(String),
    version UInt64,
    CONSTRAINT not_fenced CHECK joinGet('fences', 'refused_from', toString(lease)) = 0
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL toDateTime(started_at) + INTERVAL 2 YEAR;

-- For people: the error of the model as a series.
CREATE VIEW IF NOT EXISTS model_error AS
SELECT
    window_start, window_end, region, target, format, player, twin_probe, browser_probe,
    round(twin_ms, 3) AS twin_ms, round(browser_ms, 3) AS browser_ms, round(error_ms, 3) AS error_ms,
    round(uncertainty_ms, 3) AS uncertainty_ms, if(browser_ms > 0, round(error_ms / browser_ms, 4), NULL) AS error_ratio,
    reference_ms, tolerance_ms, state, evidence, threshold, alarm,
    twin_count, browser_count, agent_count, basis, browser_builds
FROM calibration_windows FINAL;
