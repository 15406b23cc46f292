/** `[ip, user, ..., status = 4*, bytes > 1000]`: log lines whose fields stand apart by blanks. */
import { comparison } from './comparison.ts';
import { FilterPatternError } from './error.ts';
import { createReader, parseLogic, type Reader } from './tokens.ts';

type Column =
  | { readonly kind: 'any-number' }
  | {
      readonly kind: 'one' /** Without one it is told by its number. */;
      readonly name?: string;
      readonly matches: (field: string) => boolean;
    };

export interface ColumnPattern {
  readonly matches: (message: string) => boolean;
  /** By `$name`. */
  readonly extract: (message: string) => Record<string, string>;
}

export function parseColumns(text: string, mostRegexes: number): ColumnPattern {
  const reader = createReader(text, mostRegexes);
  reader.expect('[');
  const columns: Column[] = [];
  if (!reader.take(']')) {
    do columns.push(parseColumn(reader));
    while (reader.take(','));
    reader.expect(']');
  }
  if (!reader.done) reader.fail();
  const gap = columns.findIndex(({ kind }) => kind === 'any-number');
  if (columns.filter(({ kind }) => kind === 'any-number').length > 1) {
    throw new FilterPatternError('Invalid filter pattern: an ellipsis may be used once');
  }
  return {
    matches: (message) => matchColumns(columns, gap, fieldsOf(message)),
    extract: (message) => extractColumns(columns, gap, fieldsOf(message)),
  };
}

function parseColumn(reader: Reader): Column {
  if (reader.take('...')) return { kind: 'any-number' };
  if (/^[,\]]/.test(reader.rest)) return { kind: 'one', matches: () => true };
  // A column's conditions name it again each time: `w1 = ERROR || w1 = WARN`.
  let name: string | undefined;
  const matches = parseLogic<string>(reader, () => {
    const named = reader.match(/^[A-Za-z_$][\w$]*/) ?? reader.fail();
    name ??= named;
    if (named !== name) throw new FilterPatternError(`Invalid filter pattern: ${named} in the conditions of ${name}`);
    if (!/^(!=|<=|>=|=|<|>)/.test(reader.rest)) return () => true;
    return comparison(reader.operator(), reader.operand());
  });
  return { kind: 'one', name: name ?? reader.fail(), matches };
}

function matchColumns(columns: readonly Column[], gap: number, fields: readonly string[]): boolean {
  if (gap < 0) return columns.length === fields.length && all(columns, fields);
  const after = columns.slice(gap + 1);
  if (fields.length < columns.length - 1) return false;
  return all(columns.slice(0, gap), fields) && all(after, fields.slice(fields.length - after.length));
}

function extractColumns(columns: readonly Column[], gap: number, fields: readonly string[]): Record<string, string> {
  const skipped = gap < 0 ? 0 : fields.length - (columns.length - 1);
  const found: [string, string][] = [];
  columns.forEach((column, index) => {
    if (column.kind === 'any-number') {
      // What has no name has its number, as in AWS's answers.
      for (let more = 0; more < skipped; more++) found.push([`$${index + more + 1}`, fields[index + more]!]);
    } else {
      const at = gap >= 0 && index > gap ? index + skipped - 1 : index;
      const value = fields[at];
      if (value !== undefined) found.push([`$${column.name ?? at + 1}`, value]);
    }
  });
  return Object.fromEntries(found);
}

function all(columns: readonly Column[], fields: readonly string[]): boolean {
  return columns.every((column, index) => column.kind === 'one' && column.matches(fields[index]!));
}

/** What stands in quotes or brackets is one field. */
function fieldsOf(message: string): string[] {
  return [...message.matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g)].map(
    ([, quoted, bracketed, bare]) => quoted ?? bracketed ?? bare!,
  );
}
