import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { migrations } from './migrations.ts';
import { splitStatements } from './statements.ts';

test.each([
  ['SELECT 1', ['SELECT 1']],
  ['SELECT 1;\n\nSELECT 2 ;', ['SELECT 1', 'SELECT 2']],
  [
    'INSERT INTO t VALUES (\'a;b\', "c;d", `e;f`); SELECT 2',
    ['INSERT INTO t VALUES (\'a;b\', "c;d", `e;f`)', 'SELECT 2'],
  ],
  ["SELECT 'it''s; fine', 'back\\';slash';", ["SELECT 'it''s; fine', 'back\\';slash'"]],
  ['SELECT `a\\`; SELECT 2', ['SELECT `a\\`', 'SELECT 2']],
  [
    '-- a; comment\nSELECT 1; # another; one\nSELECT /* ; */ 2;',
    ['-- a; comment\nSELECT 1', '# another; one\nSELECT /* ; */ 2'],
  ],
  ['SELECT 5--3; SELECT 2', ['SELECT 5--3', 'SELECT 2']],
  ['-- only\n/* comments; */ # here', []],
  ['/*! SET x = 1 */;', ['/*! SET x = 1 */']],
  [';;  ;\n', []],
  ['', []],
  ["SELECT 'never closed; ", ["SELECT 'never closed;"]],
])('%j', (sql, statements) => {
  expect(splitStatements(sql)).toEqual(statements);
});

test('statements joined by semicolons come apart again', () => {
  const piece = fc.oneof(
    fc.constantFrom('SELECT', '1', 'x', '(', ')', ',', ' ', '\n', '- ', '/ '),
    fc.string().map((content) => `'${content.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`),
    fc.string().map((content) => `\`${content.replaceAll('`', '``')}\``),
  );
  const statement = fc.array(piece, { minLength: 1 }).map((pieces) => `S ${pieces.join(' ')}`.trim());
  fc.assert(
    fc.property(fc.array(statement), (statements) => {
      expect(splitStatements(statements.map((one) => `${one};`).join('\n'))).toEqual(statements);
    }),
  );
});

test("the project's own migrations come apart into statements, each whole", () => {
  const statements = migrations.flatMap(({ sql }) => splitStatements(sql));
  const verbs = /^(?:--.*\n|\s)*(?:CREATE TABLE IF NOT EXISTS|SET|PREPARE|EXECUTE|DEALLOCATE|INSERT IGNORE|UPDATE)\s/;
  expect(statements.filter((statement) => !verbs.test(statement))).toEqual([]);
  const tables = statements.flatMap((statement) => /CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1] ?? []);
  expect(tables).toEqual(expect.arrayContaining(['tickets', 'messages', 'attachments', 'outbox', 'status_changes']));
});
