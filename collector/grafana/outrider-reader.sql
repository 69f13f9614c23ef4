-- A user for Grafana that can read what the dashboard shows, and nothing else. Run it once, as an administrator of ClickHouse.
CREATE USER IF NOT EXISTS outrider_reader IDENTIFIED BY 'choose a password'
    SETTINGS readonly = 1, max_execution_time = 30 CHANGEABLE_IN_READONLY, max_memory_usage = 4000000000;
GRANT SELECT ON default.latency_1m TO outrider_reader;
GRANT SELECT ON default.region_latency TO outrider_reader;
GRANT SELECT ON default.results TO outrider_reader;
GRANT SELECT ON default.runs TO outrider_reader;
GRANT SELECT ON default.incidents TO outrider_reader;
GRANT SELECT ON default.changes TO outrider_reader;
GRANT SELECT ON default.agents TO outrider_reader;
GRANT SELECT ON default.calibration_windows TO outrider_reader;
GRANT SELECT ON default.model_error TO outrider_reader;
