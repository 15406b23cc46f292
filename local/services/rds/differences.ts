/** What a stack should know when its instance runs on something else than it asked for. Pure. */
import type { Engine } from './server/locate.ts';
import { type ServerProgram, series } from './server/program.ts';

/** MariaDB 10.11 against MySQL 8.4. */
const MARIADB_LACKS_OF_MYSQL: readonly string[] = [
  'the JSON operators -> and ->> (use JSON_VALUE or JSON_UNQUOTE(JSON_EXTRACT(…)))',
  'INSERT … VALUES … AS new ON DUPLICATE KEY UPDATE (use VALUES(column))',
  'collations utf8mb4_0900_* (use utf8mb4_unicode_ci)',
  'the ngram full-text parser',
  'caching_sha2_password and dual passwords',
  'CHECK violations are error 4025 instead of 3819',
];

/** One line; undefined when the instance runs on what it asked for. */
export function describeSubstitution(
  engine: Engine,
  engineVersion: string | undefined,
  program: Pick<ServerProgram, 'flavour' | 'version'>,
): string | undefined {
  if (engine === 'mysql' && program.flavour === 'mariadb') {
    const wanted = engineVersion ? `MySQL ${engineVersion}` : 'MySQL';
    return `${wanted} runs on MariaDB ${program.version} here (no mysqld found), which lacks: ${MARIADB_LACKS_OF_MYSQL.join('; ')}`;
  }
  if (engineVersion && series(engineVersion) !== series(program.version) && engineVersion.includes('.')) {
    return `version ${engineVersion} runs on ${program.version} here`;
  }
  return undefined;
}
