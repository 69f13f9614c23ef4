-- What an agent disturbed itself is a figure of that agent and not of the region: it is counted as `disturbed`, and no longer as
-- ok, fail or agent_fail, nor in sums and quantiles. Of what comes from now on
--     count = ok + fail + agent_fail + missed + disturbed.
-- Rows of before stay as they are: of theirs, those that are disturbed are counted under their outcome as well. The hours are
-- filled from the minutes, and follow.
ALTER TABLE latency_1m_fill MODIFY QUERY
SELECT
    if(name = '', toStartOfDay(slot), toStartOfMinute(slot)) AS minute,
    if(name = '', run, of_region) AS region,
    if(name = '', '', of_country) AS country,
    if(name = '', '', of_isp) AS isp,
    if(name = '', '', of_target) AS target,
    if(name = '', '', of_pop) AS pop,
    if(name = '', '', of_probe) AS probe,
    if(name = '', '', of_type) AS type,
    name AS metric,
    countIf(name != '') AS count,
    countIf(judged = 'ok' AND name != '') AS ok,
    countIf(judged = 'fail' AND name != '') AS fail,
    countIf(judged = 'agent_fail' AND name != '') AS agent_fail,
    countIf(judged = 'missed' AND name != '') AS missed,
    countIf(judged = 'disturbed' AND name != '') AS disturbed,
    quantilesDDStateIf(0.01, 0.5, 0.75, 0.95, 0.99)(toFloat64(steps), judged = 'ok' AND name != '') AS quantiles,
    sumIf(steps, judged = 'ok' AND name != '') AS value_sum,
    min(if(judged = 'ok' AND name != '', steps, 9223372036854775807)) AS value_min,
    max(if(judged = 'ok' OR name = '', steps, -9223372036854775807)) AS value_max
FROM
(
    SELECT
        toDateTime(scheduled_at, 'UTC') AS slot, collector AS run, region AS of_region, country AS of_country, isp AS of_isp,
        target AS of_target, pop AS of_pop, probe AS of_probe, type AS of_type,
        multiIf(
            outcome = 'missed', 'missed',
            disturbed = 1, 'disturbed',
            outcome = 'fail' AND blame = 'agent', 'agent_fail',
            outcome = 'fail', 'fail',
            'ok'
        ) AS judged,
        arrayJoin(arrayZip(
            arrayConcat(['', 'run_ms'], arrayFilter((n, v) -> n != 'run_ms', metric, value)),
            arrayConcat([toInt64(block), toInt64(duration_us)], arrayFilter((v, n) -> n != 'run_ms', value, metric))
        )) AS pair,
        toLowCardinality(pair.1) AS name,
        pair.2 AS steps
    FROM results
    WHERE trigger = 'schedule'
)
GROUP BY minute, region, country, isp, target, pop, probe, type, metric;
