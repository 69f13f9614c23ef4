-- A user for Grafana that can read what the dashboard shows and region_latency, for panels of your own; and nothing else. Choose the
-- password, then run it once as an administrator: clickhouse-client --multiquery < outrider-reader.sql
CREATE USER IF NOT EXISTS outrider_reader IDENTIFIED BY 'choose a password'
    SETTINGS readonly = 1, max_execution_time = 30 CHANGEABLE_IN_READONLY, max_memory_usage = 4000000000;
GRANT SELECT ON outrider.latency_1m TO outrider_reader;
GRANT SELECT ON outrider.region_latency TO outrider_reader;
GRANT SELECT ON outrider.results TO outrider_reader;
GRANT SELECT ON outrider.runs TO outrider_reader;
GRANT SELECT ON outrider.incidents TO outrider_reader;
GRANT SELECT ON outrider.changes TO outrider_reader;
GRANT SELECT ON outrider.agents TO outrider_reader;
GRANT SELECT ON outrider.calibration_windows TO outrider_reader;
GRANT SELECT ON outrider.model_error TO outrider_reader;
