/** Expressions: what they refuse, in DynamoDB's words, and what they say of items, held against a model. */
import fc from 'fast-check';
import type { AttributeValue, Item } from '../values/attribute-value.ts';
import { applyUpdate } from './apply-update.ts';
import { isTrue } from './evaluate.ts';
import { keyTests } from './key-conditions.ts';
import { project } from './project.ts';
import { type ExpressionName, readExpressions } from './read-expressions.ts';
import { RESERVED_WORDS } from './reserved-words.ts';

const values: Record<string, AttributeValue> = {
  ':a': { S: 'a' },
  ':b': { S: 'b' },
  ':n': { N: '1' },
  ':l': { L: [{ S: 'x' }] },
  ':s': { SS: ['x', 'y'] },
  ':t': { S: 'SS' },
  ':m': { M: {} },
};

/** With only those placeholders that the text has. */
function given(name: ExpressionName, text: string) {
  const used = Object.entries(values).filter(([placeholder]) => new RegExp(`${placeholder}(?![a-z])`).test(text));
  return {
    [name]: text,
    ...(used.length > 0 && { ExpressionAttributeValues: Object.fromEntries(used) }),
    ...(text.includes('#x') && { ExpressionAttributeNames: { '#x': 'x' } }),
  };
}
const read = (name: ExpressionName, text: string) => readExpressions(given(name, text));

function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was refused';
}

test.each<[ExpressionName, string, string]>([
  ['ConditionExpression', '', 'The expression can not be empty;'],
  ['ConditionExpression', 'a = ', 'Syntax error; token: "<EOF>", near: "= "'],
  ['ConditionExpression', 'a == :a', 'Syntax error; token: "=", near: "== :a"'],
  ['ConditionExpression', 'a ! :a', 'Syntax error; token: "!", near: "a !"'],
  ['ConditionExpression', 'name = :a', 'Attribute name is a reserved keyword; reserved keyword: name'],
  [
    'ConditionExpression',
    '#y = :a',
    'An expression attribute name used in the document path is not defined; attribute name: #y',
  ],
  [
    'ConditionExpression',
    'a = :zz',
    'An expression attribute value used in expression is not defined; attribute value: :zz',
  ],
  ['ConditionExpression', 'begins(a, :a)', 'Invalid function name; function: begins'],
  [
    'ConditionExpression',
    'size(a)',
    'The function is not allowed to be used this way in an expression; function: size',
  ],
  [
    'ConditionExpression',
    'attribute_exists(a) = :a',
    'The function is not allowed to be used this way in an expression; function: attribute_exists',
  ],
  [
    'ConditionExpression',
    'begins_with(a)',
    'Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1',
  ],
  [
    'ConditionExpression',
    'begins_with(a, :n)',
    'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
  ],
  [
    'ConditionExpression',
    'attribute_exists(:a)',
    'Operator or function requires a document path; operator or function: attribute_exists',
  ],
  [
    'ConditionExpression',
    'attribute_type(a, :a)',
    'Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
  ],
  ['ConditionExpression', 'a < :m', 'Incorrect operand type for operator or function; operator: <, operand type: M'],
  [
    'ConditionExpression',
    'a.b = a.b',
    'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a, b]',
  ],
  [
    'ConditionExpression',
    'x BETWEEN :b AND :a',
    'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}',
  ],
  ['UpdateExpression', 'SET a = :a SET b = :b', 'The "SET" section can only be used once in an update expression;'],
  ['UpdateExpression', 'PUT a = :a', 'Syntax error; token: "PUT", near: "PUT a"'],
  [
    'UpdateExpression',
    'SET a = :a, a.b = :b',
    'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
  ],
  [
    'UpdateExpression',
    'SET a.b = :a REMOVE a[1]',
    'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]',
  ],
  [
    'UpdateExpression',
    'ADD a :a',
    'Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
  ],
  [
    'UpdateExpression',
    'SET a = b + :a',
    'Incorrect operand type for operator or function; operator or function: +, operand type: S',
  ],
  [
    'UpdateExpression',
    'SET a = size(b)',
    'The function is not allowed to be used this way in an expression; function: size',
  ],
  [
    'ProjectionExpression',
    'a, a[0]',
    'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, [0]]',
  ],
])('%s %j: %s', (name, text, expected) => {
  expect(message(() => read(name, text))).toBe(`Invalid ${name}: ${expected}`);
});

