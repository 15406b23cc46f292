-- What the check of a file came to, and which row of an import became which ticket.
-- MySQL has no ADD COLUMN IF NOT EXISTS: what is there already is asked of the catalogue, so that this may run again.

SET @statement = IF(
  (SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'attachments' AND column_name = 'purpose') = 0,
  'ALTER TABLE attachments
    ADD COLUMN purpose VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''attachment'',
    ADD COLUMN reason VARCHAR(300) NULL,
    ADD COLUMN metadata JSON NULL,
    ADD COLUMN extracted_text MEDIUMTEXT NULL',
  'DO 0');
PREPARE migration FROM @statement;
EXECUTE migration;
DEALLOCATE PREPARE migration;

CREATE TABLE IF NOT EXISTS import_rows (
  attachment_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- As spreadsheets count: the row of the names is 1.
  row_no INT UNSIGNED NOT NULL,
  -- No foreign key: it would be imported again without its ticket.
  ticket_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (attachment_id, row_no),
  CONSTRAINT import_rows_attachment FOREIGN KEY (attachment_id) REFERENCES attachments (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
