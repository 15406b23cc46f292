import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duration } from './duration.ts';
import { exampleOf } from './example.ts';
import { parseParameterOverrides, readSamConfig } from './sam-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'sampan-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('overrides come in all the forms the SAM CLI takes', () => {
  const wanted = { A: '1', B: 'two words', C: '' };
  expect(parseParameterOverrides('A=1 B="two words" C=')).toEqual(wanted);
  expect(parseParameterOverrides(['A=1', "B='two words'", 'C='])).toEqual(wanted);
  expect(
    parseParameterOverrides('ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue="two words" C='),
  ).toEqual(wanted);
  expect(() => parseParameterOverrides('nonsense')).toThrow('"nonsense" is not of the form Name=Value');
});

test('deploy wins over global; another environment is another section; a broken file says where', () => {
  const file = join(directory, 'samconfig.toml');
  writeFileSync(
    file,
    'version = 0.1\n[default.global.parameters]\nstack_name = "one"\nregion = "eu-west-1"\n[default.deploy.parameters]\nstack_name = "two"\nparameter_overrides = "A=1"\n[prod.global.parameters]\nstack_name = "three"\n',
  );
  expect(readSamConfig(directory)).toEqual({ stackName: 'two', region: 'eu-west-1', parameterOverrides: { A: '1' } });
  expect(readSamConfig(directory, 'prod')).toEqual({ stackName: 'three', parameterOverrides: {} });
  writeFileSync(file, '[default\n');
  expect(() => readSamConfig(directory)).toThrow(/samconfig\.toml: /);
});

test('durations', () => {
  expect(duration('10m')).toBe(600_000);
  expect(() => duration('soon')).toThrow('write a number and s, m, h or d');
});

test('an example satisfies the usual schema, by reference too', () => {
  const models = { Mail: { type: 'string', format: 'email' } };
  const schema = {
    type: 'object',
    required: ['subject', 'mail', 'kind', 'count'],
    properties: {
      subject: { type: 'string', maxLength: 8 },
      mail: { $ref: '#/components/schemas/Mail' },
      kind: { enum: ['a', 'b'] },
      count: { type: 'integer', minimum: 3 },
      other: {},
    },
  };
  expect(exampleOf(schema, models)).toEqual({ subject: 'My first', mail: 'ada@example.com', kind: 'a', count: 3 });
});
