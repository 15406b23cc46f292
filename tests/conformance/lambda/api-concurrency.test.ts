/**
 * Reserved and provisioned concurrency as settings, and the limits of the account.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
 */
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, eventually, functions, inHouse, REGION } from '../house.ts';

const HELLO = 'exports.handler = async () => "hello";';
const ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function`;

describe('reserved concurrency', () => {
  const house = inHouse(functions({ free: HELLO, other: { code: HELLO, ReservedConcurrentExecutions: 300 } }));
  const put = (FunctionName: string, ReservedConcurrentExecutions: number) =>
    house().lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  const get = async (FunctionName: string) =>
    (await house().lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions;

  test('is put, told, acted on and taken away', async () => {
    expect(await get('other')).toBe(300);
    expect((await put('free', 0)).ReservedConcurrentExecutions).toBe(0);
    expect(await get('free')).toBe(0);
    await expect(house().invoke('free')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    });
    await house().lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'free' }));
    expect(await get('free')).toBeUndefined();
    expect((await house().invoke('free')).value).toBe('hello');
  });

  test('stays when the configuration of the function changes', async () => {
    await put('free', 7);
    await house().lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'free', Timeout: 4 }));
    expect(await get('free')).toBe(7);
    await house().lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'free' }));
  });

  test('leaves 100 to functions without one, and GetAccountSettings counts it', async () => {
    await put('free', 600);
    const { AccountLimit, AccountUsage } = await house().lambda.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit).toEqual({
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 100,
    });
    expect(AccountUsage).toEqual({ FunctionCount: 2, TotalCodeSize: expect.any(Number) });
    expect(AccountUsage?.TotalCodeSize).toBeGreaterThan(100);
    await expect(put('free', 601)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message:
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    });
    expect(await get('free')).toBe(600);
    await house().lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'free' }));
  });

  test('is of whole functions that exist', async () => {
    await expect(put(`${ARN}:free:live`, 1)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message:
        'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    });
    await expect(put('nobody', 1)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${ARN}:nobody:$LATEST`,
    });
  });
});

describe('provisioned concurrency', () => {
  const house = inHouse(
    functions({
      hot: HELLO,
      aliased: {
        code: HELLO,
        AutoPublishAlias: 'live',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
      },
    }),
  );
  const put = (FunctionName: string, Qualifier: string, ProvisionedConcurrentExecutions: number) =>
    house().lambda.send(
      new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }),
    );
  const get = (FunctionName: string, Qualifier: string) =>
    house().lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
  const remove = (FunctionName: string, Qualifier: string) =>
    house().lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
  const publish = async () =>
    (await house().lambda.send(new PublishVersionCommand({ FunctionName: 'hot' }))).Version as string;

  test('of a template’s alias is in progress, then ready', async () => {
    await eventually(async () => (await get('aliased', 'live')).Status === 'READY');
    expect(await get('aliased', 'live')).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 1,
      AllocatedProvisionedConcurrentExecutions: 1,
      AvailableProvisionedConcurrentExecutions: 1,
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/),
    });
    const { ProvisionedConcurrencyConfigs } = await house().lambda.send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'aliased' }),
    );
    expect(ProvisionedConcurrencyConfigs).toMatchObject([{ FunctionArn: `${ARN}:aliased:live`, Status: 'READY' }]);
  });

  test('is put on a version or an alias, of which one at a time', async () => {
    const version = await publish();
    await house().lambda.send(new CreateAliasCommand({ FunctionName: 'hot', Name: 'live', FunctionVersion: version }));
    expect(await put('hot', version, 1)).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 1,
      Status: 'IN_PROGRESS',
      $metadata: { httpStatusCode: 202 },
    });
    await expect(put('hot', 'live', 1)).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    });
    await remove('hot', version);
    await expect(get('hot', version)).rejects.toMatchObject({
      name: 'ProvisionedConcurrencyConfigNotFoundException',
      message: 'No Provisioned Concurrency Config found for this function',
    });
    await put('hot', 'live', 1);
    await expect(put('hot', version, 1)).rejects.toMatchObject({
      message: 'Version is pointed by a Provisioned Concurrency alias',
    });
    await house().lambda.send(new DeleteAliasCommand({ FunctionName: 'hot', Name: 'live' }));
    await expect(get('hot', 'live')).rejects.toMatchObject({
      message: `Cannot find alias arn: ${ARN}:hot:live`,
    });
    const { ProvisionedConcurrencyConfigs } = await house().lambda.send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'hot' }),
    );
    expect(ProvisionedConcurrencyConfigs).toEqual([]);
  });

  test('needs something published that is there', async () => {
    await expect(put('hot', '$LATEST', 1)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
    });
    await expect(get('hot', '$LATEST')).rejects.toMatchObject({
      message: 'The function resource provided must be an alias or a published version.',
    });
    await expect(put('hot', '42', 1)).rejects.toMatchObject({ message: `Function not found: ${ARN}:hot:42` });
    await expect(remove('nobody', 'live')).rejects.toMatchObject({
      message: `Cannot find alias arn: ${ARN}:nobody:live`,
    });
    await remove('hot', await publish());
  });

  test('is taken from what the function has reserved, else from the account', async () => {
    const version = await publish();
    await expect(put('hot', version, 2000)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(
        /^Specified ConcurrentExecutions for function is greater than account's unreserved concurrency \[\d+\]\.$/,
      ),
    });
    await expect(put('hot', version, 950)).rejects.toMatchObject({
      message:
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    });
    await house().lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'hot', ReservedConcurrentExecutions: 2 }),
    );
    await expect(put('hot', version, 3)).rejects.toMatchObject({
      message:
        'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
    });
    await put('hot', version, 2);
    await expect(
      house().lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'hot', ReservedConcurrentExecutions: 1 })),
    ).rejects.toMatchObject({
      message:
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].",
    });
    await remove('hot', version);
  });
});
