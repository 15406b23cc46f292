/**
 * Every operation of the SDK's Lambda client is answered: it does what AWS's does, or it says by name that it does not.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { NOT_EMULATED } from '../../../local/services/lambda/operations/not-emulated.ts';
import { functions, inHouse } from '../house.ts';

const house = inHouse(functions({ hello: 'exports.handler = async () => "hello";' }));

const operations = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);

test('each operation is there, or refused by name', async () => {
  const { operations: served } = await house().cloud.kernel.registry.service('lambda');
  expect(operations.length).toBeGreaterThan(80);
  expect(operations.filter((name) => !Object.hasOwn(served, name))).toEqual([]);
});

test('a refusal says what is not emulated, and is not tried again', async () => {
  const refused = house().lambda.send(new sdk.ListCapacityProvidersCommand({}));
  await expect(refused).rejects.toMatchObject({
    name: 'OperationNotEmulated',
    message:
      'ListCapacityProviders is not emulated here: there are no Lambda Managed Instances, and no capacity providers for them.',
    $metadata: { httpStatusCode: 501, attempts: 1 },
  });
});

test('what is refused is said among the differences', () => {
  const differences = readFileSync(join(process.cwd(), 'docs', 'differences.md'), 'utf8');
  const refused = Object.keys(NOT_EMULATED);
  expect(refused.length).toBeGreaterThan(10);
  expect(operations).toEqual(expect.arrayContaining(refused));
  const groups = ['CapacityProvider', 'ScalingConfig', 'Durable', 'ResourcePolicy'];
  expect(refused.filter((name) => !groups.some((group) => name.includes(group)))).toEqual([]);
  for (const said of ['managed instances', 'durable functions', 'a policy as a whole']) {
    expect(differences).toContain(said);
  }
});
