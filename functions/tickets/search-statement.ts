/** The full-text search, as one statement. */
import type { Value } from '@app/shared/database';

/** A word in the subject says more about a ticket than one in its messages. */
const SUBJECT_WEIGHT = 3;

export interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

/**
 * Each term is looked up in both full-text indexes; a ticket is found when every term was found somewhere in it.
 * `terms` must hold no full-text operators, as `searchTerms` sees to.
 */
export function searchStatement(
  columns: string,
  terms: readonly string[],
  limit: number,
  only: Condition | undefined,
): { sql: string; values: Value[] } {
  const lookups: string[] = [];
  const values: Value[] = [];
  for (const [index, term] of terms.entries()) {
    const beginning = `${term}*`;
    lookups.push(
      `SELECT id AS ticket_id, ${index} AS term, ${SUBJECT_WEIGHT} * MATCH (subject) AGAINST (? IN BOOLEAN MODE) AS score
         FROM tickets WHERE MATCH (subject) AGAINST (? IN BOOLEAN MODE)`,
      `SELECT ticket_id, ${index} AS term, MATCH (body) AGAINST (? IN BOOLEAN MODE) AS score
         FROM messages WHERE MATCH (body) AGAINST (? IN BOOLEAN MODE)`,
    );
    values.push(beginning, beginning, beginning, beginning);
  }
  const qualified = columns.replaceAll(/\w+/g, 'tickets.$&');
  const sql = `
    SELECT ${qualified} FROM (
      SELECT ticket_id, SUM(score) AS score FROM (${lookups.join(' UNION ALL ')}) AS hits
       GROUP BY ticket_id HAVING COUNT(DISTINCT term) = ?
    ) AS found JOIN tickets ON tickets.id = found.ticket_id
    ${only ? `WHERE ${only.sql}` : ''}
    ORDER BY found.score DESC, tickets.created_at DESC, tickets.id DESC LIMIT ?`;
  return { sql, values: [...values, terms.length, ...(only?.values ?? []), limit] };
}
