/**
 * AddPermission, GetPolicy, RemovePermission.
 * https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
 */
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  GetPolicyCommand,
  PublishVersionCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, functions, inHouse, REGION } from '../house.ts';

const HELLO = 'exports.handler = async () => "hello";';
const ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function`;
const BUCKET = 'arn:aws:s3:::pictures';

const contents = functions({ guarded: HELLO, shared: HELLO, full: HELLO, fromTemplate: HELLO });

describe('permissions', () => {
  const house = inHouse(contents);
  const add = (FunctionName: string, StatementId: string, more: Partial<AddPermissionCommandInput> = {}) =>
    house().lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId,
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        ...more,
      }),
    );
  const policy = async (FunctionName: string, Qualifier?: string) => {
    const { Policy, RevisionId } = await house().lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }));
    return { text: Policy ?? '', RevisionId };
  };

  test('the policy is printed as Lambda prints it, statements in the order they came', async () => {
    const { Statement } = await add('guarded', 's3', { SourceArn: BUCKET, SourceAccount: ACCOUNT_ID });
    const s3 = `{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${ARN}:guarded","Condition":{"StringEquals":{"AWS:SourceAccount":"${ACCOUNT_ID}"},"ArnLike":{"AWS:SourceArn":"${BUCKET}"}}}`;
    expect(Statement).toBe(s3);
    await add('guarded', 'account', { Principal: '111122223333', PrincipalOrgID: 'o-1234567890' });
    const account = `{"Sid":"account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"lambda:InvokeFunction","Resource":"${ARN}:guarded","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}}`;
    expect((await policy('guarded')).text).toBe(
      `{"Version":"2012-10-17","Id":"default","Statement":[${s3},${account}]}`,
    );
    await house().lambda.send(new RemovePermissionCommand({ FunctionName: 'guarded', StatementId: 's3' }));
    expect((await policy('guarded')).text).toBe(`{"Version":"2012-10-17","Id":"default","Statement":[${account}]}`);
    await house().lambda.send(new RemovePermissionCommand({ FunctionName: 'guarded', StatementId: 'account' }));
    await expect(policy('guarded')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The resource you requested does not exist.',
    });
  });

  test('a principal is everybody, an account, an ARN or a service; URLs and skills have conditions of their own', async () => {
    const role = 'arn:aws:iam::111122223333:role/caller';
    const statement = async (sid: string, more: Partial<AddPermissionCommandInput>) =>
      JSON.parse((await add('shared', sid, more)).Statement ?? '');
    expect(await statement('role', { Principal: role })).toMatchObject({ Principal: { AWS: role } });
    expect(
      await statement('url', {
        Principal: '*',
        Action: 'lambda:InvokeFunctionUrl',
        FunctionUrlAuthType: 'NONE',
        InvokedViaFunctionUrl: true,
      }),
    ).toMatchObject({
      Principal: '*',
      Condition: {
        StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' },
        Bool: { 'lambda:InvokedViaFunctionUrl': 'true' },
      },
    });
    expect(
      await statement('skill', { Principal: 'alexa-appkit.amazon.com', EventSourceToken: 'amzn1.ask.skill.1' }),
    ).toMatchObject({
      Principal: { Service: 'alexa-appkit.amazon.com' },
      Condition: { StringEquals: { 'lambda:EventSourceToken': 'amzn1.ask.skill.1' } },
    });
    await expect(add('shared', 'wrong', { Principal: 'invalid.example.com' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'The provided principal was invalid. Please check the principal and try again.',
    });
  });

  test('versions and aliases have policies of their own, $LATEST has none', async () => {
    const { Version } = await house().lambda.send(new PublishVersionCommand({ FunctionName: 'shared' }));
    await house().lambda.send(
      new CreateAliasCommand({ FunctionName: 'shared', Name: 'live', FunctionVersion: Version }),
    );
    await add('shared', 's3', { Qualifier: Version });
    await add(`${ARN}:shared:live`, 's3');
    expect(JSON.parse((await policy('shared', Version)).text).Statement).toMatchObject([
      { Resource: `${ARN}:shared:${Version}` },
    ]);
    expect(JSON.parse((await policy('shared', 'live')).text).Statement).toMatchObject([
      { Resource: `${ARN}:shared:live` },
    ]);
    await expect(add('shared', 's3', { Qualifier: '$LATEST' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'We currently do not support adding policies for $LATEST.',
    });
    await expect(add('shared', 's3', { Qualifier: 'absent' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Cannot find alias arn: ${ARN}:shared:absent`,
    });
    await expect(add('shared', 's3', { Qualifier: '42' })).rejects.toMatchObject({
      message: `Function not found: ${ARN}:shared:42`,
    });
  });

  test('a statement id is taken once; what is not there cannot be removed', async () => {
    await add('guarded', 'once');
    await expect(add('guarded', 'once')).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message:
        'The statement id (once) provided already exists. Please provide a new statement id, or remove the existing statement.',
    });
    const remove = (FunctionName: string, StatementId: string) =>
      house().lambda.send(new RemovePermissionCommand({ FunctionName, StatementId }));
    await expect(remove('guarded', 'never')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Statement never is not found in resource policy.',
    });
    await expect(remove('nobody', 'once')).rejects.toMatchObject({
      message: `No policy found for: ${ARN}:nobody`,
    });
    await expect(remove('full', 'once')).rejects.toMatchObject({
      message: 'No policy is associated with the given resource.',
    });
    await expect(add('nobody', 'once')).rejects.toMatchObject({ message: `Function not found: ${ARN}:nobody` });
  });

  test('a revision id that is not the latest is refused', async () => {
    await add('guarded', 'first');
    const { RevisionId } = await policy('guarded');
    await add('guarded', 'second', { RevisionId });
    const stale = {
      name: 'PreconditionFailedException',
      message:
        'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id',
      $metadata: { httpStatusCode: 412 },
    };
    await expect(add('guarded', 'third', { RevisionId })).rejects.toMatchObject(stale);
    await expect(
      house().lambda.send(new RemovePermissionCommand({ FunctionName: 'guarded', StatementId: 'first', RevisionId })),
    ).rejects.toMatchObject(stale);
    const { RevisionId: latest } = await policy('guarded');
    await house().lambda.send(
      new RemovePermissionCommand({ FunctionName: 'guarded', StatementId: 'first', RevisionId: latest }),
    );
    expect((await policy('guarded')).text).not.toContain('"first"');
  });

  test('a policy has at most 20 KB', async () => {
    const SourceArn = `arn:aws:s3:::${'b'.repeat(900)}`;
    const fill = async () => {
      for (let n = 0; n < 25; n += 1) await add('full', `statement-${n}`, { SourceArn });
    };
    await expect(fill()).rejects.toMatchObject({
      name: 'PolicyLengthExceededException',
      message: expect.stringMatching(/^The final policy size \(\d+\) is bigger than the limit \(20480\)\.$/),
      $metadata: { httpStatusCode: 400 },
    });
    expect((await policy('full')).text.length).toBeLessThanOrEqual(20_480);
  });

  test('a template’s permission is in the same policy, changes with the template and goes with it', async () => {
    const permission = (SourceArn: string) => ({
      AllowS3: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { Ref: 'fromTemplate' },
          Action: 'lambda:InvokeFunction',
          Principal: 's3.amazonaws.com',
          SourceArn,
        },
      },
    });
    const apply = (resources: object) => {
      const { template, files } = contents;
      const { Resources, ...rest } = template as { Resources: object };
      return house().apply({ template: { ...rest, Resources: { ...Resources, ...resources } }, files });
    };
    const statements = async () => JSON.parse((await policy('fromTemplate')).text).Statement;
    await apply(permission(BUCKET));
    await add('fromTemplate', 'by-hand');
    expect(await statements()).toMatchObject([
      { Sid: house().physicalId('AllowS3'), Condition: { ArnLike: { 'AWS:SourceArn': BUCKET } } },
      { Sid: 'by-hand' },
    ]);
    await apply(permission(`${BUCKET}-2`));
    expect(await statements()).toMatchObject([
      { Sid: 'by-hand' },
      { Sid: house().physicalId('AllowS3'), Condition: { ArnLike: { 'AWS:SourceArn': `${BUCKET}-2` } } },
    ]);
    await apply({});
    expect(await statements()).toMatchObject([{ Sid: 'by-hand' }]);
  });
});
