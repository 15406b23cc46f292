import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseDocument, readDocument } from './document.ts';
import { type Json, type JsonObject, TemplateError } from './stack.ts';
import { errorsOf, FILE } from './test-stack.ts';
import { copyTree } from './tree.ts';

const parse = (text: string) => parseDocument(text, FILE);
const tree = (text: string) => parse(text).tree;
const value = (yaml: string) => tree(`V: ${yaml}`)['V'];
const errors = (text: string) => errorsOf(() => parse(text));

describe('short forms become long forms', () => {
  test.each<[string, Json]>([
    ['!Ref Name', { Ref: 'Name' }],
    ['!Ref AWS::Region', { Ref: 'AWS::Region' }],
    ['!Ref 123', { Ref: '123' }],
    ['!GetAtt Db.Endpoint.Address', { 'Fn::GetAtt': ['Db', 'Endpoint.Address'] }],
    ['!GetAtt [Db, Endpoint.Address]', { 'Fn::GetAtt': ['Db', 'Endpoint.Address'] }],
    ['{"Fn::GetAtt": "Db.Arn"}', { 'Fn::GetAtt': ['Db', 'Arn'] }],
    ['!Sub "${A}-b"', { 'Fn::Sub': '${A}-b' }],
    ['!Sub ["${A}", {A: !Ref B}]', { 'Fn::Sub': ['${A}', { A: { Ref: 'B' } }] }],
    ['!Join [",", [a, !Ref B]]', { 'Fn::Join': [',', ['a', { Ref: 'B' }]] }],
    ['!Select [0, !GetAZs ""]', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }],
    ['!GetAZs', { 'Fn::GetAZs': '' }],
    ['!Split [",", a]', { 'Fn::Split': [',', 'a'] }],
    ['!If [C, 1, !Ref AWS::NoValue]', { 'Fn::If': ['C', 1, { Ref: 'AWS::NoValue' }] }],
    ['!And [!Condition A, !Condition B]', { 'Fn::And': [{ Condition: 'A' }, { Condition: 'B' }] }],
    [
      '!Or [!Condition A, !Not [!Condition B]]',
      { 'Fn::Or': [{ Condition: 'A' }, { 'Fn::Not': [{ Condition: 'B' }] }] },
    ],
    ['!Equals [a, b]', { 'Fn::Equals': ['a', 'b'] }],
    ['!FindInMap [M, !Ref AWS::Region, K]', { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'K'] }],
    ['!Base64 text', { 'Fn::Base64': 'text' }],
    ['!Cidr [10.0.0.0/16, 2, 8]', { 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }],
    ['!ImportValue name', { 'Fn::ImportValue': 'name' }],
    ['!ImportValue {"Fn::Sub": "${A}"}', { 'Fn::ImportValue': { 'Fn::Sub': '${A}' } }],
    ['!Length [1, 2]', { 'Fn::Length': [1, 2] }],
    ['!ToJsonString {a: 1}', { 'Fn::ToJsonString': { a: 1 } }],
    ['!Transform {Name: M}', { 'Fn::Transform': { Name: 'M' } }],
    ['!Contains [[a], a]', { 'Fn::Contains': [['a'], 'a'] }],
    ['!RefAll AWS::EC2::VPC::Id', { 'Fn::RefAll': 'AWS::EC2::VPC::Id' }],
  ])('%s', (yaml, expected) => {
    expect(value(yaml)).toEqual(expected);
  });

  test('a block text keeps its lines', () => {
    expect(tree('V: !Sub |\n  one ${A}\n  two\n')).toEqual({ V: { 'Fn::Sub': 'one ${A}\ntwo\n' } });
  });

  test('an unknown short form is refused with the nearest one', () => {
    expect(errors('A:\n  B: !Subb x\n')).toEqual([
      'template.yaml:2:6 CloudFormation knows no !Subb (did you mean !Sub?)',
    ]);
  });

  test('two short forms in a row are refused with the way out', () => {
    expect(errors('A: !Base64 !Sub x\n')).toEqual([
      'template.yaml:1:12 one short form cannot follow another directly: write the outer one as Fn::Name:',
    ]);
  });
});

