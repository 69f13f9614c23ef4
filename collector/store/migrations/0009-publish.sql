-- Agents that watch for what another has uploaded: their rows have the trigger `publish`, and are in no rollup nor ledger.
ALTER TABLE results MODIFY COLUMN trigger
    Enum8('schedule' = 1, 'manual' = 2, 'confirm' = 3, 'retest' = 4, 'publish' = 5);

-- As before, with the trigger as it is now: a view keeps the types that it was made with.
CREATE OR REPLACE VIEW runs AS
SELECT
    run_id, scheduled_at, outcome, probe, type, target, agent, region, country, city, isp, asn, provider, network, pop,
    trigger, request_id, layer, blame, code, message, missed_reason,
    duration_us / 1000 AS duration_ms,
    lateness_us / 1000 AS lateness_ms,
    CAST(
        (metric, arrayMap((name, steps) -> steps / multiIf(endsWith(name, '_ms'), 1000, endsWith(name, '_ratio'), 1000000, 1), metric, value)),
        'Map(String, Nullable(Float64))'
    ) AS metrics,
    attributes,
    event_loop_delay_us / 1000 AS event_loop_delay_ms,
    cpu_ppm / 1000000 AS cpu_ratio,
    rss_bytes, clock_offset_ms, disturbed, ingested_at, boot, seq,
    if(
        mapContains(attributes, 'cmcd'),
        replaceRegexpOne(
            lower(hex(SHA256(concat(toString(boot), '\n', toString(toUnixTimestamp64Milli(scheduled_at)), '\n', request_id, '\n', toString(probe), '\n', toString(target))))),
            '^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$',
            '\\1-\\2-8\\3-a\\4-\\5'
        ),
        NULL
    ) AS cmcd_sid
FROM results;

-- For people: when what was published could be played, a row a publication and agent. The uploader has its own first play.
-- Where an agent reported after the collector had given it up, what the agent saw counts.
CREATE VIEW IF NOT EXISTS publish_visibility AS
SELECT
    publish_run, role, region,
    watcher AS agent,
    argMin(row.1, rank) AS scheduled_at,
    argMin(row.2, rank) AS probe,
    argMin(row.3, rank) AS target,
    argMin(row.4, rank) AS outcome,
    argMin(row.5, rank) AS visible_ms,
    argMin(row.6, rank) AS poll_ms,
    argMin(row.7, rank) AS missed_reason,
    argMin(row.8, rank) AS message
FROM
(
    SELECT
        if(trigger = 'publish', request_id, attributes['publish_run']) AS publish_run,
        if(trigger = 'publish', 'watcher', 'uploader') AS role,
        region,
        startsWith(agent, 'collector:') AS rank,
        if(rank, attributes['watcher'], toString(agent)) AS watcher,
        indexOf(metric, if(trigger = 'publish', 'publish_visible_ms', 'publish_playable_ms')) AS visible,
        indexOf(metric, 'publish_poll_ms') AS poll,
        (
            scheduled_at, toString(probe), toString(target), toString(outcome),
            if(visible = 0, NULL, value[visible] / 1000), if(poll = 0, NULL, value[poll] / 1000),
            toString(missed_reason), message
        ) AS row
    FROM results
    WHERE trigger = 'publish' OR mapContains(attributes, 'publish_run')
)
GROUP BY publish_run, role, region, watcher;
