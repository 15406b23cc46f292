/**
 * Settings of asynchronous invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, functions, inHouse, REGION, ROLE_OF_TEMPLATE } from '../house.ts';

const HELLO = 'exports.handler = async () => "hello";';
const ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function`;

type Settings = Omit<PutFunctionEventInvokeConfigCommandInput, 'FunctionName'>;

const contents = functions({
  // Lambda asks whether the function's role may send to a destination.
  source: { code: HELLO, Role: ROLE_OF_TEMPLATE },
  target: { code: HELLO, Role: ROLE_OF_TEMPLATE },
  declared: { code: HELLO, EventInvokeConfig: { MaximumRetryAttempts: 0 } },
});

describe('event invoke configuration', () => {
  const house = inHouse(contents);
  const put = (FunctionName: string, settings: Settings = {}) =>
    house().lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...settings }));
  const update = (FunctionName: string, settings: Settings) =>
    house().lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, ...settings }));
  const get = (FunctionName: string, Qualifier?: string) =>
    house().lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier }));

  test('put replaces, update adds, and only what was set is told', async () => {
    const none = { OnSuccess: {}, OnFailure: {} };
    expect(await put('source', { MaximumRetryAttempts: 0 })).toMatchObject({
      FunctionArn: `${ARN}:source:$LATEST`,
      MaximumRetryAttempts: 0,
      DestinationConfig: none,
      LastModified: expect.any(Date),
    });
    const second = await put('source', { MaximumEventAgeInSeconds: 60 });
    expect(second.MaximumRetryAttempts).toBeUndefined();
    await update('source', {
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnSuccess: { Destination: `${ARN}:target` } },
    });
    await update('source', {
      DestinationConfig: { OnFailure: { Destination: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:dead` } },
    });
    expect(await get('source')).toMatchObject({
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 1,
      DestinationConfig: {
        OnSuccess: { Destination: `${ARN}:target` },
        OnFailure: { Destination: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:dead` },
      },
    });
  });

  test('is of one version or alias, listed by function, and deleted', async () => {
    const { Version } = await house().lambda.send(new PublishVersionCommand({ FunctionName: 'target' }));
    const missing = (qualifier: string) => ({
      name: 'ResourceNotFoundException',
      message: `The function ${ARN}:target:${qualifier} doesn't have an EventInvokeConfig`,
    });
    await expect(get('target')).rejects.toMatchObject(missing('$LATEST'));
    await expect(get('target', Version)).rejects.toMatchObject(missing('1'));
    await put('target', { Qualifier: Version, MaximumRetryAttempts: 2 });
    await put('target', { MaximumRetryAttempts: 1 });
    const list = (MaxItems?: number, Marker?: string) =>
      house().lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName: 'target', MaxItems, Marker }));
    const first = await list(1);
    expect(first.FunctionEventInvokeConfigs).toMatchObject([{ FunctionArn: `${ARN}:target:$LATEST` }]);
    expect((await list(1, first.NextMarker)).FunctionEventInvokeConfigs).toMatchObject([
      { FunctionArn: `${ARN}:target:1`, MaximumRetryAttempts: 2 },
    ]);
    await house().lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: 'target' }));
    expect((await list()).FunctionEventInvokeConfigs).toHaveLength(1);
    await expect(
      house().lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: 'target' })),
    ).rejects.toMatchObject(missing('$LATEST'));
    await expect(update('target', { MaximumRetryAttempts: 0 })).rejects.toMatchObject(missing('$LATEST'));
  });

  test('refuses what leads nowhere', async () => {
    const invalid = (message: string) => ({ name: 'InvalidParameterValueException', message });
    const to = (Destination: string): Settings => ({ DestinationConfig: { OnSuccess: { Destination } } });
    await expect(put('source')).rejects.toMatchObject(
      invalid('You must specify at least one of error handling or destination setting.'),
    );
    await expect(put('source', to(`${ARN}:source`))).rejects.toMatchObject(
      invalid("You can't specify the function as a destination for itself."),
    );
    await expect(put('source', to(`${ARN}:nobody`))).rejects.toMatchObject(
      invalid(`The destination ARN ${ARN}:nobody is invalid.`),
    );
    const user = `arn:aws:iam::${ACCOUNT_ID}:user/me`;
    await expect(put('source', to(user))).rejects.toMatchObject(
      invalid(
        `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=${user}), onFailure=null) is invalid.`,
      ),
    );
    await expect(put('source', to('arn:aws:s3:::bucket'))).rejects.toMatchObject({
      message: expect.stringContaining('is invalid.'),
    });
    await put('source', { DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::bucket' } } });
    await expect(put('nobody', { MaximumRetryAttempts: 0 })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "The function doesn't exist.",
    });
  });

  test('what is left out again has Lambda’s default: two retries', async () => {
    await put('source', { DestinationConfig: { OnSuccess: {} } });
    const described = await get('source');
    expect(described.MaximumRetryAttempts).toBeUndefined();
    expect(described.DestinationConfig).toEqual({ OnSuccess: {}, OnFailure: {} });
  });

  test('a template’s may lead to what is not on this machine', async () => {
    const { template, files } = contents;
    const text = JSON.parse(JSON.stringify(template));
    text.Resources.Topic = { Type: 'AWS::SNS::Topic' };
    text.Resources.Elsewhere = {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'target' },
        Qualifier: '$LATEST',
        DestinationConfig: {
          OnSuccess: { Destination: { Ref: 'Topic' } },
          OnFailure: { Destination: `${ARN}:of-another-stack` },
        },
      },
    };
    await house().apply({ template: text, files });
    expect(await get('target')).toMatchObject({
      DestinationConfig: { OnFailure: { Destination: `${ARN}:of-another-stack` } },
    });
    await house().apply({ template, files });
  });

  test('a template’s is the same, follows an edit and goes with it', async () => {
    expect(await get('declared')).toMatchObject({ MaximumRetryAttempts: 0 });
    const edited = (properties: object) => {
      const { template, files } = contents;
      const text = JSON.parse(JSON.stringify(template)) as { Resources: { declared: { Properties: object } } };
      const { EventInvokeConfig: _config, ...rest } = text.Resources.declared.Properties as Record<string, unknown>;
      text.Resources.declared.Properties = { ...rest, ...properties };
      return house().apply({ template: text, files });
    };
    await edited({ EventInvokeConfig: { MaximumEventAgeInSeconds: 120 } });
    const changed = await get('declared');
    expect(changed).toMatchObject({ MaximumEventAgeInSeconds: 120 });
    expect(changed.MaximumRetryAttempts).toBeUndefined();
    await edited({});
    await expect(get('declared')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
