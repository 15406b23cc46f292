-- Who is about to publish an event, and what triage found out about a ticket.
-- MySQL has no ADD COLUMN IF NOT EXISTS: what is there already is asked of the catalogue, so that this may run again.

SET @statement = IF(
  (SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'outbox' AND column_name = 'claimed_until') = 0,
  -- Old code does not set it: what it writes is the relay's at once.
  'ALTER TABLE outbox ADD COLUMN claimed_until DATETIME(6) NOT NULL DEFAULT ''2000-01-01 00:00:00''',
  'DO 0');
PREPARE migration FROM @statement;
EXECUTE migration;
DEALLOCATE PREPARE migration;

SET @statement = IF(
  (SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'tickets' AND column_name = 'summary') = 0,
  'ALTER TABLE tickets
    ADD COLUMN category VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN sentiment VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN summary VARCHAR(200) NULL',
  'DO 0');
PREPARE migration FROM @statement;
EXECUTE migration;
DEALLOCATE PREPARE migration;