describe('scalars are read as CloudFormation and sam read them', () => {
  test.each<[string, Json]>([
    ['2010-09-09', '2010-09-09'],
    ['2012-10-17T10:00:00Z', '2012-10-17T10:00:00Z'],
    ['42', 42],
    ['-7', -7],
    ['+7', 7],
    ['1_000', 1000],
    ['0x1F', 31],
    ['0b101', 5],
    ['0644', 420],
    ['012345678901', '012345678901'],
    ['123456789012', 123456789012],
    ['98765432109876543210', '98765432109876543210'],
    ['10:30', 630],
    ['03:00', '03:00'],
    ['sun:03:00-sun:04:00', 'sun:03:00-sun:04:00'],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e3', '1e3'],
    ['1.0e+3', 1000],
    ['.inf', '.inf'],
    ['1.2.3', '1.2.3'],
    ['10.0.0.0/16', '10.0.0.0/16'],
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['n', 'n'],
    ['TRUE', true],
    ['tRUE', 'tRUE'],
    ['null', null],
    ['~', null],
    ['', null],
    ['"null"', 'null'],
    ["'yes'", 'yes'],
    ['!!str 5', '5'],
    ['!!int "5"', 5],
    ['! 5', '5'],
  ])('%s', (yaml, expected) => {
    expect(value(yaml)).toEqual(expected);
  });

  test('YAML types that CloudFormation does not have are refused', () => {
    expect(errors('A: !!binary aGk=')).toEqual(['template.yaml:1:4 CloudFormation does not support !!binary']);
    expect(errors('A: !!int x')).toEqual(['template.yaml:1:4 "x" is no !!int']);
  });

  test('names are text, whatever they look like', () => {
    expect(tree('V:\n  200: a\n  yes: b\n  2010-09-09: c\n')).toEqual({
      V: { '200': 'a', yes: 'b', '2010-09-09': 'c' },
    });
  });
});

describe('JSON', () => {
  test('numbers mean what they mean in JSON', () => {
    expect(tree('{"a": 1e3, "b": [0.5, -0, 1.0], "c": "yes"}')).toEqual({ a: 1000, b: [0.5, 0, 1], c: 'yes' });
  });

  test('tabs may indent it', () => {
    expect(tree('{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n')).toEqual({ a: { b: 1 } });
  });

  test('every JSON object is read as JSON.parse reads it, indented or not', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true });
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 2, '\t'), (template, indent) => {
        const text = JSON.stringify(template, null, indent);
        fc.pre(!text.includes('__proto__') && !/"Fn::GetAtt"/.test(text));
        expect(tree(text)).toEqual(rounded(JSON.parse(text)));
      }),
    );
  });

  /** Integers beyond a double's precision stay text. */
  function rounded(json: Json): Json {
    return JSON.parse(JSON.stringify(json), (_, part) => {
      if (typeof part !== 'number') return part;
      return Number.isInteger(part) && !Number.isSafeInteger(part) ? String(part) : part + 0;
    });
  }
});

