/** Update expressions. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html */
import { notAllowedHere, wrongCount } from './conditions.ts';
import { readPath } from './paths.ts';
import type { Assigned, Operand, Path, UpdateAction } from './syntax-tree.ts';
import { showPath } from './syntax-tree.ts';
import { ExpressionError, TokenReader } from './tokens.ts';

type Section = 'SET' | 'REMOVE' | 'ADD' | 'DELETE';

/** Placeholders stay as they are. Throws ExpressionError. */
export function parseUpdate(text: string): readonly UpdateAction[] {
  const reader = new TokenReader(text);
  const actions: UpdateAction[] = [];
  const seen = new Set<Section>();
  do {
    const section = sectionAt(reader);
    if (!section) throw reader.unexpected();
    reader.take();
    if (seen.has(section)) {
      throw new ExpressionError(`The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do actions.push(readAction(reader, section));
    while (reader.acceptSymbol(','));
  } while (reader.next.kind !== 'end');
  return actions;
}

function sectionAt(reader: TokenReader): Section | undefined {
  return (['SET', 'REMOVE', 'ADD', 'DELETE'] as const).find((section) => reader.isWord(section));
}

function readAction(reader: TokenReader, section: Section): UpdateAction {
  const path = readPath(reader);
  switch (section) {
    case 'SET':
      reader.expectSymbol('=');
      return { kind: 'set', path, to: readSum(reader) };
    case 'REMOVE':
      return { kind: 'remove', path };
    case 'ADD':
      return { kind: 'add', path, value: readValue(reader) };
    case 'DELETE':
      return { kind: 'delete', path, value: readValue(reader) };
  }
}

function readValue(reader: TokenReader): Operand {
  if (reader.next.kind !== 'value') throw reader.unexpected();
  return { kind: 'placeholder', name: reader.take().text };
}

/** One plus or minus, no more. */
function readSum(reader: TokenReader): Assigned {
  const left = readTerm(reader);
  if (reader.acceptSymbol('+')) return { kind: 'plus', left, right: readTerm(reader) };
  if (reader.acceptSymbol('-')) return { kind: 'minus', left, right: readTerm(reader) };
  return left;
}

function readTerm(reader: TokenReader): Assigned {
  const { kind, text: name } = reader.next;
  if (kind === 'value') return { kind: 'placeholder', name: reader.take().text };
  if (reader.acceptSymbol('(')) {
    const inner = readSum(reader);
    reader.expectSymbol(')');
    return inner;
  }
  if (kind === 'word' && reader.afterNext?.kind === 'symbol' && reader.afterNext.text === '(') {
    reader.take();
    reader.take();
    const operands: Assigned[] = [];
    if (!reader.isSymbol(')')) {
      do operands.push(readTerm(reader));
      while (reader.acceptSymbol(','));
    }
    reader.expectSymbol(')');
    return called(name, operands);
  }
  return { kind: 'path', path: readPath(reader) };
}

function called(name: string, operands: readonly Assigned[]): Assigned {
  switch (name) {
    case 'if_not_exists': {
      if (operands.length !== 2) throw wrongCount(name, operands.length);
      const [tested, otherwise] = operands as [Assigned, Assigned];
      if (tested.kind !== 'path') {
        throw new ExpressionError(`Operator or function requires a document path; operator or function: ${name}`);
      }
      return { kind: 'if_not_exists', path: tested.path, otherwise };
    }
    case 'list_append':
      if (operands.length !== 2) throw wrongCount(name, operands.length);
      return { kind: 'list_append', left: operands[0]!, right: operands[1]! };
    case 'attribute_exists':
    case 'attribute_not_exists':
    case 'attribute_type':
    case 'begins_with':
    case 'contains':
    case 'size':
      throw notAllowedHere(name);
    default:
      throw new ExpressionError(`Invalid function name; function: ${name}`);
  }
}

/** Two paths of one request may be neither equal, nor one inside the other, nor take one place for map and list. */
export function checkOverlaps(paths: readonly Path[]): void {
  for (let second = 1; second < paths.length; second += 1) {
    for (let first = 0; first < second; first += 1) {
      const clash = clashOf(paths[first]!, paths[second]!);
      if (!clash) continue;
      const shown = `path one: ${showPath(paths[first]!)}, path two: ${showPath(paths[second]!)}`;
      const rewrite = 'must remove or rewrite one of these paths';
      throw new ExpressionError(`Two document paths ${clash} with each other; ${rewrite}; ${shown}`);
    }
  }
}

function clashOf(a: Path, b: Path): 'overlap' | 'conflict' | undefined {
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    if (typeof a[index] !== typeof b[index]) return 'conflict';
    if (a[index] !== b[index]) return undefined;
  }
  return 'overlap';
}
