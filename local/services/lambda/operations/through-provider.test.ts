import { expect, test } from '@jest/globals';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Provider } from '../../../kernel/provider.ts';
import { TemplateError } from '../../../template/stack.ts';
import type { LambdaProviders } from '../providers/index.ts';
import { createThroughProvider } from './through-provider.ts';

const ALIAS = 'AWS::Lambda::Alias';
const nothing: Provider = {
  create: () => ({ physicalId: '' }),
  update: () => ({ physicalId: '' }),
  delete: () => {},
};
const through = (provider: Partial<Provider>) =>
  createThroughProvider({ [ALIAS]: { ...nothing, ...provider } } as unknown as LambdaProviders);
const finding = (message: string, severity: 'error' | 'warning' = 'error') => ({ severity, code: 'c', message });
const refusing = (...messages: string[]) => ({
  create: () => {
    throw new TemplateError(messages.map((message) => finding(message)));
  },
});
const wanted = { name: 'live', properties: { Name: 'live' } };

test('a provider is asked as by a template, with the name for a logical id and a generated name', async () => {
  const asked: unknown[] = [];
  const record = (...all: unknown[]) => {
    asked.push(...all);
    return { physicalId: 'arn' };
  };
  const way = through({ create: record, update: record });
  await way.create(ALIAS, wanted);
  await way.update(ALIAS, { ...wanted, logicalId: 'Live', physicalId: 'arn', before: { Name: 'old' } });
  expect(asked).toMatchObject([
    { logicalId: 'live', type: ALIAS, properties: { Name: 'live' }, generatedName: 'live' },
    { logicalId: 'Live', properties: { Name: 'live' } },
    { logicalId: 'Live', physicalId: 'arn', properties: { Name: 'old' } },
  ]);
});

test.each([
  [['too many'], 'InvalidParameterValueException', 'too many'],
  [['first', 'second'], 'InvalidParameterValueException', 'first'],
  [
    ['first', "Value 'a' at 'b' failed to satisfy constraint: c", "Value 'd' at 'e' failed to satisfy constraint: f"],
    'ValidationException',
    "2 validation errors detected: Value 'a' at 'b' failed to satisfy constraint: c; Value 'd' at 'e' failed to satisfy constraint: f",
  ],
])('findings %j become Lambda’s errors', async (messages, code, message) => {
  await expect(through(refusing(...messages)).create(ALIAS, wanted)).rejects.toMatchObject({
    code,
    message,
    statusCode: 400,
  });
});

test('an AWS error stays what it is, and so does a bug', async () => {
  for (const error of [new AwsError('ResourceNotFoundException', 'no'), new TypeError('a bug')]) {
    const fail = async () => {
      throw error;
    };
    await expect(through({ delete: fail }).delete(ALIAS, 'arn')).rejects.toBe(error);
  }
});

test('who changes what is being changed is told so, until it is done', async () => {
  const way = through({});
  let finish = () => {};
  const first = way.alone('arn:f', () => new Promise<void>((resolve) => (finish = resolve)));
  await expect(way.alone('arn:f', async () => 1)).rejects.toMatchObject({
    code: 'ResourceConflictException',
    statusCode: 409,
    message: 'The operation cannot be performed at this time. An update is in progress for resource: arn:f',
  });
  expect(await way.alone('arn:g', async () => 2)).toBe(2);
  finish();
  await first;
  await expect(way.alone('arn:f', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await way.alone('arn:f', async () => 3)).toBe(3);
});