describe('what is malformed is refused with its place', () => {
  test.each<[string, string, string[]]>([
    ['a tab as indentation', 'A:\n\tB: 1\n', ['template.yaml:2:1 YAML is indented by spaces, this is a tab']],
    ['a duplicate name', 'A:\n  B: 1\n  C: 2\n  B: 3\n', ['template.yaml:4:3 "B" is already there in line 2']],
    [
      'an unknown alias',
      'A: &base 1\nB: *bas\n',
      ['template.yaml:2:4 there is no &bas before this (did you mean base?)'],
    ],
    ['a circular alias', 'A: &a\n  B: *a\n', ['template.yaml:2:6 *a contains itself']],
    ['a merge of text', 'A: &a x\nB:\n  <<: *a\n', ['template.yaml:3:3 << merges a map or a list of maps']],
    ['a map as a name', 'A:\n  ? {x: 1}\n  : 2\n', ['template.yaml:2:5 a name must be plain text']],
    ['__proto__', 'A:\n  __proto__: {x: 1}\n', ['template.yaml:2:3 "__proto__" cannot be a name']],
    [
      'a second document',
      'A: 1\n---\nB: 2\n',
      ['template.yaml:2:1 a template is one YAML document, a second one starts here'],
    ],
    ['a list', '- A\n', ['template.yaml:1:1 a template is a map of sections, this is a list']],
    ['nothing', '', ['template.yaml:1:1 a template is a map of sections, this is null']],
  ])('%s', (_, text, expected) => {
    expect(errors(text)).toEqual(expected);
  });

  test('everything is reported at once, in reading order', () => {
    expect(errors('A: !Reff x\nB: 1\nB: 2\nC: !Sup y\n').map((line) => line.split(' ')[0])).toEqual([
      'template.yaml:1:4',
      'template.yaml:3:1',
      'template.yaml:4:4',
    ]);
  });

  test('a file that is not there', () => {
    expect(errorsOf(() => readDocument('no/such/template.yaml'))).toEqual([
      'cannot read no/such/template.yaml: there is no such file',
    ]);
  });
});

test('one token out of place is one error, not one for each that follows', () => {
  const lines = Array.from({ length: 20 }, (_, n) => `  R${n}: {Type: AWS::SNS::Topic}`);
  const text = `Resources:\n  Bad: {Type: !Sub a.\${B}.c, D: e}\n${lines.join('\n')}\n`;
  expect(errors(text)).toEqual([expect.stringMatching(/^template\.yaml:2:\d+ Unexpected /)]);
});

