-- The CMCD session of a run, by which the logs of a CDN join to it, is made of what its row has anyway (protocol/session-id.ts):
-- stored it would be half of the row. Only runs whose requests carried it have the attribute `cmcd`.
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
