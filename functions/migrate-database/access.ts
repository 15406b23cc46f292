/** The schema, and the user the application logs in with. */
import type { Statements } from '@app/shared/database';
import type { Credentials } from '@app/shared/secrets';

/** Not quoted by parameters: MySQL takes a name, not a text, in these places. */
function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export async function ensureSchema(statements: Statements, schema: string): Promise<void> {
  await statements.write(
    `CREATE DATABASE IF NOT EXISTS ${quoteName(schema)} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci`,
  );
}

export class AccessError extends Error {
  override readonly name = 'AccessError';
}

/**
 * Creates the user with the secret's password, and grants it the rows of the schema: no DDL, no other schema, nothing
 * without TLS. One whom the database lets in already keeps what it has: while its password is rotated it has two, and
 * the second must not go because somebody deploys.
 * @throws AccessError without the statement or the server's words, which may quote the password.
 */
export async function ensureUser(
  statements: Statements,
  schema: string,
  { username, password }: Credentials,
  accepts: (credentials: Credentials) => Promise<boolean>,
): Promise<void> {
  // In a grant on a schema, _ and % are wildcards.
  const grantedSchema = quoteName(schema.replace(/[_%\\]/g, '\\$&'));
  await run(statements, "CREATE USER IF NOT EXISTS ?@'%' IDENTIFIED BY ? REQUIRE SSL", [username, password]);
  await run(statements, `GRANT SELECT, INSERT, UPDATE, DELETE ON ${grantedSchema}.* TO ?@'%'`, [username]);
  if (await accepts({ username, password })) await run(statements, "ALTER USER ?@'%' REQUIRE SSL", [username]);
  else await run(statements, "ALTER USER ?@'%' IDENTIFIED BY ? REQUIRE SSL", [username, password]);
}

async function run(statements: Statements, sql: string, values: readonly string[]): Promise<void> {
  try {
    await statements.write(sql, values);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    throw new AccessError(`${sql.split(' ', 2).join(' ')} for the application failed: ${code ?? 'unknown reason'}`);
  }
}
