/**
 * Function URLs as settings; what answers at them is in function-urls.test.ts.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
 */
import {
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  PublishVersionCommand,
  UpdateFunctionUrlConfigCommand,
  type UpdateFunctionUrlConfigCommandInput,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, functions, inHouse, REGION } from '../house.ts';

const HELLO = 'exports.handler = async () => "hello";';
const ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function`;

const contents = functions({
  open: HELLO,
  many: HELLO,
  declared: { code: HELLO, FunctionUrlConfig: { AuthType: 'NONE', Cors: { AllowOrigins: ['*'], MaxAge: 60 } } },
});

describe('function URL configuration', () => {
  const house = inHouse(contents);
  const create = (input: Omit<CreateFunctionUrlConfigCommandInput, 'AuthType'>) =>
    house().lambda.send(new CreateFunctionUrlConfigCommand({ AuthType: 'NONE', ...input }));
  const update = (input: UpdateFunctionUrlConfigCommandInput) =>
    house().lambda.send(new UpdateFunctionUrlConfigCommand(input));
  const get = (FunctionName: string, Qualifier?: string) =>
    house().lambda.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier }));
  const gone = { name: 'ResourceNotFoundException', message: 'The resource you requested does not exist.' };

  test('is created, changed member by member, and deleted', async () => {
    const Cors = {
      AllowCredentials: true,
      AllowHeaders: ['content-type'],
      AllowMethods: ['GET', 'POST'],
      AllowOrigins: ['https://example.com'],
      ExposeHeaders: ['date'],
      MaxAge: 300,
    };
    const created = await create({ FunctionName: 'open', Cors });
    expect(created).toMatchObject({
      FunctionArn: `${ARN}:open`,
      FunctionUrl: expect.stringMatching(/^https:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws\/$/),
      AuthType: 'NONE',
      Cors,
      CreationTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      $metadata: { httpStatusCode: 201 },
    });
    expect(created).not.toHaveProperty('LastModifiedTime');
    await update({ FunctionName: 'open', AuthType: 'AWS_IAM' });
    await update({ FunctionName: 'open', InvokeMode: 'RESPONSE_STREAM' });
    expect(await get('open')).toMatchObject({
      AuthType: 'AWS_IAM',
      InvokeMode: 'RESPONSE_STREAM',
      Cors,
      FunctionUrl: created.FunctionUrl,
      CreationTime: created.CreationTime,
    });
    await house().lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: 'open' }));
    await expect(get('open')).rejects.toMatchObject(gone);
    await expect(update({ FunctionName: 'open', AuthType: 'NONE' })).rejects.toMatchObject(gone);
  });

  test('a function and its aliases have one each', async () => {
    const { Version } = await house().lambda.send(new PublishVersionCommand({ FunctionName: 'many' }));
    for (const Name of ['blue', 'green']) {
      await house().lambda.send(new CreateAliasCommand({ FunctionName: 'many', Name, FunctionVersion: Version }));
      await create({ FunctionName: 'many', Qualifier: Name });
    }
    await create({ FunctionName: 'many' });
    await expect(create({ FunctionName: 'many:blue' })).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: `Failed to create function url config for [functionArn = ${ARN}:many:blue]. Error message:  FunctionUrlConfig exists for this Lambda function`,
    });
    const list = (MaxItems?: number, Marker?: string) =>
      house().lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName: 'many', MaxItems, Marker }));
    const first = await list(2);
    const second = await list(2, first.NextMarker);
    const urls = [...(first.FunctionUrlConfigs ?? []), ...(second.FunctionUrlConfigs ?? [])];
    expect(urls.map(({ FunctionArn }) => FunctionArn)).toEqual([
      `${ARN}:many`,
      `${ARN}:many:blue`,
      `${ARN}:many:green`,
    ]);
    expect(new Set(urls.map(({ FunctionUrl }) => FunctionUrl)).size).toBe(3);
    expect(second.NextMarker).toBeUndefined();
  });

  test('is of no version, and of nothing that is not there', async () => {
    await expect(create({ FunctionName: 'many', Qualifier: '1' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(
        /^1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
      ),
    });
    const absent = { name: 'ResourceNotFoundException', message: 'Function does not exist' };
    await expect(create({ FunctionName: 'nobody' })).rejects.toMatchObject(absent);
    await expect(create({ FunctionName: 'many', Qualifier: 'red' })).rejects.toMatchObject(absent);
    await expect(
      house().lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName: 'nobody' })),
    ).rejects.toMatchObject(absent);
    await expect(get('many', 'red')).rejects.toMatchObject(gone);
  });

  test('a template’s keeps its CORS settings, follows an edit and goes with it', async () => {
    expect(await get('declared')).toMatchObject({ AuthType: 'NONE', Cors: { AllowOrigins: ['*'], MaxAge: 60 } });
    const edited = (FunctionUrlConfig: object | undefined) => {
      const template = JSON.parse(JSON.stringify(contents.template));
      template.Resources.declared.Properties.FunctionUrlConfig = FunctionUrlConfig;
      return house().apply({ template, files: contents.files });
    };
    await edited({ AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' });
    const changed = await get('declared');
    expect(changed).toMatchObject({ AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' });
    expect(changed.Cors).toBeUndefined();
    await edited(undefined);
    await expect(get('declared')).rejects.toMatchObject(gone);
  });
});
