-- What the clock of a ticket goes by: when its status changed, when somebody of us answered first, whether it was escalated,
-- and when to look at it next.

CREATE TABLE IF NOT EXISTS status_changes (
  ticket_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The version that the change led to.
  ticket_version INT UNSIGNED NOT NULL,
  status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  changed_at DATETIME(6) NOT NULL,
  PRIMARY KEY (ticket_id, ticket_version),
  CONSTRAINT status_changes_ticket FOREIGN KEY (ticket_id) REFERENCES tickets (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;

-- MySQL has no ADD COLUMN IF NOT EXISTS: what is there already is asked of the catalogue, so that this may run again.
SET @statement = IF(
  (SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'tickets' AND column_name = 'sla_check_at') = 0,
  -- Null: there is nothing to look at. What is new, or was just changed, is looked at in the next run.
  'ALTER TABLE tickets
    ADD COLUMN first_response_at DATETIME(6) NULL,
    ADD COLUMN escalated_at DATETIME(6) NULL,
    ADD COLUMN sla_check_at DATETIME(6) NULL DEFAULT ''2000-01-01 00:00:00'',
    ADD KEY tickets_by_sla_check (sla_check_at, id)',
  'DO 0');
PREPARE migration FROM @statement;
EXECUTE migration;
DEALLOCATE PREPARE migration;

-- Of tickets from before, the last change is the best guess at when their status became what it is.
INSERT IGNORE INTO status_changes (ticket_id, ticket_version, status, changed_at)
  SELECT id, version, status, updated_at FROM tickets WHERE status <> 'open';

UPDATE tickets SET sla_check_at = NULL WHERE status <> 'open' AND sla_check_at IS NOT NULL;

UPDATE tickets JOIN (
  SELECT messages.ticket_id, MIN(messages.created_at) AS answered_at
  FROM messages JOIN tickets AS asked ON asked.id = messages.ticket_id
  WHERE messages.author <> asked.requester_email GROUP BY messages.ticket_id
) AS answers ON answers.ticket_id = tickets.id
  SET tickets.first_response_at = answers.answered_at WHERE tickets.first_response_at IS NULL;