test('what nobody asks for is refused, and so are names that are none and too much text', () => {
  const ConditionExpression = 'attribute_exists(a)';
  expect(message(() => readExpressions({ ConditionExpression, ExpressionAttributeValues: { ':a': { S: 'a' } } }))).toBe(
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}',
  );
  expect(message(() => readExpressions({ ConditionExpression, ExpressionAttributeNames: { '#a': 'a' } }))).toBe(
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}',
  );
  expect(message(() => readExpressions({ ConditionExpression, ExpressionAttributeNames: { a: 'a' } }))).toBe(
    'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
  );
  const long = `attribute_exists(${'a'.repeat(4_080)})`;
  expect(message(() => readExpressions({ ConditionExpression: long }))).toBe(
    'Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4098',
  );
  const many = Array.from({ length: 301 }, () => ':n = x')
    .join(' OR ')
    .slice(0, 4_000)
    .replace(/ OR [^O]*$/, '');
  expect(message(() => read('FilterExpression', many))).toMatch(/contains too many operators; operator count: \d+$/);
  expect(RESERVED_WORDS.size).toBe(573);
});

test.each([
  ['a <> :a', 'Invalid operator used in KeyConditionExpression: <>'],
  ['a = :a OR b = :b', 'Invalid operator used in KeyConditionExpression: OR'],
  ['NOT a = :a', 'Invalid operator used in KeyConditionExpression: NOT'],
  ['contains(a, :a)', 'Invalid operator used in KeyConditionExpression: contains'],
  ['a = :a AND a = :b', 'KeyConditionExpressions must only contain one condition per key'],
  ['a.b = :a', 'KeyConditionExpressions cannot have conditions on nested attributes'],
  ['a = b', 'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition'],
])('a key condition %j is refused: %s', (text, expected) => {
  expect(message(() => keyTests(read('KeyConditionExpression', text).keyCondition!))).toBe(expected);
});

/** By name; undefined is an attribute that is not there. */
type Numbers = Readonly<Record<string, number | undefined>>;

/** A condition's text, and what it says of numbers. */
interface Modelled {
  readonly text: string;
  readonly holds: (numbers: Numbers) => boolean;
}

const names = fc.constantFrom('p', 'q', 'r');
const literals = fc.integer({ min: 0, max: 3 });
const by = { '=': 0, '<>': 0, '<': 0, '<=': 0, '>': 0, '>=': 0 };

function compared(operator: string, a: number | undefined, b: number): boolean {
  if (operator === '<>') return a !== b;
  if (a === undefined) return false;
  if (operator === '=') return a === b;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

const { condition } = fc.letrec<{ condition: Modelled }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(names, fc.constantFrom(...Object.keys(by)), literals).map(([name, operator, n]) => ({
      text: `${name} ${operator} :v${n}`,
      holds: (all: Numbers) => compared(operator, all[name], n),
    })),
    fc.tuple(names, literals, literals).map(([name, x, y]) => {
      const [low, high] = [Math.min(x, y), Math.max(x, y)];
      return {
        text: `${name} between :v${low} and :v${high}`,
        holds: (all: Numbers) => all[name] !== undefined && all[name] >= low && all[name] <= high,
      };
    }),
    fc.tuple(names, fc.array(literals, { minLength: 1, maxLength: 3 })).map(([name, list]) => ({
      text: `${name} IN (${list.map((n) => `:v${n}`).join(', ')})`,
      holds: (all: Numbers) => all[name] !== undefined && list.includes(all[name]),
    })),
    fc.tuple(names, fc.boolean()).map(([name, negative]) => ({
      text: `attribute_${negative ? 'not_' : ''}exists(${name})`,
      holds: (all: Numbers) => (all[name] !== undefined) !== negative,
    })),
    tie('condition').map(({ text, holds }) => ({ text: `NOT (${text})`, holds: (all: Numbers) => !holds(all) })),
    // Without brackets: AND binds more than OR does.
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => ({
      text: `(${a.text}) OR (${b.text}) AND (${c.text})`,
      holds: (all: Numbers) => a.holds(all) || (b.holds(all) && c.holds(all)),
    })),
  ) as fc.Arbitrary<Modelled>,
}));

test('a condition says of an item what a model says', () => {
  const items = fc.record({
    p: fc.option(literals, { nil: undefined }),
    q: fc.option(literals, { nil: undefined }),
    r: literals,
  });
  fc.assert(
    fc.property(condition, items, ({ text, holds }, numbers) => {
      fc.pre(text.length < 3_000);
      const used = [...new Set(text.match(/:v\d/g) ?? [])];
      const expressions = readExpressions({
        FilterExpression: text,
        ...(used.length > 0 && {
          ExpressionAttributeValues: Object.fromEntries(used.map((name) => [name, { N: name.slice(2) }])),
        }),
      });
      const item = Object.fromEntries(
        Object.entries(numbers).flatMap(([name, n]) => (n === undefined ? [] : [[name, { N: String(n) }]])),
      );
      expect(isTrue(expressions.filter!, item)).toBe(holds(numbers));
    }),
  );
});

