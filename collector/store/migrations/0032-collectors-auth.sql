-- Whether a collector asks everybody who they are: all on a store do, or none. Earlier versions do not say.
ALTER TABLE collectors ADD COLUMN IF NOT EXISTS auth LowCardinality(String) COMMENT 'on, off; empty where it does not say';
