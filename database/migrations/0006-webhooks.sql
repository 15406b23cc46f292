-- What came by webhook: each delivery once, and the tickets of the threads they belong to.

CREATE TABLE IF NOT EXISTS webhook_deliveries (
  channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The provider's.
  delivery_id VARCHAR(801) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- What it became; null inside its transaction alone. No foreign key: it would be delivered again without its ticket.
  ticket_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  handled_at DATETIME(6) NOT NULL,
  PRIMARY KEY (channel, delivery_id),
  KEY webhook_deliveries_of_ticket (ticket_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;

CREATE TABLE IF NOT EXISTS webhook_threads (
  channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  thread_id VARCHAR(801) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ticket_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (channel, thread_id),
  KEY webhook_threads_of_ticket (ticket_id),
  CONSTRAINT webhook_threads_ticket FOREIGN KEY (ticket_id) REFERENCES tickets (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