test('functions look into strings, binaries, sets, lists and maps', () => {
  const item: Item = {
    text: { S: 'hello' },
    bytes: { B: Buffer.from('hello') },
    set: { SS: ['x', 'y'] },
    list: { L: [{ S: 'x' }, { M: { deep: { N: '7' } } }] },
    map: { M: { '#odd.name': { BOOL: true } } },
  };
  const holds = (FilterExpression: string, given: Record<string, AttributeValue>, more: Record<string, string> = {}) =>
    isTrue(
      readExpressions({
        FilterExpression,
        ExpressionAttributeValues: given,
        ...(Object.keys(more).length > 0 && { ExpressionAttributeNames: more }),
      }).filter!,
      item,
    );
  const ell = { ':v': { S: 'ell' } };
  expect(holds('contains(#t, :v)', ell, { '#t': 'text' })).toBe(true);
  expect(holds('contains(#b, :v)', { ':v': { B: Buffer.from('ell') } }, { '#b': 'bytes' })).toBe(true);
  expect(holds('contains(#s, :v) AND contains(#l, :v)', { ':v': { S: 'x' } }, { '#s': 'set', '#l': 'list' })).toBe(
    true,
  );
  expect(holds('begins_with(#b, :v)', { ':v': { B: Buffer.from('he') } }, { '#b': 'bytes' })).toBe(true);
  expect(holds('#l[1].deep = :v', { ':v': { N: '7.0' } }, { '#l': 'list' })).toBe(true);
  expect(holds('#m.#o = :v', { ':v': { BOOL: true } }, { '#m': 'map', '#o': '#odd.name' })).toBe(true);
  expect(holds('size(#t) = :v AND size(#s) < :v', { ':v': { N: '5' } }, { '#t': 'text', '#s': 'set' })).toBe(true);
  expect(holds('attribute_type(#s, :v)', { ':v': { S: 'SS' } }, { '#s': 'set' })).toBe(true);
  expect(holds('hasOwnProperty = :v', { ':v': { S: 'x' } })).toBe(false);
});

test('an operand may stand in brackets, a condition in one pair of them', () => {
  const item: Item = { a: { S: 'abÿ' }, b: { N: '3' } };
  const holds = (FilterExpression: string) =>
    isTrue(readExpressions({ FilterExpression, ExpressionAttributeValues: { ':v': { N: '3' } } }).filter!, item);
  for (const text of [
    '(size(a)) = :v',
    '((size(a)) = :v) AND b = :v',
    '(b) BETWEEN :v AND (:v)',
    'NOT ((b) <> (:v))',
  ]) {
    expect(holds(text)).toBe(true);
  }
  for (const text of ['((b = :v))', 'b = :v AND ((b = :v AND b = :v))']) {
    expect(message(() => holds(text))).toBe('Invalid FilterExpression: The expression has redundant parentheses;');
  }
});

const update = (item: Item, text: string) => applyUpdate(item, read('UpdateExpression', text).update!);

test('an update works everything out from the item as it was', () => {
  const item: Item = {
    a: { N: '1' },
    b: { N: '2' },
    list: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] },
    tags: { SS: ['x', 'z'] },
  };
  expect(update(item, 'SET a = b, b = a')).toMatchObject({ a: { N: '2' }, b: { N: '1' } });
  expect(update({ l: item['list']! }, 'SET l[9] = :a, l[5] = :n REMOVE l[0], l[2]')).toEqual({
    l: { L: [{ N: '1' }, { N: '1' }, { S: 'a' }] },
  });
  expect(update({ t: item['tags']! }, 'ADD t :s')).toEqual({ t: { SS: ['x', 'z', 'y'] } });
  expect(update({ t: { SS: ['x'] }, n: { N: '1' } }, 'DELETE t :s ADD n :n')).toEqual({ n: { N: '2' } });
  expect(update({ m: { M: {} } }, 'SET m.deep = if_not_exists(m.deep, :l), c = :a')).toEqual({
    m: { M: { deep: { L: [{ S: 'x' }] } } },
    c: { S: 'a' },
  });
  expect(item['a']).toEqual({ N: '1' });
});

test.each([
  ['SET a = b', 'The provided expression refers to an attribute that does not exist in the item'],
  ['SET a.b = :a', 'The document path provided in the update expression is invalid for update'],
  ['REMOVE a.b', 'The document path provided in the update expression is invalid for update'],
  ['SET a = t + :n', 'An operand in the update expression has an incorrect data type'],
  ['ADD t :n', 'An operand in the update expression has an incorrect data type'],
])('an update %j of an item it does not fit is refused', (text, expected) => {
  expect(message(() => update({ t: { S: 'text' } }, text))).toBe(expected);
});

test('a projection keeps the order of a list, and what is not there leaves no trace', () => {
  const item: Item = { l: { L: [{ S: '0' }, { S: '1' }, { S: '2' }] }, m: { M: { a: { S: 'a' }, b: { S: 'b' } } } };
  const paths = read('ProjectionExpression', 'l[2], l[0], m.b, m.nope, zzz').projection!;
  expect(project(item, paths)).toEqual({ l: { L: [{ S: '0' }, { S: '2' }] }, m: { M: { b: { S: 'b' } } } });
});