describe('attacks', () => {
  test('deep nesting is refused before anything recurses', () => {
    expect(errors(`A: ${'['.repeat(100_000)}`)[0]).toMatch(/^template.yaml:1:\d+ nested more than 128 levels deep$/);
    expect(errors(`A: ${'{"a":'.repeat(100_000)}`)[0]).toMatch(/nested more than 128 levels deep$/);
    const blocks = Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
    expect(errors(blocks)).toEqual(['template.yaml:130:130 nested more than 128 levels deep']);
  });

  test('a billion laughs', () => {
    const lines = ['a0: &a0 lol'];
    for (let level = 1; level < 12; level++) {
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    expect(errors(lines.join('\n'))[0]).toMatch(/^template.yaml:\d+:\d+ aliases unfold to more than 500000 values$/);
  });

  test('a chain of aliases', () => {
    const lines = ['a0: &a0 [x]'];
    for (let level = 1; level < 20_000; level++) lines.push(`a${level}: &a${level} [*a${level - 1}]`);
    expect(errors(lines.join('\n'))).toEqual([expect.stringMatching(/aliases nest more than 256 levels deep$/)]);
  });

  test('a template beyond a megabyte', () => {
    expect(errors(`A: ${'x'.repeat(1_048_577)}`)).toEqual(['template.yaml:1:1 a template is at most 1 MB']);
  });

  test('names of Object.prototype are names like any other', () => {
    const read = tree('constructor: 1\ntoString: 2\nhasOwnProperty: 3\n');
    expect(Object.entries(read)).toEqual([
      ['constructor', 1],
      ['toString', 2],
      ['hasOwnProperty', 3],
    ]);
  });

  test('no text whatever throws anything but TemplateError', () => {
    const fragments = fc.constantFrom(
      ...[
        '!Ref ',
        '!Sub ',
        '!GetAtt ',
        '!!int ',
        '&a ',
        '*a ',
        '<<: ',
        '- ',
        '? ',
        ': ',
        '| ',
        '> ',
        '\n',
        '\n  ',
        '\t',
      ],
      ...['{', '}', '[', ']', ',', '"', "'", '#', '---\n', '...\n', '%YAML 1.1\n', 'a', 'A:', '${', '\u0000', '\ud800'],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fragments, { maxLength: 40 }).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(text, (template) => {
        try {
          parse(template);
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
          for (const { at } of (error as TemplateError).diagnostics) expect(at!.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('aliases', () => {
  test('are unfolded as sam does, with a warning once', () => {
    const document = parse('A: &a {x: [1]}\nB: *a\nC:\n  <<: *a\n  y: 2\n  x: own\n');
    expect(document.tree).toEqual({ A: { x: [1] }, B: { x: [1] }, C: { y: 2, x: 'own' } });
    expect(document.tree['B']).not.toBe(document.tree['A']);
    expect(document.diagnostics).toEqual([
      {
        severity: 'warning',
        code: 'yaml-alias',
        message: 'sam unfolds YAML aliases, but CloudFormation refuses a template that still has them',
        at: { file: FILE, line: 2, column: 4 },
      },
    ]);
  });

  test('an anchor may be used again for something else', () => {
    expect(tree('A: &a 1\nB: *a\nC: &a 2\nD: *a\n')).toEqual({ A: 1, B: 1, C: 2, D: 2 });
  });
});

describe('positions', () => {
  const text = 'A:\n  B: !Sub "x-${C}"\n  L:\n    - one\n    - !Ref Two\n    - {k: v}\n';
  const { tree: root, source } = parse(text);
  const a = root['A'] as JsonObject;
  const list = a['L'] as Json[];
  const at = (line: number, column: number) => ({ file: FILE, line, column });

  test('an entry is where its name is, an item where it starts, its tag included', () => {
    expect(source.at(root, 'A')).toEqual(at(1, 1));
    expect(source.at(a, 'B')).toEqual(at(2, 3));
    expect(source.at(list, 0)).toEqual(at(4, 7));
    expect(source.at(list, 1)).toEqual(at(5, 7));
  });

  test('a container is where its value is', () => {
    expect(source.at(a)).toEqual(at(2, 3));
    expect(source.at(a['B'] as JsonObject)).toEqual(at(2, 6));
    expect(source.at(list[1] as JsonObject)).toEqual(at(5, 7));
    expect(source.at(list[2] as JsonObject)).toEqual(at(6, 7));
  });

  test('a variable is where it stands in its text', () => {
    expect(source.within(a['B'] as JsonObject, 'Fn::Sub', '${C}')).toEqual(at(2, 14));
    expect(source.within(a['B'] as JsonObject, 'Fn::Sub', '${D}')).toEqual(at(2, 6));
  });

  test('a copy has the positions of its original', () => {
    const copy = copyTree(root, source);
    expect(copy).toEqual(root);
    expect(source.at(copy['A'] as JsonObject, 'L')).toEqual(at(3, 3));
    expect(source.at((copy['A'] as JsonObject)['L'] as Json[], 1)).toEqual(at(5, 7));
  });

  test('what nobody wrote has none', () => {
    expect(source.at({})).toBeUndefined();
    expect(source.at(root, 'Z')).toBeUndefined();
  });

  test('every kind of line end counts once', () => {
    for (const end of ['\n', '\r\n']) {
      const crlf = parse(`A: 1${end}B:${end}  C: 2${end}`);
      expect(crlf.source.at(crlf.tree['B'] as JsonObject, 'C')).toEqual(at(3, 3));
    }
  });
});

test('what is printed and read again is the same tree', () => {
  const name = fc.string().filter((key) => key !== '__proto__' && key !== '<<' && key !== 'Fn::GetAtt');
  const { template } = fc.letrec<{ node: Json; template: JsonObject }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(name, tie('node'), { maxKeys: 4, noNullPrototype: true }),
    ) as fc.Arbitrary<Json>,
    template: fc.dictionary(name, tie('node'), {
      minKeys: 1,
      maxKeys: 5,
      noNullPrototype: true,
    }) as fc.Arbitrary<JsonObject>,
  }));
  fc.assert(
    fc.property(template, (original) => {
      const text = stringify(original, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 });
      expect(tree(text)).toEqual(original);
    }),
  );
});
