-- Targets can be taken away, as probes can. Rows of before are of targets that are there.
ALTER TABLE targets ADD COLUMN IF NOT EXISTS deleted UInt8 DEFAULT 0 AFTER updated_at;
