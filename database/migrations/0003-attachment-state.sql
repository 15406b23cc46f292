-- What became of an announced file, and the list of a customer's own tickets.
-- MySQL has no ADD COLUMN IF NOT EXISTS: what is there already is asked of the catalogue, so that this may run again.

SET @statement = IF(
  (SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'attachments' AND column_name = 'state') = 0,
  'ALTER TABLE attachments ADD COLUMN state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''announced''',
  'DO 0');
PREPARE migration FROM @statement;
EXECUTE migration;
DEALLOCATE PREPARE migration;

SET @statement = IF(
  (SELECT COUNT(*) FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'tickets' AND index_name = 'tickets_by_requester') = 0,
  'ALTER TABLE tickets ADD KEY tickets_by_requester (requester_email, created_at, id)',
  'DO 0');
PREPARE migration FROM @statement;
EXECUTE migration;
DEALLOCATE PREPARE migration;
